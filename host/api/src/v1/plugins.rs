//! Plugins and their releases.

use assay_domain::{NameError, PluginName};
use assay_service::{Reason, Release};
use chrono::{DateTime, Utc};
use semver::Version;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Code, Problem};

pub(crate) mod activate;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod grants;
pub(crate) mod list;
pub(crate) mod yank;

/// One release of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReleaseAnswer {
    /// Its id.
    release_id: Uuid,
    /// The plugin.
    #[schema(example = "payroll_standard_validator")]
    name: String,
    /// Its version.
    #[schema(example = "1.0.0")]
    version: String,
    /// SHA-256 of the component that runs, in hexadecimal digits.
    sha256: String,
    /// SHA-256 of what was uploaded.
    original_sha256: String,
    /// Bytes of the component.
    size: u64,
    /// Whether a module for wasip1 was wrapped as a component.
    wrapped: bool,
    /// What the plugin says of itself.
    #[schema(value_type = Object)]
    manifest: Value,
    /// `extractor`, `validator` and `scorer`, as far as it exports them.
    worlds: Vec<&'static str>,
    /// What the component imports.
    imports: Vec<String>,
    /// What it exports.
    exports: Vec<String>,
    /// Whether ranges select it, for whoever asks.
    in_use: bool,
    /// When it was withdrawn; it still judges where it is pinned.
    yanked_at: Option<DateTime<Utc>>,
    /// When it was registered.
    created_at: DateTime<Utc>,
}

impl From<Release> for ReleaseAnswer {
    fn from(release: Release) -> Self {
        Self {
            release_id: release.release_id.0,
            name: release.name.to_string(),
            version: release.version.to_string(),
            sha256: release.sha256.to_string(),
            original_sha256: release.original_sha256.to_string(),
            size: release.size,
            wrapped: release.wrapped,
            manifest: release.manifest,
            worlds: release
                .worlds
                .into_iter()
                .map(assay_domain::World::as_str)
                .collect(),
            imports: release.imports,
            exports: release.exports,
            in_use: release.in_use,
            yanked_at: release.yanked_at,
            created_at: release.created_at,
        }
    }
}

fn release_version(text: &str) -> Result<Version, Problem> {
    text.parse().map_err(|error| {
        let detail = format!("the version is none of the form 1.2.3: {error}");
        Problem::new(Code::PathInvalid, detail)
    })
}

fn plugin_name(text: &str) -> Result<PluginName, Problem> {
    text.parse()
        .map_err(|error: NameError| Problem::new(Code::PathInvalid, error.to_string()))
}

/// A refusal with its reasons, each with its code.
fn refused(code: Code, text: &str, reasons: Vec<Reason>) -> Problem {
    let listed: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
    let detail = format!("{text}: {}", listed.join("; "));
    let problem = Problem::new(code, detail);
    reasons.into_iter().fold(problem, |problem, reason| {
        problem.coded(reason.code, reason.message)
    })
}
