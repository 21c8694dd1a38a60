//! `POST /v1/sites/{site_id}/resolve` and `GET /v1/sites/{site_id}/graph`: a site as a whole.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::site_id;
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;

/// What a picture may do where it is shown by itself: have the styles that are in it.
const PICTURE: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");

/// How it is resolved.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResolveParameters {
    /// Prefers the newest versions of everything to what is enabled now.
    #[serde(default)]
    newest: bool,
}

/// A resolver's answer, as `assay resolve` gives it.
///
/// Only for the document: the resolver writes it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read by utoipa's derive alone")]
pub(crate) struct ResolvedAnswer {
    /// The site.
    site: Option<String>,
    /// `resolved`, `conflict` or `unknown` (the budget was used up).
    #[schema(example = "resolved")]
    status: String,
    /// What is chosen, by id, with its version and why it is there.
    #[schema(value_type = Vec<Object>, example = json!([{"id": "portal", "version": "1.0.0", "requested": true,
        "because": ["you asked for it"]}]))]
    extensions: Vec<Value>,
    /// The ids that can be activated at once, level by level.
    activation: Vec<Vec<String>>,
    /// The ids that can't be activated because of a cycle.
    quarantined: Option<Vec<String>>,
    /// What requires what, and what meets it.
    #[schema(value_type = Vec<Object>)]
    dependencies: Vec<Value>,
    /// Every conflict, errors and warnings.
    #[schema(value_type = Vec<Object>)]
    conflicts: Vec<Value>,
    /// What is worth knowing.
    warnings: Vec<String>,
    /// Why, in sentences.
    explanation: Vec<String>,
    /// What would mend it, cheapest first; each was solved again.
    #[schema(value_type = Vec<Object>)]
    fixes: Vec<Value>,
}

/// What the site's resolver answers for what the site is asked for now. Nothing is written.
#[utoipa::path(
    post, path = "/v1/sites/{site_id}/resolve", tag = "sites", operation_id = "resolveSite",
    params(("site_id" = Uuid, Path, description = "The site."), ResolveParameters),
    responses((status = 200, description = "The answer.", body = ResolvedAnswer))
)]
pub(crate) async fn resolve(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<ResolveParameters>,
) -> Result<Json<Value>, Problem> {
    let answer = api
        .services
        .resolve_site(&actor, site_id(site), parameters.newest)
        .await?;
    Ok(Json(answer))
}

/// The dependency graph of what is enabled at a site: levels from left to right, conflicts red.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/graph", tag = "sites", operation_id = "getSiteGraph",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"))
)]
pub(crate) async fn graph(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Response, Problem> {
    let svg = api.services.site_graph(&actor, site_id(site)).await?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (CONTENT_SECURITY_POLICY, PICTURE),
    ];
    Ok((headers, svg).into_response())
}
