//! Configurations: versions of what a client wants of a process type.

use assay_domain::{Configuration, NameError, ProcessTypeId};
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
    /// SHA-256 of `configuration` as JSON with sorted keys, in hexadecimal digits.
    sha256: String,
    /// What was saved, with its defaults.
    #[schema(value_type = Object)]
    configuration: Value,
}

impl ConfigurationAnswer {
    fn location(&self) -> String {
        format!(
            "/v1/configurations/{}/versions/{}",
            self.process_type_id, self.version
        )
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
            configuration: serde_json::to_value(stored.draft).map_err(Problem::internal)?,
        })
    }
}

fn process_type(text: &str) -> Result<ProcessTypeId, Problem> {
    text.parse()
        .map_err(|error: NameError| Problem::new(Code::PathInvalid, error.to_string()))
}
