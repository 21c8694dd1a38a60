//! `POST /v1/plugins`: a release.

use assay_service::RegisterError;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ReleaseAnswer, refused};
use crate::extract::{BodyLimits, Caller, Query, body, content_type};
use crate::prefer;
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::registrations::RegistrationAnswer;

/// What becomes of a release that is registered.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Publishing {
    /// False publishes it without putting it into use.
    #[serde(default = "yes")]
    activate: bool,
}

const fn yes() -> bool {
    true
}

/// Registers a release: the component, or a core module for wasip1, with its manifest inside (`assay plugin pack`).
///
/// A token of role `platform` registers it for all clients, one of role `admin` for its own.
///
/// Compiling a large one takes up to minutes. With `Prefer: respond-async` the answer comes at once and says where to
/// look; without it, whoever hangs up finds what became of it under `/v1/registrations`. Of the same bytes, one
/// registration is under way at a time: whoever sends them meanwhile waits for that one, or is led to it.
#[utoipa::path(
    post, path = "/v1/plugins", tag = "plugins", operation_id = "createPlugin",
    params(
        Publishing,
        ("Prefer" = Option<String>, Header, description = "`respond-async` (RFC 7240): don't wait for the end."),
    ),
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "The bytes."),
    responses(
        (status = 201, description = "Registered.", body = ReleaseAnswer,
            headers(("Location" = String, description = "Where the plugin is."))),
        (status = 200, description = "The same bytes were there already.", body = ReleaseAnswer),
        (status = 202, description = "Accepted, as the caller preferred; nothing is decided yet.", body = RegistrationAnswer,
            headers(("Location" = String, description = "Where to look what becomes of it."),
                ("Preference-Applied" = String, description = "`respond-async`."))),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(publishing): Query<Publishing>,
    request: Request,
) -> Result<Response, Problem> {
    if content_type(request.headers()).as_deref() != Some("application/wasm") {
        let detail = "send the component's bytes as application/wasm";
        return Err(Problem::new(Code::MediaTypeUnsupported, detail));
    }
    let later = prefer::respond_async(request.headers());
    let limits = BodyLimits {
        bytes: api.options.component_bytes,
        time: api.options.body_timeout,
    };
    let expected = api.services.expect_upload(&actor)?;
    let component = body(request, limits).await?;
    if later {
        let begun = api
            .services
            .begin_registration(&actor, expected, component, publishing.activate)
            .await?;
        let answer = RegistrationAnswer::from(begun);
        let headers = [
            (LOCATION, answer.location()),
            (prefer::PREFERENCE_APPLIED, prefer::RESPOND_ASYNC.to_owned()),
        ];
        return Ok((StatusCode::ACCEPTED, headers, Json(answer)).into_response());
    }
    let publishing = assay_service::Publishing {
        activate: publishing.activate,
        ..assay_service::Publishing::default()
    };
    let release = api
        .services
        .register_upload(&actor, expected, component, publishing)
        .await?;
    let status = if release.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let location = format!("/v1/plugins/{}", release.name);
    Ok((status, [(LOCATION, location)], Json(ReleaseAnswer::from(release))).into_response())
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        let text = error.to_string();
        match error {
            RegisterError::NotAllowed(error) => error.into(),
            RegisterError::Client(error) => error.into(),
            RegisterError::Refused(reasons) => refused(Code::PluginRefused, &text, reasons),
            RegisterError::VersionExists { existing, .. } => Self::new(
                Code::PluginVersionExists,
                format!("{text} (SHA-256 of those: {existing})"),
            ),
            RegisterError::NameTaken { .. } => Self::new(Code::PluginNameTaken, text),
            RegisterError::Overloaded { retry_after } => {
                Self::new(Code::Overloaded, text).retry_after(retry_after)
            }
            RegisterError::Store(error) => error.into(),
            RegisterError::Lost => Self::internal(error),
        }
    }
}
