//! Membership in a list of constants, by the comparison of `equal`.
//!
//! Invariant: the list is sorted when it is saved, so a judgement does not grow with it but by its logarithm.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Kind;
use crate::decimal;
use crate::finding::{described, shown};
use crate::judge::{Check, Judge, Judged, Target, kept_if};
use crate::limits::MAX_VALUES;
use crate::operands::Operands;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const FAMILY: &str = "membership";

const VALUES: OperandDoc = OperandDoc {
    name: "values",
    required: true,
    takes: "a list of text, numbers, true and false",
};

/// Constants of the list that a finding repeats.
const SHOWN_VALUES: usize = 10;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "in",
            family: FAMILY,
            summary: "The field equals one of the constants, by the same comparison as equal.",
            operands: &[VALUES],
            example: r#"{"field": "currency", "rule": "in", "values": ["EUR", "USD"]}"#,
            kept: r#"{"currency": "USD"}"#,
            broken: r#"{"currency": "usd"}"#,
        },
        compile: |operands| compile(operands, true),
    },
    Kind {
        doc: KindDoc {
            name: "not_in",
            family: FAMILY,
            summary: "The field equals none of the constants.",
            operands: &[VALUES],
            example: r#"{"field": "country", "rule": "not_in", "values": ["XX", "ZZ"]}"#,
            kept: r#"{"country": "DE"}"#,
            broken: r#"{"country": "ZZ"}"#,
        },
        compile: |operands| compile(operands, false),
    },
];

#[derive(Debug)]
struct Membership {
    wanted: bool,
    texts: BTreeSet<String>,
    numbers: BTreeSet<Decimal>,
    /// What plain decimal text among the constants stands for, for a field that is a number.
    texts_as_numbers: BTreeSet<Decimal>,
    booleans: [bool; 2],
    shown: Vec<Value>,
}

fn compile(operands: &mut Operands<'_>, wanted: bool) -> Result<Judge, Refused> {
    let rule = operands.rule();
    let given = operands.need("values", "the list of constants")?;
    let Some(items) = given
        .as_array()
        .filter(|items| !items.is_empty() && items.len() <= MAX_VALUES)
    else {
        let message = format!(
            "{rule} takes a list of 1 to {MAX_VALUES} constants, not {}",
            described(given)
        );
        return Err(operands.refuse("values", None, message));
    };
    let mut set = Membership {
        wanted,
        texts: BTreeSet::new(),
        numbers: BTreeSet::new(),
        texts_as_numbers: BTreeSet::new(),
        booleans: [false; 2],
        shown: items.iter().take(SHOWN_VALUES).filter_map(shown).collect(),
    };
    if items.len() > SHOWN_VALUES {
        set.shown.push(Value::from("…"));
    }
    let mut refused = None;
    for (at, item) in items.iter().enumerate() {
        if let Err(error) = operands.scalar("values", Some(at), item) {
            refused = Some(error);
        }
        set.insert(item);
    }
    match refused {
        Some(refused) => Err(refused),
        None => Ok(Judge::each(set)),
    }
}

impl Membership {
    fn insert(&mut self, item: &Value) {
        let number = decimal::of(item).ok().flatten();
        match item {
            Value::String(text) => {
                self.texts.insert(text.clone());
                self.texts_as_numbers.extend(number);
            }
            Value::Bool(value) => {
                let [is_false, is_true] = &mut self.booleans;
                *(if *value { is_true } else { is_false }) = true;
            }
            _ => self.numbers.extend(number),
        }
    }
}

impl Check for Membership {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let number = match decimal::of(value) {
            Ok(number) => number,
            // Text is compared with text too, so only a number is beyond judgement.
            Err(error) if value.is_number() => return Err(target.spot.inexact(value, error).into()),
            Err(_) => None,
        };
        let is_number = |numbers: &BTreeSet<Decimal>| number.is_some_and(|number| numbers.contains(&number));
        let found = match value {
            Value::String(text) => self.texts.contains(text) || is_number(&self.numbers),
            Value::Number(_) => is_number(&self.numbers) || is_number(&self.texts_as_numbers),
            Value::Bool(value) => {
                let [is_false, is_true] = self.booleans;
                if *value { is_true } else { is_false }
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(target
                    .spot
                    .wrong_type(value, "text, a number, true or false", "")
                    .into());
            }
        };
        kept_if(found == self.wanted, || {
            let must = if self.wanted {
                "must be one of"
            } else {
                "must not be one of"
            };
            let list = self.shown.iter().map(described).collect::<Vec<_>>().join(", ");
            let text = format!(
                "{} is {}, but {must} {list}",
                target.spot.name(),
                described(value)
            );
            target
                .spot
                .broken(text, Some(Value::Array(self.shown.clone())), shown(value))
        })
    }
}
