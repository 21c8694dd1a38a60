//! Why a component can't be taken: every reason at once.

use std::fmt;

use crate::escape::message;

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A stable code: `not-wasm`, `text`, `compiled`, `truncated`, `malformed`, `too-large`, `core-module`, `no-manifest`,
    /// `manifest`, `world`, `import`, `permission`, `memory`, `too-complex`, `component-model-async`, `compile`, `compile-time`,
    /// `compile-memory`.
    pub code: &'static str,
    /// What is wrong, where, and what to do; without control characters.
    pub message: String,
}

impl Reason {
    pub(crate) fn new(code: &'static str, text: impl AsRef<str>) -> Self {
        Self {
            code,
            message: message(text.as_ref().to_owned()),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// A component that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// All reasons that could be found, at least one.
    pub reasons: Vec<Reason>,
}

impl Refused {
    pub(crate) fn one(code: &'static str, text: impl AsRef<str>) -> Self {
        Self {
            reasons: vec![Reason::new(code, text)],
        }
    }

    /// Whether one of the reasons has this code.
    pub fn has(&self, code: &str) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the component is refused")?;
        for reason in &self.reasons {
            write!(f, "; {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
