//! Comparison with another field or a constant.
//!
//! `equal` and `not_equal` compare text with text letter by letter and booleans with booleans; if one side is a
//! number, both are compared as numbers as far as they are. The ordering rules compare numbers only; plain decimal
//! text counts as one.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::order::ordered;
use super::{COMPARE_TO, Kind};
use crate::decimal;
use crate::finding::{described, shown};
use crate::judge::{Applied, Broken, Check, Held, Judge, Judged, Spot, Target, kept_if};
use crate::operands::{Operands, Other};
use crate::path::Found;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const FAMILY: &str = "comparison";

const NUMBER: OperandDoc = OperandDoc {
    name: "value",
    required: false,
    takes: "a number, or plain decimal text",
};
const SCALAR: OperandDoc = OperandDoc {
    name: "value",
    required: false,
    takes: "text, a number, true or false",
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "equal",
            family: FAMILY,
            summary: "The field equals the other side: text letter by letter, numbers by value (1.0 equals 1).",
            operands: &[COMPARE_TO, SCALAR],
            example: r#"{"field": "lines[*].currency", "rule": "equal", "compare_to": "currency"}"#,
            kept: r#"{"currency": "EUR", "lines": [{"currency": "EUR"}]}"#,
            broken: r#"{"currency": "EUR", "lines": [{"currency": "eur"}]}"#,
        },
        compile: |operands| equality(operands, true),
    },
    Kind {
        doc: KindDoc {
            name: "not_equal",
            family: FAMILY,
            summary: "The field differs from the other side, by the same comparison as equal.",
            operands: &[COMPARE_TO, SCALAR],
            example: r#"{"field": "buyer.id", "rule": "not_equal", "compare_to": "seller.id"}"#,
            kept: r#"{"buyer": {"id": "7"}, "seller": {"id": "07"}}"#,
            broken: r#"{"buyer": {"id": "7"}, "seller": {"id": "7"}}"#,
        },
        compile: |operands| equality(operands, false),
    },
    Kind {
        doc: KindDoc {
            name: "less_than",
            family: FAMILY,
            summary: "The field is a number below the other side.",
            operands: &[COMPARE_TO, NUMBER],
            example: r#"{"field": "hours", "rule": "less_than", "value": 24}"#,
            kept: r#"{"hours": 23.99}"#,
            broken: r#"{"hours": 24}"#,
        },
        compile: |operands| ordered::<Decimal>(operands, "less than", Ordering::is_lt),
    },
    Kind {
        doc: KindDoc {
            name: "less_than_or_equal",
            family: FAMILY,
            summary: "The field is a number not above the other side.",
            operands: &[COMPARE_TO, NUMBER],
            example: r#"{"field": "total_net", "rule": "less_than_or_equal", "compare_to": "total_gross"}"#,
            kept: r#"{"total_net": "1800.00", "total_gross": 1800}"#,
            broken: r#"{"total_net": 1800.01, "total_gross": 1800}"#,
        },
        compile: |operands| ordered::<Decimal>(operands, "less than or equal to", Ordering::is_le),
    },
    Kind {
        doc: KindDoc {
            name: "greater_than",
            family: FAMILY,
            summary: "The field is a number above the other side.",
            operands: &[COMPARE_TO, NUMBER],
            example: r#"{"field": "lines[*].quantity", "rule": "greater_than", "value": 0}"#,
            kept: r#"{"lines": [{"quantity": 1}]}"#,
            broken: r#"{"lines": [{"quantity": 1}, {"quantity": 0}]}"#,
        },
        compile: |operands| ordered::<Decimal>(operands, "greater than", Ordering::is_gt),
    },
    Kind {
        doc: KindDoc {
            name: "greater_than_or_equal",
            family: FAMILY,
            summary: "The field is a number not below the other side.",
            operands: &[COMPARE_TO, NUMBER],
            example: r#"{"field": "hourly_pay", "rule": "greater_than_or_equal", "value": "12.82"}"#,
            kept: r#"{"hourly_pay": 12.82}"#,
            broken: r#"{"hourly_pay": 12.81}"#,
        },
        compile: |operands| ordered::<Decimal>(operands, "greater than or equal to", Ordering::is_ge),
    },
    Kind {
        doc: KindDoc {
            name: "between",
            family: FAMILY,
            summary: "The field is a number from min to max, both included.",
            operands: &[
                OperandDoc {
                    name: "min",
                    required: true,
                    takes: "the least number",
                },
                OperandDoc {
                    name: "max",
                    required: true,
                    takes: "the greatest number",
                },
            ],
            example: r#"{"field": "tax_rate", "rule": "between", "min": 0, "max": 27}"#,
            kept: r#"{"tax_rate": 27.0}"#,
            broken: r#"{"tax_rate": 27.1}"#,
        },
        compile: |operands| {
            let (min, max) = (operands.decimal("min"), operands.decimal("max"));
            let takes = "the bounds are both included";
            let (given_min, given_max) = (operands.need("min", takes), operands.need("max", takes));
            let (Some(min), Some(max)) = (min?, max?) else {
                return Err(Refused);
            };
            if min > max {
                return Err(operands.refuse("min", None, "min is greater than max; exchange them"));
            }
            Ok(Judge::each(Between {
                min,
                max,
                shown: [given_min?.clone(), given_max?.clone()],
            }))
        },
    },
];

fn equality(operands: &mut Operands<'_>, wanted: bool) -> Result<Judge, Refused> {
    let other = operands.other("text, a number, true or false", |_| Some(()))?;
    Ok(Judge::each(Equality { other, wanted }))
}

#[derive(Debug)]
struct Equality {
    other: Other<()>,
    wanted: bool,
}

impl Check for Equality {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Some(held) = target.other(&self.other)? else {
            return Ok(Applied::NotApplicable);
        };
        let equal = equal(&target.spot, value, &held)?;
        kept_if(equal == self.wanted, || {
            let must = if self.wanted {
                "must equal"
            } else {
                "must differ from"
            };
            let text = format!(
                "{} is {}, but {must} {}",
                target.spot.name(),
                described(value),
                held.described()
            );
            target.spot.broken(text, shown(held.value()), shown(value))
        })
    }
}

fn equal(spot: &Spot<'_>, value: &Value, held: &Held<'_, ()>) -> Result<bool, Broken> {
    let other = held.value();
    for (value, spot) in [(value, Some(spot)), (other, held.spot())] {
        if let (Some(spot), Value::Array(_) | Value::Object(_)) = (spot, value) {
            return Err(spot.wrong_type(value, "text, a number, true or false", "").into());
        }
    }
    if !value.is_number() && !other.is_number() {
        return Ok(value == other);
    }
    let one = exact(Some(spot), value)?;
    let other = exact(held.spot(), other)?;
    Ok(one.is_some() && one == other)
}

/// The same comparison of scalars of which every number is known to be exact.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    if !one.is_number() && !other.is_number() {
        return one == other;
    }
    let exact = |value: &Value| decimal::of(value).ok().flatten();
    exact(one).is_some_and(|one| exact(other) == Some(one))
}

/// A value that [`same`] compares; nothing if it is missing or `null`.
pub(super) fn scalar<'a>(target: &Target<'a>) -> Result<Option<&'a Value>, Broken> {
    let spot = &target.spot;
    match spot.found.found {
        Found::Value(Value::Null) | Found::Missing | Found::NoElements => Ok(None),
        Found::Misshapen(value, shape) => Err(spot.misshapen(value, shape).into()),
        Found::Value(value @ (Value::Array(_) | Value::Object(_))) => {
            Err(spot.wrong_type(value, "text, a number, true or false", "").into())
        }
        Found::Value(value @ Value::Number(number)) => match decimal::of_number(number) {
            Ok(_) => Ok(Some(value)),
            Err(error) => Err(spot.inexact(value, error).into()),
        },
        Found::Value(value) => Ok(Some(value)),
    }
}

/// The number on one side; nothing if it is none. Constants are known to be exact.
fn exact(spot: Option<&Spot<'_>>, value: &Value) -> Result<Option<Decimal>, Broken> {
    match (decimal::of(value), spot) {
        (Ok(number), _) => Ok(number),
        (Err(error), Some(spot)) => Err(spot.inexact(value, error).into()),
        // Text with too many digits equals no number that can be kept.
        (Err(_), None) => Ok(None),
    }
}

#[derive(Debug)]
struct Between {
    min: Decimal,
    max: Decimal,
    shown: [Value; 2],
}

impl Check for Between {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let number = target.spot.number(value)?;
        kept_if((self.min..=self.max).contains(&number), || {
            let [min, max] = &self.shown;
            let text = format!(
                "{} is {}, but must be from {} to {}",
                target.spot.name(),
                described(value),
                described(min),
                described(max)
            );
            target.spot.broken(
                text,
                Some(json!({"min": shown(min), "max": shown(max)})),
                shown(value),
            )
        })
    }
}
