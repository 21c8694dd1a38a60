//! What a rule has to say about a document.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::MAX_SHOWN_CHARS;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document is wrong.
    #[default]
    Error,
    /// The document is doubtful.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The name in rules and results: `error`, `warning` or `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }

    /// The severity of that name.
    pub(crate) fn of(name: &str) -> Option<Severity> {
        [Severity::Error, Severity::Warning, Severity::Info]
            .into_iter()
            .find(|one| one.as_str() == name)
    }
}

/// A place in a document that breaks a rule, or that a rule cannot judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's `id`.
    pub rule: String,
    /// The rule's severity.
    pub severity: Severity,
    /// RFC 6901 pointer into the data; of something missing, the pointer that it would have.
    pub pointer: String,
    /// What is wrong, in one sentence; the rule's own message if it has one and the rule could be judged.
    pub message: String,
    /// What the value was held against: a constant, the other field's value, the pattern, the sum, the type's name.
    pub expected: Option<Value>,
    /// What was found, shortened if it is long; absent if nothing was found, or a whole list or object.
    pub actual: Option<Value>,
}

/// A short copy of a scalar for a finding; nothing for lists, objects and `null`.
pub(crate) fn shown(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(Value::String(shortened(text))),
        Value::Number(number) if number.as_str().len() > MAX_SHOWN_CHARS => {
            Some(Value::String(shortened(number.as_str())))
        }
        Value::Number(_) | Value::Bool(_) => Some(value.clone()),
    }
}

/// A value in a sentence: text in quotes, lists and objects by what they are.
pub(crate) fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(elements) => match elements.len() {
            1 => "a list of 1 item".to_owned(),
            items => format!("a list of {items} items"),
        },
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => Value::String(shortened(text)).to_string(),
        Value::Number(number) => shortened(number.as_str()),
        Value::Bool(value) => value.to_string(),
    }
}

/// The first characters of a text, with `…` if that is not all.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
