//! `GET /v1/configurations/{process_type_id}/versions/{version}`.

use axum::Json;
use axum::extract::State;

use super::{ConfigurationAnswer, process_type};
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::not_found;

/// One version of a configuration.
#[utoipa::path(
    get, path = "/v1/configurations/{process_type_id}/versions/{version}",
    tag = "configurations", operation_id = "getConfiguration",
    params(
        ("process_type_id" = String, Path, description = "The process type."),
        ("version" = i32, Path, description = "The version."),
    ),
    responses((status = 200, description = "The version.", body = ConfigurationAnswer))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, version)): Path<(String, i32)>,
) -> Result<Json<ConfigurationAnswer>, Problem> {
    let stored = api
        .services
        .configuration(&actor, &process_type(&name)?, version)
        .await?;
    Ok(Json(stored.ok_or_else(not_found)?.try_into()?))
}
