//! The rules that a configuration gives to a plugin.

use assay_rules::RuleSet;
use serde_json::Value;

use crate::settings::json;
use crate::{Part, Problem};

/// Rules that a plugin takes.
pub trait PluginRules: Sized {
    /// Reads them from JSON text.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with a pointer into the rules.
    fn read(text: &str) -> Result<Self, Vec<Problem>>;
}

impl PluginRules for RuleSet {
    fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let value = json(text, Part::Rules)?;
        RuleSet::parse(&value).map_err(|problems| {
            let rules = |problem: assay_rules::Problem| Problem {
                part: Part::Rules,
                pointer: problem.pointer,
                message: problem.message,
            };
            problems.into_iter().map(rules).collect()
        })
    }
}

/// For a plugin that takes no rules: any rule is a problem, since nobody would judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRules;

impl PluginRules for NoRules {
    fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let value = json(text, Part::Rules)?;
        let none = match &value {
            Value::Null => true,
            Value::Array(rules) => rules.is_empty(),
            Value::Object(parts) => parts
                .values()
                .all(|part| part.as_array().is_some_and(Vec::is_empty)),
            _ => false,
        };
        if none {
            return Ok(Self);
        }
        let message = "this plugin judges no rules; remove them or name another plugin".to_owned();
        Err(vec![Problem {
            part: Part::Rules,
            pointer: String::new(),
            message,
        }])
    }
}

#[cfg(test)]
mod tests;
