//! `POST /v1/validate`: as a process would be judged, with nothing stored.

use axum::Json;
use axum::extract::{Request, State};

use crate::extract::{Caller, Query};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::processes::answer::ProcessAnswer;
use crate::v1::processes::create::{RawParameters, SubmissionBody, read};

/// Judges documents and stores nothing: the same request and the same answer as `POST /v1/processes`, without ids.
#[utoipa::path(
    post, path = "/v1/validate", tag = "processes", operation_id = "validate",
    params(RawParameters),
    request_body(content(
        (SubmissionBody = "application/json"),
        (String = "application/xml"),
        (String = "text/xml"),
    ), description = "Documents, or one document as it is."),
    responses((status = 200, description = "What a process would have said.", body = ProcessAnswer))
)]
pub(crate) async fn validate(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(parameters): Query<RawParameters>,
    request: Request,
) -> Result<Json<ProcessAnswer>, Problem> {
    let expected = api.services.expect_submission(&actor).await?;
    let submission = read(&api, parameters, request).await?;
    let judged = api.services.validate(&actor, expected, submission).await?;
    Ok(Json(judged.into()))
}
