//! `POST /v1/sites`: a new site.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{ETAG, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::list::SiteRow;
use super::{DryRun, read, tag};
use crate::extract::{Caller, Query};
use crate::problem::Problem;
use crate::state::Api;

/// What a site is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteBody {
    /// For people; unique within the client.
    #[schema(example = "Plant Rotterdam", min_length = 1, max_length = 256)]
    name: String,
}

/// Makes a site, where extensions can be enabled.
#[utoipa::path(
    post, path = "/v1/sites", tag = "sites", operation_id = "createSite",
    params(DryRun),
    request_body = SiteBody,
    responses((status = 201, description = "Made, or would be.", body = SiteRow,
        headers(
            ("Location" = String, description = "Where the site is."),
            ("ETag" = String, description = "Of the site, for `If-Match`."),
        )))
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(DryRun { dry_run }): Query<DryRun>,
    request: Request,
) -> Result<Response, Problem> {
    let SiteBody { name } = read(&api, request).await?;
    let site = api.services.make_site(&actor, &name, dry_run).await?;
    let headers = [
        (LOCATION, format!("/v1/sites/{}", site.id)),
        (ETAG, tag(site.revision)),
    ];
    Ok((StatusCode::CREATED, headers, Json(SiteRow::from(site))).into_response())
}
