//! `GET /v1/configurations/{process_type_id}/versions/{version}`.

use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{ConfigurationAnswer, process_type, stale};
use crate::conditional::Preconditions;
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::not_found;

/// One version of a configuration.
#[utoipa::path(
    get, path = "/v1/configurations/{process_type_id}/versions/{version}",
    tag = "configurations", operation_id = "getConfiguration",
    params(
        ("process_type_id" = String, Path, pattern = "^[a-z][a-z0-9_]{0,62}$",
            description = "The process type."),
        ("version" = i32, Path, minimum = 1, description = "The version."),
        ("If-None-Match" = Option<String>, Header, description = "Tags that are known already."),
    ),
    responses(
        (status = 200, description = "The version.", body = ConfigurationAnswer,
            headers(("ETag" = String, description = "Changes when the version does: that it is active."))),
        (status = 304, description = "It has one of the tags in `If-None-Match`."),
    )
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, version)): Path<(String, i32)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let process_type = process_type(&name)?;
    let stored = api.services.configuration(&actor, &process_type, version).await?;
    let answer = ConfigurationAnswer::try_from(stored.ok_or_else(not_found)?)?;
    let (given, current) = (Preconditions::of(&headers)?, [answer.tag.clone()]);
    if !given.matches(&current) {
        return Err(stale(&process_type, Some(version)));
    }
    if given.differs(&current) {
        Ok(answer.tagged(StatusCode::OK))
    } else {
        Ok((StatusCode::NOT_MODIFIED, [(ETAG, answer.tag)]).into_response())
    }
}
