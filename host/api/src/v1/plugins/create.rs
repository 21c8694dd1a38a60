//! `POST /v1/plugins`: a release.

use assay_service::RegisterError;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ReleaseAnswer;
use crate::extract::{BodyLimits, Caller, Query, body, content_type};
use crate::problem::{Code, Problem};
use crate::state::Api;

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
#[utoipa::path(
    post, path = "/v1/plugins", tag = "plugins", operation_id = "createPlugin",
    params(Publishing),
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "The bytes."),
    responses(
        (status = 201, description = "Registered.", body = ReleaseAnswer,
            headers(("Location" = String, description = "Where the plugin is."))),
        (status = 200, description = "The same bytes were there already.", body = ReleaseAnswer),
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
    let limits = BodyLimits {
        bytes: api.options.component_bytes,
        time: api.options.body_timeout,
    };
    let component = body(request, limits).await?;
    let release = api
        .services
        .register_plugin(&actor, component, publishing.activate)
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
            RegisterError::Refused(reasons) => {
                let listed: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
                let detail = format!("{text}: {}", listed.join("; "));
                reasons
                    .into_iter()
                    .fold(Self::new(Code::PluginRefused, detail), |problem, reason| {
                        problem.coded(reason.code, reason.message)
                    })
            }
            RegisterError::VersionExists { existing, .. } => Self::new(
                Code::PluginVersionExists,
                format!("{text} (SHA-256 of those: {existing})"),
            ),
            RegisterError::NameTaken { .. } => Self::new(Code::PluginNameTaken, text),
            RegisterError::Store(error) => error.into(),
        }
    }
}
