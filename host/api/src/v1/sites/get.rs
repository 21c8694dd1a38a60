//! `GET /v1/sites/{site_id}`: a site and how it stands.

use assay_service::sites::SiteStatus;
use axum::Json;
use axum::extract::State;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::list::SiteRow;
use super::{site_id, tag};
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;

/// A site and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteAnswer {
    /// The site.
    site: SiteRow,
    /// How it stands.
    status: StatusAnswer,
}

/// How a site stands.
#[derive(Debug, Serialize, ToSchema)]
struct StatusAnswer {
    /// Extensions that are enabled.
    total_extensions: i64,
    /// Those whose configuration is valid.
    valid_configs: i64,
    /// Those whose configuration is not.
    invalid_configs: i64,
    /// Those that take part in a conflict.
    conflicting_configs: i64,
    /// Conflicts that nobody resolved.
    unresolved_conflicts: i64,
    /// When a configuration changed last.
    last_updated: Option<DateTime<Utc>>,
    /// Whether somebody has to look at it.
    needs_attention: bool,
}

impl From<SiteStatus> for StatusAnswer {
    fn from(status: SiteStatus) -> Self {
        Self {
            total_extensions: status.total_extensions,
            valid_configs: status.valid_configs,
            invalid_configs: status.invalid_configs,
            conflicting_configs: status.conflicting_configs,
            unresolved_conflicts: status.unresolved_conflicts,
            last_updated: status.last_updated,
            needs_attention: status.needs_attention,
        }
    }
}

/// A site, and how it stands.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}", tag = "sites", operation_id = "getSite",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "The site.", body = SiteAnswer,
        headers(("ETag" = String, description = "Of the site, for `If-Match`."))))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let (site, status) = api.services.site(&actor, site_id(id)).await?;
    let tag = [(ETAG, tag(site.revision))];
    let answer = SiteAnswer {
        site: site.into(),
        status: status.into(),
    };
    Ok((tag, Json(answer)).into_response())
}
