//! The HTTP interface: what the service can do, as JSON over HTTP/1.1.
//!
//! Invariants: every answer that is not a success is a problem (RFC 9457) with a stable code; no handler runs for a
//! caller whose role [`access`] does not list for it; no log line holds a body, a query or a token.
//! Deliberately absent: TLS (a proxy's job), and any decision about documents: that is the service's.

pub mod access;
pub mod auth;
mod conditional;
mod extract;
mod health;
pub mod local;
pub mod metrics;
mod middleware;
mod openapi;
mod prefer;
pub mod problem;
mod refusals;
mod serve;
mod state;
mod v1;

pub use openapi::openapi;
pub use serve::serve;
pub use state::{ApiOptions, Draining};

use assay_service::Services;
pub use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::Auth;
use crate::state::Api;

/// The whole interface over the given services. `auth` says whose tokens are believed.
pub fn router(services: Services, auth: Auth, options: ApiOptions) -> Router {
    let api = Api::new(services, auth, options);
    let (documented, _) = openapi::documented().split_for_parts();
    documented
        .route("/openapi.json", get(openapi::serve))
        .route("/problems", get(problem::catalogue))
        .route("/problems/{code}", get(problem::explain))
        .route_layer(from_fn_with_state(api.clone(), access::enforce))
        .fallback(middleware::unknown_route)
        .with_state(api.clone())
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(middleware::edge))
                .layer(CatchPanicLayer::custom(middleware::Panicked)),
        )
}
