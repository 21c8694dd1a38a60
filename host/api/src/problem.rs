//! Every answer that is not a success: RFC 9457 problem details with a stable `code`.
//!
//! A handler returns a [`Problem`]; the outermost middleware writes it, since only that knows the request's id, and
//! logs its cause once. Invariant: the cause never reaches the caller, who gets `detail` and `errors` alone.

use std::error::Error;
use std::time::Duration;

use assay_domain::{Problem as Place, ProcessTypeId};
use axum::Json;
use axum::http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

mod code;
mod rejection;

pub use code::Code;

use crate::extract::Path;

/// The media type of RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Most entries of `errors`; the detail says how many more there are.
const MOST_ERRORS: usize = 100;

/// Why a request was not done.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    detail: String,
    errors: Vec<ProblemPlace>,
    retry_after: Option<Duration>,
    challenge: Option<&'static str>,
    allow: Option<String>,
    location: Option<String>,
    process_type: Option<ProcessTypeId>,
    change: Option<Value>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What the caller reads.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// Where the problem is explained.
    #[schema(example = "/problems/process-type-unknown")]
    r#type: String,
    /// What it is, the same for every occurrence.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What programs go by; never changes.
    #[schema(value_type = String, example = "process-type-unknown")]
    code: &'static str,
    /// What happened this time, and what to do.
    detail: String,
    /// The request's id, as in the header `x-request-id` and in the host's log.
    instance: String,
    /// The places in what was sent, when there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemPlace>,
    /// Of a change of a site that was refused: what would have been, why not, and what would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    change: Option<Value>,
}

/// One wrong thing in what was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemPlace {
    /// JSON Pointer (RFC 6901) into the body.
    #[schema(example = "/documents/0/data")]
    pointer: String,
    /// What is wrong there and what to do.
    detail: String,
    /// What programs go by, where one place can be wrong in many ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl Problem {
    /// A problem and what to do about it.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            challenge: None,
            allow: None,
            location: None,
            process_type: None,
            change: None,
            cause: None,
        }))
    }

    /// Something broke in here: the caller learns that, and the log the cause.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "something broke in this service; nothing was stored unless a process with this content is \
                      listed. Try again, and if it stays so, give the operator the id in `instance`";
        Self::new(Code::Internal, detail).because(cause)
    }

    /// The database can't be reached; trying again is right.
    pub fn database_unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let detail = "the database can't be reached at the moment; try again after the time in `Retry-After`";
        Self::new(Code::DatabaseUnavailable, detail)
            .retry_after(Duration::from_secs(5))
            .because(cause)
    }

    /// With a place in the body.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(ProblemPlace {
            pointer: pointer.into(),
            detail: detail.into(),
            code: None,
        });
        self
    }

    /// With a reason that has a code of its own, about the body as a whole.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(ProblemPlace {
            pointer: String::new(),
            detail: detail.into(),
            code: Some(code.into()),
        });
        self
    }

    /// With places in the body, whose pointers begin at `prefix`.
    #[must_use]
    pub fn places(mut self, prefix: &str, places: Vec<Place>) -> Self {
        let more = places.len().saturating_sub(MOST_ERRORS);
        self.0
            .errors
            .extend(places.into_iter().take(MOST_ERRORS).map(|place| {
                let place = place.within(prefix);
                ProblemPlace {
                    pointer: place.pointer,
                    detail: place.message,
                    code: None,
                }
            }));
        if more > 0 {
            self.0.detail = format!("{} ({more} more are not shown)", self.0.detail);
        }
        self
    }

    /// With the time after which trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// With the challenge of RFC 6750.
    #[must_use]
    pub fn challenge(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// With the methods that there are.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// With the place to look at instead.
    #[must_use]
    pub fn location(mut self, path: String) -> Self {
        self.0.location = Some(path);
        self
    }

    /// With the process type that was asked for, where the path does not name it.
    #[must_use]
    pub fn about(mut self, process_type: ProcessTypeId) -> Self {
        self.0.process_type = Some(process_type);
        self
    }

    /// With the change that was refused.
    #[must_use]
    pub fn with_change(mut self, change: Value) -> Self {
        self.0.change = Some(change);
        self
    }

    /// With what the log shall say.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened this time.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The process type that was asked for.
    pub(crate) fn process_type(&self) -> Option<&ProcessTypeId> {
        self.0.process_type.as_ref()
    }

    /// The places in the body.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = &str> {
        self.0.errors.iter().map(|place| place.pointer.as_str())
    }

    /// The cause with its sources, for the log.
    pub(crate) fn cause(&self) -> Option<String> {
        let cause = self.0.cause.as_deref()?;
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        Some(text)
    }

    /// The answer, with the request's id.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let Inner {
            code,
            detail,
            errors,
            retry_after,
            challenge,
            allow,
            location,
            change,
            ..
        } = *self.0;
        let details = ProblemDetails {
            r#type: format!("/problems/{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            code: code.as_str(),
            detail,
            instance: request_id.to_owned(),
            errors,
            change,
        };
        let mut response = (code.status(), Json(details)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(after) = retry_after {
            // Whole seconds, and at least one: RFC 9110 knows no fractions, and 0 would ask for a storm.
            headers.insert(
                RETRY_AFTER,
                after
                    .as_secs_f64()
                    .ceil()
                    .max(1.0)
                    .to_string()
                    .parse()
                    .unwrap_or(ONE),
            );
        }
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(allow) = allow.and_then(|methods| methods.parse().ok()) {
            headers.insert(ALLOW, allow);
        }
        if let Some(location) = location.and_then(|path| path.parse().ok()) {
            headers.insert(LOCATION, location);
        }
        response
    }
}

const ONE: HeaderValue = HeaderValue::from_static("1");

/// A problem on its way out, which the outermost middleware takes and writes.
#[derive(Clone)]
pub(crate) struct Pending(std::sync::Arc<std::sync::Mutex<Option<Problem>>>);

impl Pending {
    pub(crate) fn take(&self) -> Option<Problem> {
        self.0.lock().ok()?.take()
    }

    /// Looks at the problem and leaves it there.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Problem) -> T) -> Option<T> {
        self.0.lock().ok()?.as_ref().map(look)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        let pending = Pending(std::sync::Arc::new(std::sync::Mutex::new(Some(self))));
        response.extensions_mut().insert(pending);
        response
    }
}

impl From<StatusCode> for Problem {
    fn from(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => (
                Code::RouteUnknown,
                "there is no such route; /openapi.json lists those there are",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                Code::MethodNotAllowed,
                "this route does not have that method; /openapi.json lists those it has",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (Code::BodyTooLarge, "the body is too large; send less"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                Code::MediaTypeUnsupported,
                "the content type can't be taken here; /openapi.json lists those that can",
            ),
            status if status.is_client_error() => (
                Code::RequestInvalid,
                "the request can't be read; see /openapi.json",
            ),
            _ => return Self::internal(format!("a layer below answered {status}")),
        };
        Self::new(code, detail)
    }
}

/// `GET /problems`: every code there is.
pub(crate) async fn catalogue() -> Json<Vec<Explained>> {
    Json(Code::ALL.iter().copied().map(Explained::of).collect())
}

/// `GET /problems/{code}`: what a code means.
pub(crate) async fn explain(Path(code): Path<String>) -> Result<Json<Explained>, Problem> {
    let known = Code::ALL.iter().copied().find(|known| known.as_str() == code);
    let unknown = || {
        Problem::new(
            Code::NotFound,
            "there is no such code; /problems lists those there are",
        )
    };
    known.map(|code| Json(Explained::of(code))).ok_or_else(unknown)
}

/// What a code means, and what to do.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    code: &'static str,
    status: u16,
    title: &'static str,
    means: &'static str,
    remedy: &'static str,
}

impl Explained {
    fn of(code: Code) -> Self {
        Self {
            code: code.as_str(),
            status: code.status().as_u16(),
            title: code.title(),
            means: code.means(),
            remedy: code.remedy(),
        }
    }
}

#[cfg(test)]
mod tests;
