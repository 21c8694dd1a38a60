//! What a client wants of a process type. A version is immutable once active.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ClientId, ConfigId, Digest, LimitRequest, PluginName, ProcessTypeId, Thresholds, World};

/// One wrong thing in something that a person wrote, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }

    /// The same problem, seen from outside of the value that its pointer leads into.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// A plugin that a configuration names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginChoice {
    /// The plugin.
    pub plugin_name: PluginName,
    /// Which releases will do (Cargo's range syntax); the newest of them is taken.
    #[serde(default = "any_release")]
    pub plugin_range: semver::VersionReq,
    /// What the plugin is told, by the schema in its manifest.
    #[serde(default = "no_settings")]
    pub settings: Value,
}

fn any_release() -> semver::VersionReq {
    semver::VersionReq::STAR
}

fn no_settings() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A configuration as a client writes it; `plugin_name`, `plugin_range` and `settings` are the validator's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationDraft {
    /// The validator.
    pub plugin_name: PluginName,
    /// Which of its releases will do.
    #[serde(default = "any_release")]
    pub plugin_range: semver::VersionReq,
    /// What it is told.
    #[serde(default = "no_settings")]
    pub settings: Value,
    /// What reads documents that are not yet data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extractor: Option<PluginChoice>,
    /// What scores them for fraud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scorer: Option<PluginChoice>,
    /// JSON Schema (2020-12) that a submission's `input` has to satisfy.
    #[serde(default)]
    pub input_schema: Option<Value>,
    /// JSON Schema (2020-12) that a document's data has to satisfy.
    #[serde(default)]
    pub output_schema: Option<Value>,
    /// The validator's rules.
    #[serde(default)]
    pub validation_rules: Value,
    /// What its plugins' calls may use up, instead of what their manifests ask for.
    #[serde(default, skip_serializing_if = "LimitRequest::is_empty")]
    pub limits: LimitRequest,
    /// Whether the scorer runs.
    #[serde(default)]
    pub enable_fraud_detection: bool,
    /// Whether the client has people who review.
    #[serde(default)]
    pub enable_hitl: bool,
    /// Less confidence than this asks for review; 0 to 1.
    #[serde(default = "default_threshold")]
    pub confidence_threshold: Decimal,
    /// This score or more asks for review; 0 to 1.
    #[serde(default = "default_threshold")]
    pub fraud_threshold: Decimal,
}

fn default_threshold() -> Decimal {
    Decimal::new(8, 1)
}

impl ConfigurationDraft {
    /// The plugins by world.
    pub fn plugins(&self) -> Vec<(World, PluginChoice)> {
        let validator = PluginChoice {
            plugin_name: self.plugin_name.clone(),
            plugin_range: self.plugin_range.clone(),
            settings: self.settings.clone(),
        };
        let mut plugins = vec![(World::Validator, validator)];
        plugins.extend(self.extractor.clone().map(|choice| (World::Extractor, choice)));
        plugins.extend(self.scorer.clone().map(|choice| (World::Scorer, choice)));
        plugins
    }

    /// The choice for a world.
    pub fn plugin(&self, world: World) -> Option<PluginChoice> {
        self.plugins()
            .into_iter()
            .find(|(own, _)| *own == world)
            .map(|(_, choice)| choice)
    }

    /// How to decide.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            confidence: self.confidence_threshold,
            fraud: self.fraud_threshold,
            hitl: self.enable_hitl,
        }
    }

    /// What is wrong with it as far as it can be seen without schemas, rules and plugins.
    pub fn problems(&self) -> Vec<Problem> {
        let unit = Decimal::ZERO..=Decimal::ONE;
        let mut problems = Vec::new();
        for (pointer, threshold) in [
            ("/confidence_threshold", self.confidence_threshold),
            ("/fraud_threshold", self.fraud_threshold),
        ] {
            if !unit.contains(&threshold) {
                problems.push(Problem::new(pointer, format!("{threshold} is outside 0 to 1")));
            }
        }
        if self.enable_fraud_detection && self.scorer.is_none() {
            let message = "fraud detection needs a `scorer`; name one or switch it off";
            problems.push(Problem::new("/enable_fraud_detection", message));
        }
        problems
    }
}

/// One version of a configuration as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Its id.
    pub id: ConfigId,
    /// Whose it is.
    pub client: ClientId,
    /// For which process type.
    pub process_type: ProcessTypeId,
    /// Counted from 1 per client and process type.
    pub version: i32,
    /// Whether processes use it.
    pub active: bool,
    /// SHA-256 of `draft` as canonical JSON (RFC 8785).
    pub digest: Digest,
    /// What it says.
    pub draft: ConfigurationDraft,
    /// Who wrote it: a token's subject; none for versions from before it was kept.
    pub submitted_by: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}
