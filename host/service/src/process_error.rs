//! Why a process has no verdict, in words that can be shown and stored.

use assay_domain::{ErrorCode, Failure, Outcome, Phase, PluginName};
use serde::{Deserialize, Serialize};

/// Why a process has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessError {
    /// One of [`assay_domain::ErrorCode`], or `declined`: the plugin said itself that it can't.
    pub code: String,
    /// The case of the plugin's own error, for example `hostile`.
    pub case: Option<String>,
    /// Where it broke.
    pub phase: Option<Phase>,
    /// Which plugin.
    pub plugin: Option<PluginName>,
    /// Which document, from 0.
    pub document: Option<u32>,
    /// One sentence, without control characters.
    pub message: String,
    /// The guest's stack at a trap, innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backtrace: Vec<String>,
}

impl ProcessError {
    pub(crate) fn failed(plugin: &PluginName, document: Option<u32>, failure: &Failure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            case: None,
            phase: Some(failure.phase),
            plugin: Some(plugin.clone()),
            document,
            message: failure.message.clone(),
            backtrace: failure.backtrace.clone(),
        }
    }

    pub(crate) fn declined(plugin: &PluginName, document: Option<u32>, case: &str, message: &str) -> Self {
        Self {
            code: "declined".to_owned(),
            case: Some(case.to_owned()),
            phase: None,
            plugin: Some(plugin.clone()),
            document,
            message: message.to_owned(),
            backtrace: Vec::new(),
        }
    }

    /// Data that could not be held against the configuration's `output_schema` to the end.
    pub(crate) fn unchecked(document: Option<u32>, error: &dyn std::error::Error) -> Self {
        Self {
            code: ErrorCode::Refused.as_str().to_owned(),
            case: None,
            phase: None,
            plugin: None,
            document,
            message: format!("the configuration's output_schema: {error}"),
            backtrace: Vec::new(),
        }
    }

    /// A result that the database refuses, whatever it is tried.
    pub(crate) fn unstorable(error: &dyn std::error::Error) -> Self {
        Self {
            code: ErrorCode::Unavailable.as_str().to_owned(),
            case: None,
            phase: None,
            plugin: None,
            document: None,
            message: format!("the result could not be stored: {error}"),
            backtrace: Vec::new(),
        }
    }

    /// Why a call gave nothing; none when it gave something.
    pub(crate) fn of<T>(outcome: &Outcome<T>, plugin: &PluginName, document: Option<u32>) -> Option<Self> {
        match outcome {
            Outcome::Done(_) => None,
            Outcome::Declined { case, message } => Some(Self::declined(plugin, document, case, message)),
            Outcome::Failed(failure) => Some(Self::failed(plugin, document, failure)),
        }
    }
}

/// How a call ended, in one word.
pub(crate) const fn outcome_name<T>(outcome: &Outcome<T>) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Declined { .. } => "declined",
        Outcome::Failed(_) => "failed",
    }
}
