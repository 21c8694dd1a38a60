//! What plugins say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much a finding weighs in the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document is rejected.
    Error,
    /// Shown; the document is accepted.
    Warning,
    /// For people to read.
    Info,
}

impl Severity {
    /// The name in WIT, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One thing a validator says about a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that speaks.
    pub rule: String,
    /// What it weighs.
    pub severity: Severity,
    /// JSON Pointer (RFC 6901) into the document's data.
    pub pointer: String,
    /// A sentence for the person who reviews.
    pub message: String,
    /// What should have been there.
    pub expected: Option<Value>,
    /// What was there.
    pub actual: Option<Value>,
    /// Asks for a person to look, whatever the severity.
    #[serde(default)]
    pub review: bool,
}

/// One reason for a fraud score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The signal's name.
    pub name: String,
    /// What it adds to the score, 0 to 1.
    pub weight: rust_decimal::Decimal,
    /// JSON Pointer (RFC 6901) into the document's data.
    pub pointer: String,
    /// A sentence for the person who reviews.
    pub reason: String,
}

/// Something a plugin wants remembered of a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Observation {
    /// A fingerprint that equal documents share.
    Exact {
        /// Which fingerprint.
        name: String,
        /// Its value.
        value: String,
    },
    /// A SimHash.
    Near {
        /// Which fingerprint.
        name: String,
        /// Its 64 bits.
        bits: u64,
    },
    /// A value of a subject's field.
    Value {
        /// Whose field.
        subject: String,
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
}
