//! `GET /v1/configurations/{process_type_id}`: its versions, newest first, page by page.

use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::process_type;
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::wrong_parameter;

/// Most versions of a page.
const MOST: u16 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConfigurationParameters {
    /// At most this many, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Those after this place: `next` of the page before.
    after: Option<String>,
}

/// A page of the versions for a process type.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigurationList {
    /// Newest first.
    items: Vec<ConfigurationRow>,
    /// What to pass as `after` for the next page; null on the last.
    next: Option<String>,
}

/// One version in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ConfigurationRow {
    /// Its id.
    config_id: Uuid,
    /// Counted from 1.
    version: i32,
    /// Whether processes use it.
    active: bool,
    /// SHA-256 of the configuration as canonical JSON (RFC 8785), in hexadecimal digits.
    sha256: String,
    /// The validator.
    plugin_name: String,
    /// Who wrote it: the subject of the token; null for versions from before it was kept.
    submitted_by: Option<String>,
    /// When it was written.
    created_at: DateTime<Utc>,
}

/// The versions of the configuration for a process type, newest first.
#[utoipa::path(
    get, path = "/v1/configurations/{process_type_id}", tag = "configurations", operation_id = "listConfigurations",
    params(("process_type_id" = String, Path, pattern = "^[a-z][a-z0-9_]{0,62}$",
            description = "The process type."),
        ConfigurationParameters),
    responses((status = 200, description = "A page.", body = ConfigurationList,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(name): Path<String>,
    Query(parameters): Query<ConfigurationParameters>,
) -> Result<Response, Problem> {
    let limit = parameters.limit.unwrap_or(50);
    if !(1..=MOST).contains(&limit) {
        return Err(wrong_parameter(
            "limit",
            &format!("{limit} is outside 1 to {MOST}"),
        ));
    }
    let (name, after) = (process_type(&name)?, parameters.after.as_deref());
    let page = api.services.configurations(&actor, &name, limit, after).await?;
    let link = page.next.as_deref().map(|next| {
        let limit = parameters.limit.map(|limit| format!("&limit={limit}"));
        let limit = limit.unwrap_or_default();
        format!("</v1/configurations/{name}?after={next}{limit}>; rel=\"next\"")
    });
    let items = page.items.into_iter().map(|summary| ConfigurationRow {
        config_id: summary.id.0,
        version: summary.version,
        active: summary.active,
        sha256: summary.digest.to_string(),
        plugin_name: summary.plugin_name.to_string(),
        submitted_by: summary.submitted_by,
        created_at: summary.created_at,
    });
    let mut response = Json(ConfigurationList {
        items: items.collect(),
        next: page.next,
    })
    .into_response();
    if let Some(link) = link.and_then(|link| link.parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}
