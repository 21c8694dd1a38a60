//! `POST /v1/processes`: documents in, a verdict out.

use assay_service::{DocumentError, DocumentProblem, SubmitError};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use super::answer::ProcessAnswer;
use crate::extract::{Caller, Query};
use crate::problem::{Code, Problem};
use crate::state::Api;

mod submission;

pub(crate) use submission::{RawParameters, SubmissionBody, read};

/// Judges documents and stores what was said of them.
///
/// The answer comes when all is done. A process in which something broke is stored too: its status is `failed`, and
/// `error` says why. Whoever hangs up loses the answer, not the process.
///
/// A single document that is not JSON can also be the whole body, as `application/xml` or `text/xml`; its process
/// type then is in the query.
#[utoipa::path(
    post, path = "/v1/processes", tag = "processes", operation_id = "createProcess",
    params(RawParameters),
    request_body(content(
        (SubmissionBody = "application/json"),
        (String = "application/xml"),
        (String = "text/xml"),
    ), description = "Documents, or one document as it is."),
    responses(
        (status = 201, description = "Stored, with a verdict or with what broke.", body = ProcessAnswer,
            headers(("Location" = String, description = "Where the process is."))),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(parameters): Query<RawParameters>,
    request: Request,
) -> Result<Response, Problem> {
    let expected = api.services.expect_submission(&actor).await?;
    let submission = read(&api, parameters, request).await?;
    let process_type = submission.process_type.clone();
    let submitted = api.services.submit_expected(&actor, expected, submission).await;
    let answer = ProcessAnswer::from(submitted.map_err(|error| Problem::from(error).about(process_type))?);
    let location = answer.location().unwrap_or_default();
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(answer)).into_response())
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let text = error.to_string();
        match error {
            SubmitError::NotAllowed(error) => error.into(),
            SubmitError::Client(error) => error.into(),
            SubmitError::UnknownProcessType(_) => {
                Self::new(Code::ProcessTypeUnknown, format!("{text}; correct the name"))
                    .at("/process_type_id", text)
            }
            SubmitError::InactiveProcessType(_) => Self::new(Code::ProcessTypeInactive, text),
            SubmitError::NoConfiguration(_) => Self::new(Code::ConfigurationMissing, text),
            SubmitError::NoDocuments => Self::new(Code::DocumentsMissing, text).at("/documents", "is empty"),
            SubmitError::TooManyDocuments { .. } => Self::new(Code::DocumentsTooMany, text),
            SubmitError::Document(error) => error.into(),
            SubmitError::Input(places) => Self::new(Code::InputInvalid, text).places("/input", places),
            SubmitError::Plugin(_) => Self::new(Code::PluginUnusable, text),
            SubmitError::Overloaded(error) => error.into(),
            SubmitError::Failing(error) => {
                Self::new(Code::PluginFailing, text).retry_after(error.retry_after)
            }
            SubmitError::Store(error) => error.into(),
            SubmitError::Unfinished { process, .. } => {
                let detail = format!("{text}: /v1/processes/{process}. Don't send it again");
                Self::new(Code::ProcessUnfinished, detail)
                    .location(format!("/v1/processes/{process}"))
                    .because(error)
            }
            SubmitError::Lost => Self::internal(error),
        }
    }
}

impl From<DocumentError> for Problem {
    fn from(DocumentError { index, kind }: DocumentError) -> Self {
        let code = match &kind {
            DocumentProblem::TooLarge { .. } => Code::DocumentTooLarge,
            DocumentProblem::Empty => Code::DocumentEmpty,
            DocumentProblem::MediaType { .. } | DocumentProblem::Unreadable { .. } => Code::DocumentMediaType,
            DocumentProblem::Json(_) | DocumentProblem::NotAnObject | DocumentProblem::FileName => {
                Code::DocumentInvalid
            }
        };
        let document = format!("/documents/{index}");
        let (pointer, detail) = match &kind {
            DocumentProblem::Json(error) => (
                format!("{document}/data{}", error.pointer().unwrap_or_default()),
                error.to_string(),
            ),
            DocumentProblem::NotAnObject => (format!("{document}/data"), kind.to_string()),
            DocumentProblem::MediaType { .. } | DocumentProblem::Unreadable { .. } => {
                (format!("{document}/media_type"), kind.to_string())
            }
            DocumentProblem::FileName => (format!("{document}/file_name"), kind.to_string()),
            DocumentProblem::TooLarge { .. } | DocumentProblem::Empty => (document, kind.to_string()),
        };
        Self::new(code, format!("document {index} can't be taken: {detail}")).at(pointer, detail)
    }
}
