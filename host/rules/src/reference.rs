//! The reference of the language, from the same table that compiles the rules, so neither can lag behind.

use crate::kinds;

/// A rule kind as the reference describes it, with an example that is tried by a test.
#[derive(Debug, Clone, Copy)]
pub struct KindDoc {
    /// The name in `rule`.
    pub name: &'static str,
    /// The family that it belongs to.
    pub family: &'static str,
    /// What it asks for, in a sentence or two.
    pub summary: &'static str,
    /// Its own keys, beside [`COMMON_KEYS`].
    pub operands: &'static [OperandDoc],
    /// A rule, as JSON.
    pub example: &'static str,
    /// Data that keeps the rule, as JSON.
    pub kept: &'static str,
    /// Data that breaks the rule, as JSON.
    pub broken: &'static str,
}

/// A key of a rule.
#[derive(Debug, Clone, Copy)]
pub struct OperandDoc {
    /// The key.
    pub name: &'static str,
    /// Whether the rule is refused without it. Of `compare_to` and `value` exactly one is needed.
    pub required: bool,
    /// What it takes.
    pub takes: &'static str,
}

/// The keys that every rule has.
pub const COMMON_KEYS: &[OperandDoc] = &[
    OperandDoc {
        name: "field",
        required: true,
        takes: "the path of the field that is judged",
    },
    OperandDoc {
        name: "rule",
        required: true,
        takes: "the name of the rule",
    },
    OperandDoc {
        name: "id",
        required: false,
        takes: "the rule's name in findings, unique in the set; made of field, rule and operand if absent",
    },
    OperandDoc {
        name: "severity",
        required: false,
        takes: "error (the default), warning or info",
    },
    OperandDoc {
        name: "message",
        required: false,
        takes: "text for the finding, with {field}, {expected} and {actual}; braces are written twice",
    },
    OperandDoc {
        name: "when",
        required: false,
        takes: "a condition: a rule without id, severity, message and when, or {\"all\": […]}, {\"any\": […]}, {\"not\": …}",
    },
];

/// Every rule kind, family by family.
pub fn reference() -> impl Iterator<Item = &'static KindDoc> {
    kinds::all().map(|kind| &kind.doc)
}
