//! `POST /v1/configurations/{process_type_id}/versions/{version}/activate`.

use assay_service::ActivateError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{ConfigurationAnswer, process_type};
use crate::extract::{Caller, Path};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::not_found;

/// Makes a version the one that processes use from now on; processes under way keep theirs.
#[utoipa::path(
    post, path = "/v1/configurations/{process_type_id}/versions/{version}/activate",
    tag = "configurations", operation_id = "activateConfiguration",
    params(
        ("process_type_id" = String, Path, pattern = "^[a-z][a-z0-9_]{0,62}$",
            description = "The process type."),
        ("version" = i32, Path, minimum = 1, description = "The version."),
    ),
    responses((status = 200, description = "It is active.", body = ConfigurationAnswer,
        headers(("ETag" = String, description = "Of the version, now that it is active."))))
)]
pub(crate) async fn activate(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, version)): Path<(String, i32)>,
) -> Result<Response, Problem> {
    let process_type = process_type(&name)?;
    let active = api
        .services
        .activate_configuration(&actor, &process_type, version)
        .await?;
    Ok(ConfigurationAnswer::try_from(active)?.tagged(StatusCode::OK))
}

impl From<ActivateError> for Problem {
    fn from(error: ActivateError) -> Self {
        let text = error.to_string();
        match error {
            ActivateError::NotAllowed(error) => error.into(),
            ActivateError::Client(error) => error.into(),
            ActivateError::NotFound => not_found(),
            ActivateError::Conflict => Self::new(Code::ConfigurationConflict, text),
            ActivateError::Store(error) => error.into(),
        }
    }
}
