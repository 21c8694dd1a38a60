//! Whether the process lives, and whether it can work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::Api;

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Live {
    /// Always `live`.
    #[schema(example = "live")]
    status: &'static str,
    /// The host's version.
    version: &'static str,
}

/// Whether the host can work, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Whether requests should be sent here.
    ready: bool,
    /// What is looked at.
    checks: Vec<Check>,
}

/// One thing that has to be right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// `database`, `migrations` or `draining`.
    name: &'static str,
    /// Whether it is right.
    ok: bool,
    /// Why not, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses(
    (status = 200, description = "It lives.", body = Live)
))]
pub(crate) async fn live() -> Json<Live> {
    Json(Live {
        status: "live",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Whether the host can take work: it asks the database each time.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "It can.", body = Ready),
    (status = 503, description = "It can't; the reasons are listed.", body = Ready)
))]
pub(crate) async fn ready(State(api): State<Api>) -> Response {
    let readiness = api.services.readiness().await;
    let draining = api.options.draining.begun();
    let check = |name, reason: Option<String>| Check {
        name,
        ok: reason.is_none(),
        reason,
    };
    let stopping = draining.then(|| "the host is about to stop; use another".to_owned());
    let ready = readiness.ready && !draining;
    let checks = vec![
        check("database", readiness.database),
        check("migrations", readiness.migrations),
        check("draining", stopping),
    ];
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Ready { ready, checks })).into_response()
}
