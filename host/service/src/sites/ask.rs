//! The call of a site's resolver, with no way to a transaction.
//!
//! Absent: what it is asked, and whether what it answers holds.

use std::time::Duration;

use assay_domain::{Clock, Digest, Outcome};
use assay_engine::{CallContext, Engine};
use tokio::time::Instant;

use crate::judge::Member;

/// What came of it.
pub(super) struct Asked {
    /// The answer as it was written, or why there is none.
    pub(super) answer: Result<String, String>,
    /// For how long the plugin ran.
    pub(super) took: Duration,
}

/// Asks, with both JSON texts.
pub(super) async fn ask(
    engine: &Engine,
    clock: &dyn Clock,
    resolver: &Member,
    (catalog, request): (&str, &str),
) -> Asked {
    let context = CallContext {
        limits: resolver.limits,
        received: clock.now(),
        deadline: Instant::now() + Duration::from_millis(resolver.limits.deadline_ms),
        seed: Digest::of(request.as_bytes()),
        history: None,
        granted: &resolver.manifest.permissions,
    };
    let call = engine.resolve(&resolver.told, &context, catalog, request).await;
    Asked {
        took: Duration::from_micros(call.usage.guest_us()),
        answer: match call.outcome {
            Outcome::Done(done) => Ok(done.answer),
            Outcome::Declined { case, message } => Err(format!("{case}: {message}")),
            Outcome::Failed(failure) => Err(failure.to_string()),
        },
    }
}
