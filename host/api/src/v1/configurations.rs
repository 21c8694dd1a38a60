//! Configurations: versions of what a client wants of a process type.

use assay_domain::{Configuration, Digest, NameError, ProcessTypeId};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Code, Problem};

pub(crate) mod activate;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;

/// One version of a configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigurationAnswer {
    /// Its id.
    config_id: Uuid,
    /// For which process type.
    process_type_id: String,
    /// Counted from 1.
    version: i32,
    /// Whether processes use it.
    active: bool,
    /// SHA-256 of `configuration` as canonical JSON (RFC 8785), in hexadecimal digits.
    sha256: String,
    /// What was saved, with its defaults.
    #[schema(value_type = Object)]
    configuration: Value,
    /// Who wrote it: the subject of the token; null for versions from before it was kept.
    submitted_by: Option<String>,
    /// When it was written.
    created_at: DateTime<Utc>,
    #[serde(skip)]
    tag: String,
}

impl ConfigurationAnswer {
    fn location(&self) -> String {
        format!(
            "/v1/configurations/{}/versions/{}",
            self.process_type_id, self.version
        )
    }

    /// The answer with its entity tag.
    fn tagged(self, status: StatusCode) -> Response {
        (status, [(ETAG, self.tag.clone())], Json(self)).into_response()
    }
}

impl TryFrom<Configuration> for ConfigurationAnswer {
    type Error = Problem;
    fn try_from(stored: Configuration) -> Result<Self, Problem> {
        Ok(Self {
            config_id: stored.id.0,
            process_type_id: stored.process_type.to_string(),
            version: stored.version,
            active: stored.active,
            sha256: stored.digest.to_string(),
            tag: tag(stored.version, stored.digest, stored.active),
            configuration: serde_json::to_value(stored.draft).map_err(Problem::internal)?,
            submitted_by: stored.submitted_by,
            created_at: stored.created_at,
        })
    }
}

/// The strong entity tag of a version: all that changes of it is whether it is active.
fn tag(version: i32, digest: Digest, active: bool) -> String {
    let digest: String = digest.to_string().chars().take(32).collect();
    let state = if active { "-active" } else { "" };
    format!("\"{version}-{digest}{state}\"")
}

/// The version is not in the state that the request names.
fn stale(process_type: &ProcessTypeId, newest: Option<i32>) -> Problem {
    let problem = |detail: String| Problem::new(Code::ConfigurationStale, detail);
    match newest {
        Some(newest) => {
            let path = format!("/v1/configurations/{process_type}/versions/{newest}");
            let detail =
                format!("the current version is {newest}; look at {path}, and send its `ETag` as `If-Match`");
            problem(detail).location(path)
        }
        None => problem("there is no version yet; send `If-None-Match: *` for the first".to_owned()),
    }
}

fn process_type(text: &str) -> Result<ProcessTypeId, Problem> {
    text.parse()
        .map_err(|error: NameError| Problem::new(Code::PathInvalid, error.to_string()))
}
