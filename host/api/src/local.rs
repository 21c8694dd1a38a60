//! The interface without a socket, for a program that has the services itself: the same routes, roles, answers and
//! problems as over HTTP, so that a command says what the service says.
//!
//! Invariant: whoever calls has the database anyway; the key that signs for them is made for this one value and known to
//! nobody else. Absent: what a server does besides, such as metrics.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Actor, SystemClock};
use assay_service::Services;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::auth::{Auth, SigningKey, issue};
use crate::problem::Code;
use crate::{ApiOptions, router};

/// For how long a call's token is good.
const LIFE: Duration = Duration::from_mins(5);

/// What of a path or a query is written as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Text as a part of a path, or a value in a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// What to do about a problem with this code; none for a code that there is not.
pub fn remedy(code: &str) -> Option<&'static str> {
    let known = Code::ALL.iter().find(|known| known.as_str() == code)?;
    Some(known.remedy())
}

/// The interface over some services.
#[derive(Debug)]
pub struct Local {
    router: Router,
    key: SigningKey,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// Whether it was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// A call could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the call could not be made: {0}")]
pub struct LocalError(String);

impl Local {
    /// Over these services. `secret` signs the calls' tokens: 32 bytes by chance, of which nobody else learns.
    pub fn new(services: Services, secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_secret(secret);
        let auth = Auth::new([key.verifying()], Arc::new(SystemClock));
        Self {
            router: router(services, auth, ApiOptions::default()),
            key,
        }
    }

    /// Calls a route. `path` has its query; see [`encoded`]. `if_match` is the entity tag that the thing must have.
    ///
    /// # Errors
    /// The path is none, or the actor can't be: what the interface refuses is a reply.
    pub async fn call(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        body: Option<&Value>,
        if_match: Option<&str>,
    ) -> Result<Reply, LocalError> {
        let said = |error: &dyn std::fmt::Display| LocalError(error.to_string());
        let token = issue(&self.key, actor, LIFE, &SystemClock).map_err(|error| said(&error))?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {token}"));
        let request = match if_match {
            Some(tag) => request.header(IF_MATCH, tag),
            None => request,
        };
        let request = match body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let request = request.map_err(|error| said(&error))?;
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let bytes = bytes.map_err(|error| said(&error))?;
        Ok(Reply {
            status,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}
