//! Presence: the only rules that judge a field that is missing or `null`.

use serde_json::Value;

use super::Kind;
use crate::finding::{described, shown};
use crate::judge::{Applied, Check, Judge, Judged, Target, kept_if};
use crate::path::Shape;
use crate::reference::KindDoc;

const FAMILY: &str = "presence";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "required",
            family: FAMILY,
            summary: "The field is there and not null; an empty text or list counts as there. Under [*] every element \
                      must have it; a missing list has no elements, so require the list too.",
            operands: &[],
            example: r#"{"field": "lines[*].amount", "rule": "required"}"#,
            kept: r#"{"lines": [{"amount": 1}, {"amount": 2}]}"#,
            broken: r#"{"lines": [{"amount": 1}, {}]}"#,
        },
        compile: |_| Ok(Judge::each(Required)),
    },
    Kind {
        doc: KindDoc {
            name: "absent",
            family: FAMILY,
            summary: "The field is missing or null.",
            operands: &[],
            example: r#"{"field": "due_date", "rule": "absent", "when": {"field": "paid", "rule": "equal", "value": true}}"#,
            kept: r#"{"paid": true}"#,
            broken: r#"{"paid": true, "due_date": "2025-01-31"}"#,
        },
        compile: |_| Ok(Judge::each(Absent)),
    },
    Kind {
        doc: KindDoc {
            name: "not_empty",
            family: FAMILY,
            summary: "The field is there, not null, and neither a text of nothing but white space nor a list or object \
                      with nothing in it.",
            operands: &[],
            example: r#"{"field": "employee.name", "rule": "not_empty"}"#,
            kept: r#"{"employee": {"name": "Ana"}}"#,
            broken: r#"{"employee": {"name": "  "}}"#,
        },
        compile: |_| Ok(Judge::each(NotEmpty)),
    },
];

#[derive(Debug)]
struct Required;

impl Check for Required {
    fn present(&self, _: &Target<'_>, _: &Value) -> Judged {
        Ok(Applied::Kept)
    }

    fn missing(&self, target: &Target<'_>, is_null: bool) -> Judged {
        Err(not_there(target, is_null).into())
    }
}

#[derive(Debug)]
struct Absent;

impl Check for Absent {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let text = format!(
            "{} is {}, but must not be there",
            target.spot.name(),
            described(value)
        );
        Err(target.spot.broken(text, None, shown(value)).into())
    }

    fn missing(&self, _: &Target<'_>, _: bool) -> Judged {
        Ok(Applied::Kept)
    }

    fn misshapen(&self, _: &Target<'_>, _: &Value, _: Shape) -> Judged {
        Ok(Applied::Kept)
    }
}

#[derive(Debug)]
struct NotEmpty;

impl Check for NotEmpty {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let is_empty = match value {
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        };
        kept_if(!is_empty, || {
            target
                .spot
                .broken(format!("{} is empty", target.spot.name()), None, shown(value))
        })
    }

    fn missing(&self, target: &Target<'_>, is_null: bool) -> Judged {
        Err(not_there(target, is_null).into())
    }
}

fn not_there(target: &Target<'_>, is_null: bool) -> crate::judge::Failure {
    let what = if is_null { "null" } else { "missing" };
    target
        .spot
        .broken(format!("{} is {what}", target.spot.name()), None, None)
}
