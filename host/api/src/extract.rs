//! Reading requests: what axum's extractors do, with problems instead of plain text, and bodies that are bounded in
//! size and time.
//!
//! Invariant: a body is held once; what is cut out of it later shares its memory.

use std::time::Duration;

use assay_domain::Actor;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::problem::{Code, Problem};

/// Parts of the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Path<T>(pub(crate) T);

/// The query's parameters.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);

/// Who asks; `access` put it there.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let actor = parts.extensions.get::<Actor>().cloned();
        actor
            .map(Self)
            .ok_or_else(|| Problem::internal("a handler for callers was reached without one"))
    }
}

/// Bounds on a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

/// The most that is read and thrown away of a body that is too large, so that its sender gets to read the answer.
const DISCARDED_BYTES: usize = 128 << 20;
const DISCARDED_TIME: Duration = Duration::from_secs(5);

/// Reads a whole body, at most as much as is allowed.
pub(crate) async fn body(request: Request, limits: BodyLimits) -> Result<Bytes, Problem> {
    if let Some(coding) = request.headers().get(CONTENT_ENCODING)
        && coding != "identity"
    {
        let detail = "the body has a content coding; send it as it is, without `Content-Encoding`";
        return Err(Problem::new(Code::MediaTypeUnsupported, detail));
    }
    let announced = length(request.headers());
    let mut body = request.into_body();
    if announced.is_some_and(|length| length > limits.bytes) {
        discard(&mut body).await;
        return Err(too_large(limits.bytes));
    }
    match timeout(
        limits.time,
        collect(&mut body, announced.unwrap_or(0), limits.bytes),
    )
    .await
    {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            discard(&mut body).await;
            Err(too_large(limits.bytes))
        }
        Ok(Err(error)) => {
            let detail = "the body ended before all of it was there; send it again";
            Err(Problem::new(Code::BodyIncomplete, detail).because(error))
        }
        Err(_) => {
            let seconds = limits.time.as_secs();
            let detail =
                format!("the body was not there after {seconds} seconds; send it faster or send less");
            Err(Problem::new(Code::BodyTooSlow, detail))
        }
    }
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the body has more than the {limit} bytes that are allowed here; send less");
    Problem::new(Code::BodyTooLarge, detail)
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The next bytes; trailers are none.
async fn next(body: &mut Body) -> Result<Option<Bytes>, axum::Error> {
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// All of the body, or none when it is larger than `limit`. A body of one frame is not copied.
async fn collect(body: &mut Body, announced: usize, limit: usize) -> Result<Option<Bytes>, axum::Error> {
    let Some(first) = next(body).await? else {
        return Ok(Some(Bytes::new()));
    };
    if first.len() > limit {
        return Ok(None);
    }
    let Some(second) = next(body).await? else {
        return Ok(Some(first));
    };
    let mut whole = BytesMut::with_capacity(announced.max(first.len() + second.len()).min(limit));
    whole.extend_from_slice(&first);
    let mut frame = Some(second);
    while let Some(bytes) = frame {
        if whole.len() + bytes.len() > limit {
            return Ok(None);
        }
        whole.extend_from_slice(&bytes);
        frame = next(body).await?;
    }
    Ok(Some(whole.freeze()))
}

/// Reads on without keeping anything. A connection that is closed with bytes unread is reset, and the answer lost.
async fn discard(body: &mut Body) {
    let reading = async {
        let mut left = DISCARDED_BYTES;
        while let Ok(Some(bytes)) = next(body).await {
            let Some(rest) = left.checked_sub(bytes.len()) else {
                break;
            };
            left = rest;
        }
    };
    // Whether the end was reached does not matter: the answer is the same.
    let _ = timeout(DISCARDED_TIME, reading).await;
}

/// `type/subtype` of the content type in lower case, if the request names one.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase(),
    )
}

/// The body as text.
pub(crate) fn text(body: &Bytes) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!(
            "the body is not UTF-8 from byte {} on; JSON is UTF-8 (RFC 8259, section 8.1)",
            error.valid_up_to()
        );
        Problem::new(Code::JsonInvalid, detail)
    })
}

/// Why JSON did not become what was expected of it: text that is no JSON, or JSON of another form.
pub(crate) fn json_problem(error: &serde_json::Error) -> Problem {
    if error.is_eof() && (error.line(), error.column()) == (1, 0) {
        return Problem::new(
            Code::JsonInvalid,
            "the body is empty; send JSON, see /openapi.json for its form",
        );
    }
    let form = error.is_data();
    let code = if form {
        Code::BodyInvalid
    } else {
        Code::JsonInvalid
    };
    let hint = if form {
        "; see /openapi.json for its form"
    } else {
        ""
    };
    let message: String = error
        .to_string()
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect();
    Problem::new(code, format!("the body can't be read: {message}{hint}"))
}

#[cfg(test)]
mod tests;
