//! The call itself, with no way to a transaction.

use assay_domain::{LogLine, Outcome, World};
use assay_engine::{Call, CallContext, Document, Engine, Prepared};
use serde_json::Value;

use crate::question::Question;

/// What is called again.
#[derive(Debug)]
pub(super) struct Again<'a> {
    pub(super) world: World,
    pub(super) input: &'a [u8],
    pub(super) media_type: &'a str,
    pub(super) name: Option<&'a str>,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outcome: Outcome<Vec<u8>>,
    pub(super) log: Vec<LogLine>,
    pub(super) host_answers: Value,
    /// Microseconds that the guest ran.
    pub(super) guest_us: u64,
}

impl Again<'_> {
    /// None when the input is not what the world takes.
    pub(super) async fn call(
        &self,
        engine: &Engine,
        told: &Prepared,
        context: &CallContext<'_>,
    ) -> Option<Ended> {
        let text = std::str::from_utf8(self.input).ok();
        Some(match self.world {
            World::Validator => engine.validate(told, context, text?).await.into(),
            World::Scorer => engine.score(told, context, text?).await.into(),
            World::Resolver => {
                let asked = Question::of(text?)?;
                let call = engine.resolve(told, context, &asked.catalog, &asked.request);
                call.await.into()
            }
            World::Extractor => {
                let document = Document {
                    content: self.input,
                    media_type: self.media_type,
                    name: self.name,
                };
                engine.extract(told, context, document).await.into()
            }
        })
    }
}

impl<T> From<Call<T>> for Ended {
    fn from(call: Call<T>) -> Self {
        let outcome = match call.outcome {
            Outcome::Done(_) => Outcome::Done(call.output),
            Outcome::Declined { case, message } => Outcome::Declined { case, message },
            Outcome::Failed(failure) => Outcome::Failed(failure),
        };
        Self {
            outcome,
            host_answers: serde_json::to_value(&call.host_answers).unwrap_or_default(),
            log: call.log,
            guest_us: call.usage.guest_us(),
        }
    }
}
