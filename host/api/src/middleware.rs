//! What happens around every request: its id, its log line, its metrics, and problems becoming bytes.
//!
//! Invariant: one log line per request, with method, route, status, code and duration; never a body, a query, a
//! header's value or a token.

use std::any::Any;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::ResponseForPanic;
use tracing::{error, info};
use uuid::Uuid;

use crate::problem::{MEDIA_TYPE, Pending, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The outermost layer.
pub(crate) async fn edge(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("none", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    let problem = response
        .extensions_mut()
        .remove::<Pending>()
        .and_then(|pending| pending.take());
    let problem = problem.or_else(|| unwritten(&response));
    let code = problem.as_ref().map_or("", |problem| problem.code().as_str());
    let elapsed = begin.elapsed();
    let status = problem
        .as_ref()
        .map_or(response.status(), |problem| problem.code().status());
    if status.is_server_error() {
        let cause = problem.as_ref().and_then(Problem::cause).unwrap_or_default();
        error!(request_id = %id, %method, route, status = status.as_u16(), code, ?elapsed, cause, "request failed");
    } else {
        info!(request_id = %id, %method, route, status = status.as_u16(), code, ?elapsed, "request");
    }
    let labels = [
        ("method", label(&method)),
        ("route", route),
        ("status", status.as_str().to_owned()),
    ];
    metrics::histogram!("assay_http_request_duration_seconds", &labels).record(elapsed);
    if let Some(problem) = problem {
        response = problem.render(&id);
    }
    harden(&mut response, &id);
    response
}

/// The caller's own id when it is harmless, else a new one.
fn request_id(request: &Request) -> String {
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        (1..=64).contains(&id.len()) && id.chars().all(allowed)
    };
    given
        .filter(harmless)
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// A label of which there are only so many.
fn label(method: &axum::http::Method) -> String {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    }
}

/// A refusal that some layer wrote as plain text.
fn unwritten(response: &Response) -> Option<Problem> {
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == MEDIA_TYPE || kind.as_bytes().starts_with(b"application/json"));
    (refused && !json).then(|| Problem::from(status))
}

fn harden(response: &mut Response, id: &str) {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// A route that there is not.
pub(crate) async fn unknown_route() -> Problem {
    Problem::from(StatusCode::NOT_FOUND)
}

/// A handler that panicked: a bug in here, and this request's alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

impl ResponseForPanic for Panicked {
    type ResponseBody = Body;
    fn response_for_panic(&mut self, panic: Box<dyn Any + Send>) -> Response {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Problem::internal(format!("a handler panicked: {}", text.unwrap_or("without text"))).into_response()
    }
}
