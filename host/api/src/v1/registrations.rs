//! Registrations: what becomes of uploaded plugins.

use assay_service::Registration;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) mod get;
pub(crate) mod list;

/// What became of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationAnswer {
    /// Its id.
    registration_id: Uuid,
    /// `queued`, `checking`, `compiling` and `testing` while it is under way; at the end `registered`, `refused` or
    /// `failed`.
    #[schema(example = "compiling")]
    status: &'static str,
    /// What is done at the moment: `waiting`, `reading`, `compiling`, `writing` or `linking`.
    progress: Option<String>,
    /// Why it was refused or failed; empty otherwise. `interrupted`: the host that worked on it is gone.
    reasons: Vec<ReasonAnswer>,
    /// SHA-256 of what was uploaded, in hexadecimal digits.
    sha256: String,
    /// Bytes of it.
    size: u64,
    /// The release that it became, or was already.
    release_id: Option<Uuid>,
    /// That one's plugin.
    #[schema(example = "payroll_standard_validator")]
    name: Option<String>,
    /// That one's version.
    #[schema(example = "1.0.0")]
    version: Option<String>,
    /// When it was accepted.
    created_at: DateTime<Utc>,
    /// When it came as far as it is.
    updated_at: DateTime<Utc>,
}

/// One reason.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonAnswer {
    /// What programs go by.
    #[schema(example = "compile-time")]
    code: String,
    /// What is wrong and what to do.
    message: String,
}

impl RegistrationAnswer {
    pub(crate) fn location(&self) -> String {
        format!("/v1/registrations/{}", self.registration_id)
    }
}

impl From<Registration> for RegistrationAnswer {
    fn from(registration: Registration) -> Self {
        let reasons = registration.reasons.into_iter().map(|reason| ReasonAnswer {
            code: reason.code,
            message: reason.message,
        });
        Self {
            registration_id: registration.registration_id.0,
            status: registration.status.as_str(),
            progress: registration.progress,
            reasons: reasons.collect(),
            sha256: registration.sha256.to_string(),
            size: registration.size,
            release_id: registration.release_id.map(|id| id.0),
            name: registration.name.map(|name| name.to_string()),
            version: registration.version,
            created_at: registration.created_at,
            updated_at: registration.updated_at,
        }
    }
}
