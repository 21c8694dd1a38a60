//! What went wrong, for the person at the terminal or the program that called: the chain once, no backtrace.

use std::fmt;
use std::process::ExitCode;

use serde_json::json;

use crate::output::{Format, Output};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Done,
    /// What was asked for failed, or found errors.
    Failed,
    /// It was asked for wrongly.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::FAILURE,
            Exit::Usage => Self::from(2),
        }
    }
}

/// An error of whoever called the command; what to do is part of the text.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Says what went wrong.
pub(crate) fn show(error: &anyhow::Error, output: &Output) -> Exit {
    let chain: Vec<_> = error.chain().map(ToString::to_string).collect();
    match output.format {
        Format::Human => output.error(&chain.join(": ")),
        Format::Json => output.json(&json!({"error": chain.join(": "), "chain": chain})),
    }
    if error.chain().any(<dyn std::error::Error>::is::<UsageError>) {
        Exit::Usage
    } else {
        Exit::Failed
    }
}
