//! Why a process has no verdict, in words that can be shown and stored.

use assay_domain::{ErrorCode, Failure, Outcome, Phase, PluginName};
use serde::{Deserialize, Serialize};

/// Why a process has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessError {
    /// One of [`assay_domain::ErrorCode`]; `declined`: the plugin said itself that it can't; `internal`: a defect of
    /// the host; `abandoned`: host after host ended while it was judged; `unrestorable`: its host ended, and what is
    /// stored of it can't be judged any more.
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
        Self::hosts(
            ErrorCode::Unavailable.as_str(),
            format!("the result could not be stored: {error}"),
        )
    }

    /// Its documents are to be remembered by more than fits into one transaction.
    pub(crate) fn too_much_to_remember(document: Option<u32>, most: usize) -> Self {
        let message = format!(
            "the plugins want more than {most} observations of the process's documents remembered; submit fewer at a time"
        );
        Self {
            document,
            ..Self::hosts(ErrorCode::BadOutput.as_str(), message)
        }
    }

    /// What it was decided from changed each time before it was stored.
    pub(crate) fn contended() -> Self {
        let message = "the history changed each time while it was judged; submit it again";
        Self::hosts(ErrorCode::Unavailable.as_str(), message.to_owned())
    }

    /// The host panicked while it judged.
    pub(crate) fn internal() -> Self {
        let message =
            "something broke in the host while it was judged; its log says what, by the process's id";
        Self::hosts("internal", message.to_owned())
    }

    /// So many hosts ended while they judged it.
    pub(crate) fn abandoned(hosts: i32) -> Self {
        Self::hosts(
            "abandoned",
            format!("its host ended {hosts} times while it was judged; it is not tried again"),
        )
    }

    /// What is stored of it does not suffice to judge it.
    pub(crate) fn unrestorable(error: &dyn std::error::Error) -> Self {
        Self::hosts(
            "unrestorable",
            format!("its host ended, and it can't be judged from what is stored: {error}"),
        )
    }

    /// What no plugin has to do with.
    fn hosts(code: &str, message: String) -> Self {
        Self {
            code: code.to_owned(),
            case: None,
            phase: None,
            plugin: None,
            document: None,
            message,
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
