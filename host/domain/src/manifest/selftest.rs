//! Tests that a plugin carries in its manifest: a host runs them before it puts a release into use.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Severity, World};

/// Most tests of one manifest.
pub const MOST: usize = 64;

/// One call with what it has to give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfTest {
    /// What it shows, for the message when it does not.
    pub name: String,
    /// Which export is called; may be left out where the plugin has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<World>,
    /// The document's text; for a resolver, an object with `catalog` and `request`.
    pub input: String,
    /// Its media type; JSON when left out.
    #[serde(default = "json", skip_serializing_if = "is_json")]
    pub media_type: String,
    /// The settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// The rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Value>,
    /// The time that the plugin's clock shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<DateTime<Utc>>,
    /// What it has to give.
    pub expect: Expected,
}

/// What a call has to give; at least one of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expected {
    /// Exactly these findings, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<ExpectedFinding>>,
    /// This score, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Decimal>,
    /// Signals of exactly these names, in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals: Option<Vec<String>>,
    /// Exactly this data, of an extractor or as a resolver's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// The case of the plugin's own error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
}

/// A finding as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    /// The rule.
    pub rule: String,
    /// Its severity, if it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Where, if it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

fn json() -> String {
    "application/json".to_owned()
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json"
}

impl SelfTest {
    /// What is wrong with it in a manifest that names these worlds.
    pub(super) fn problem(&self, worlds: &[World]) -> Option<String> {
        if self.expect == Expected::default() {
            return Some(
                "expects nothing; name findings, a score, signals, data or a declined case".to_owned(),
            );
        }
        match (self.world, worlds) {
            (None, [_]) => None,
            (None, _) => Some("names no world, and the plugin has several".to_owned()),
            (Some(world), worlds) if !worlds.contains(&world) => {
                Some(format!("is for a {world}, which the plugin is not"))
            }
            (Some(_), _) => None,
        }
    }
}
