//! The length of text in characters and of lists in items.

use serde_json::Value;

use super::Kind;
use super::range::Range;
use crate::judge::{Check, Judge, Judged, Target, kept_if};
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
struct Length(Range<u64>);

fn compile(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let range = Range::read(operands, |operands, key| operands.count(key, MAX_LENGTH))?;
    Ok(Judge::each(Length(range)))
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
        kept_if(self.0.contains(length), || {
            let text = format!(
                "{} has {length} {unit}, but must have {}",
                target.spot.name(),
                self.0.described("")
            );
            let expected = self.0.expected(Value::from);
            target
                .spot
                .broken(text, Some(expected), Some(Value::from(length)))
        })
    }
}
