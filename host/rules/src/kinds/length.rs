//! The length of text in characters and of lists in items.

use serde_json::{Value, json};

use super::Kind;
use crate::judge::{Check, Judged, Target, kept_if};
use crate::operands::Operands;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

pub(super) const KINDS: &[Kind] = &[Kind {
    doc: KindDoc {
        name: "length",
        family: "length",
        summary: "The field is text of so many characters (Unicode scalar values), or a list of so many items.",
        operands: &[
            OperandDoc {
                name: "min",
                required: false,
                takes: "the least length; min, max or both are needed",
            },
            OperandDoc {
                name: "max",
                required: false,
                takes: "the greatest length",
            },
        ],
        example: r#"{"field": "lines", "rule": "length", "min": 1, "max": 500}"#,
        kept: r#"{"lines": [{}]}"#,
        broken: r#"{"lines": []}"#,
    },
    compile: |operands| compile(operands),
}];

/// No document is longer.
const MAX_LENGTH: u64 = u32::MAX as u64;

#[derive(Debug)]
struct Length {
    min: Option<u64>,
    max: Option<u64>,
}

fn compile(operands: &mut Operands<'_>) -> Result<Box<dyn Check>, Refused> {
    let (min, max) = (
        operands.count("min", MAX_LENGTH),
        operands.count("max", MAX_LENGTH),
    );
    let (min, max) = (min?, max?);
    if min.is_none() && max.is_none() {
        return Err(operands.refuse("min", None, "length needs the key min, max or both"));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(operands.refuse("min", None, "min is greater than max; exchange them"));
    }
    Ok(Box::new(Length { min, max }))
}

impl Check for Length {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let (length, unit) = match value {
            Value::String(text) => (text.chars().count(), "characters"),
            Value::Array(items) => (items.len(), "items"),
            _ => {
                return Err(target
                    .spot
                    .wrong_type(value, "text or a list", " to have a length")
                    .into());
            }
        };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let fits = self.min.is_none_or(|min| length >= min) && self.max.is_none_or(|max| length <= max);
        kept_if(fits, || {
            let (range, expected) = match (self.min, self.max) {
                (Some(min), Some(max)) if min == max => (format!("{min}"), json!({"min": min, "max": max})),
                (Some(min), Some(max)) => (format!("from {min} to {max}"), json!({"min": min, "max": max})),
                (Some(min), None) => (format!("at least {min}"), json!({"min": min})),
                (None, Some(max)) => (format!("at most {max}"), json!({"max": max})),
                (None, None) => (String::new(), json!({})),
            };
            let text = format!(
                "{} has {length} {unit}, but must have {range}",
                target.spot.name()
            );
            target
                .spot
                .broken(text, Some(expected), Some(Value::from(length)))
        })
    }
}
