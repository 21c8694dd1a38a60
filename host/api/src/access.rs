//! Who may call what: one table, which a test holds against the OpenAPI document.
//!
//! Invariant: a route that the table does not list runs no handler. The service checks permissions once more, since
//! it also has callers that are not HTTP.

use assay_domain::Role;
use assay_domain::Role::{Admin, Operator, Platform, Viewer};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Code, Problem};
use crate::refusals::Refusals;
use crate::state::Api;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a token.
    Public,
    /// Callers with one of these roles.
    Roles(&'static [Role]),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method; GET stands for HEAD too.
    pub method: &'static str,
    /// The path as in OpenAPI.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

const fn route(method: &'static str, path: &'static str, access: Access) -> Route {
    Route { method, path, access }
}

const READS: Access = Access::Roles(&[Admin, Operator, Viewer]);
const SUBMITS: Access = Access::Roles(&[Admin, Operator]);
const CONFIGURES: Access = Access::Roles(&[Admin]);
const READS_PLUGINS: Access = Access::Roles(&[Platform, Admin, Operator, Viewer]);
const GRANTS: Access = Access::Roles(&[Platform]);
const REGISTERS: Access = Access::Roles(&[Platform, Admin]);

/// The table.
pub const ROUTES: &[Route] = &[
    route("GET", "/healthz", Access::Public),
    route("GET", "/readyz", Access::Public),
    route("GET", "/metrics", Access::Public),
    route("GET", "/openapi.json", Access::Public),
    route("GET", "/problems", Access::Public),
    route("GET", "/problems/{code}", Access::Public),
    route("POST", "/v1/processes", SUBMITS),
    route("GET", "/v1/processes", READS),
    route("GET", "/v1/processes/{process_id}", READS),
    route("POST", "/v1/validate", SUBMITS),
    route("PUT", "/v1/configurations/{process_type_id}", CONFIGURES),
    route("GET", "/v1/configurations/{process_type_id}", READS),
    route(
        "GET",
        "/v1/configurations/{process_type_id}/versions/{version}",
        READS,
    ),
    route(
        "POST",
        "/v1/configurations/{process_type_id}/versions/{version}/activate",
        CONFIGURES,
    ),
    route("POST", "/v1/plugins", REGISTERS),
    route("GET", "/v1/plugins", READS_PLUGINS),
    route("GET", "/v1/plugins/{name}", READS_PLUGINS),
    route("POST", "/v1/plugins/{name}/releases/{version}/yank", REGISTERS),
    route(
        "POST",
        "/v1/plugins/{name}/releases/{version}/activate",
        REGISTERS,
    ),
    route(
        "POST",
        "/v1/plugins/{name}/releases/{version}/rollback",
        REGISTERS,
    ),
    route("PUT", "/v1/plugins/{name}/grants/{client_id}", GRANTS),
    route("DELETE", "/v1/plugins/{name}/grants/{client_id}", GRANTS),
    route("GET", "/v1/registrations", READS_PLUGINS),
    route("GET", "/v1/registrations/{registration_id}", READS_PLUGINS),
    route("GET", "/v1/invocations/{invocation_id}", READS),
    route("POST", "/v1/invocations/{invocation_id}/replay", SUBMITS),
    route("POST", "/v1/sites", CONFIGURES),
    route("GET", "/v1/sites", READS),
    route("GET", "/v1/sites/{site_id}", READS),
    route("GET", "/v1/sites/{site_id}/members", READS),
    route("PUT", "/v1/sites/{site_id}/members/{user_id}/{role}", CONFIGURES),
    route(
        "DELETE",
        "/v1/sites/{site_id}/members/{user_id}/{role}",
        CONFIGURES,
    ),
    route("GET", "/v1/sites/{site_id}/policies", READS),
    route("PUT", "/v1/sites/{site_id}/policies/{capability}", CONFIGURES),
    route("DELETE", "/v1/sites/{site_id}/policies/{capability}", CONFIGURES),
    route("GET", "/v1/sites/{site_id}/pins", READS),
    route("PUT", "/v1/sites/{site_id}/pins/{extension_id}", CONFIGURES),
    route("DELETE", "/v1/sites/{site_id}/pins/{extension_id}", CONFIGURES),
    route("PUT", "/v1/sites/{site_id}/resolver", CONFIGURES),
    route("GET", "/v1/sites/{site_id}/extensions", READS),
    route("POST", "/v1/sites/{site_id}/extensions", SUBMITS),
    route("PUT", "/v1/sites/{site_id}/extensions/{extension_id}", SUBMITS),
    route("DELETE", "/v1/sites/{site_id}/extensions/{extension_id}", SUBMITS),
    route("GET", "/v1/sites/{site_id}/dependencies", READS),
    route(
        "GET",
        "/v1/sites/{site_id}/extensions/{extension_id}/versions",
        READS,
    ),
    route(
        "GET",
        "/v1/sites/{site_id}/extensions/{extension_id}/versions/{config_version}",
        READS,
    ),
    route("GET", "/v1/sites/{site_id}/conflicts", READS),
    route(
        "POST",
        "/v1/sites/{site_id}/conflicts/{conflict_id}/resolve",
        SUBMITS,
    ),
    route(
        "GET",
        "/v1/sites/{site_id}/extensions/{extension_id}/signoffs",
        READS,
    ),
    route(
        "POST",
        "/v1/sites/{site_id}/extensions/{extension_id}/signoffs",
        SUBMITS,
    ),
    route("GET", "/v1/sites/{site_id}/signoffs", READS),
    route("GET", "/v1/sites/{site_id}/unsigned", READS),
    route("GET", "/v1/sites/{site_id}/extensions/{extension_id}/log", READS),
    route("GET", "/v1/sites/{site_id}/log", READS),
    route("GET", "/v1/sites/{site_id}/changes", READS),
    route("POST", "/v1/sites/{site_id}/snapshots", SUBMITS),
    route("GET", "/v1/sites/{site_id}/snapshots", READS),
    route("GET", "/v1/sites/{site_id}/snapshots/{snapshot_id}", READS),
    route(
        "GET",
        "/v1/sites/{site_id}/snapshots/{snapshot_id}/differences/{other_id}",
        READS,
    ),
    route(
        "POST",
        "/v1/sites/{site_id}/snapshots/{snapshot_id}/rollback",
        CONFIGURES,
    ),
    route("POST", "/v1/sites/{site_id}/resolve", SUBMITS),
    route("GET", "/v1/sites/{site_id}/graph", READS),
];

/// The row of a route, and the methods that its path has.
fn find(method: &Method, path: &str) -> Result<Access, String> {
    let wanted = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let same_path = ROUTES.iter().filter(|route| route.path == path);
    let found = same_path.clone().find(|route| route.method == wanted.as_str());
    found.map(|route| route.access).ok_or_else(|| {
        let methods = same_path.map(|route| match route.method {
            "GET" => "GET, HEAD",
            other => other,
        });
        methods.collect::<Vec<_>>().join(", ")
    })
}

/// Lets a request through to its handler when its caller may call it; the caller then is among its extensions. What is
/// refused, here or there, is recorded.
pub(crate) async fn enforce(
    State(api): State<Api>,
    path: MatchedPath,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let access = find(request.method(), path.as_str()).map_err(|methods| {
        let detail = format!("{} is not for this route; it has {methods}", request.method());
        Problem::new(Code::MethodNotAllowed, detail).allow(methods)
    })?;
    if let Access::Roles(roles) = access {
        let actor = api.auth.caller(request.headers())?;
        let refusals = Refusals::of(&request, path.as_str(), &actor, parameters.ok());
        let response = if roles.contains(&actor.role) {
            request.extensions_mut().insert(actor);
            next.run(request).await
        } else {
            let needed: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
            let detail = format!(
                "a token of role {} may not do this; use one of role {}",
                actor.role.as_str(),
                needed.join(" or ")
            );
            Problem::new(Code::NotAllowed, detail).into_response()
        };
        if let Some((actor, refusal)) = refusals.and_then(|refusals| refusals.look(&response)) {
            api.services.record_refusal(&actor, &refusal).await;
        }
        return Ok(response);
    }
    Ok(next.run(request).await)
}
