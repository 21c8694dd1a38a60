//! Dates of the form `YYYY-MM-DD`.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde_json::Value;

use super::order::{Ordinal, ordered};
use super::{COMPARE_TO, Kind};
use crate::finding::{described, shown};
use crate::judge::{Applied, Broken, Check, Judge, Judged, Spot, Target, kept_if};
use crate::limits::MAX_DAYS;
use crate::operands::{self, Other};
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const FAMILY: &str = "dates";

const DATE: OperandDoc = OperandDoc {
    name: "value",
    required: false,
    takes: "a date as YYYY-MM-DD",
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "date",
            family: FAMILY,
            summary: "The field is a day of the calendar, written YYYY-MM-DD.",
            operands: &[],
            example: r#"{"field": "issued", "rule": "date"}"#,
            kept: r#"{"issued": "2024-02-29"}"#,
            broken: r#"{"issued": "2025-02-29"}"#,
        },
        compile: |_| Ok(Judge::each(IsDate)),
    },
    Kind {
        doc: KindDoc {
            name: "date_before",
            family: FAMILY,
            summary: "The field is a date before the other side; the same day is not before.",
            operands: &[COMPARE_TO, DATE],
            example: r#"{"field": "pay_period_start", "rule": "date_before", "compare_to": "pay_period_end"}"#,
            kept: r#"{"pay_period_start": "2025-01-01", "pay_period_end": "2025-01-31"}"#,
            broken: r#"{"pay_period_start": "2025-02-01", "pay_period_end": "2025-01-31"}"#,
        },
        compile: |operands| ordered::<NaiveDate>(operands, "before", Ordering::is_lt),
    },
    Kind {
        doc: KindDoc {
            name: "date_after",
            family: FAMILY,
            summary: "The field is a date after the other side; the same day is not after.",
            operands: &[COMPARE_TO, DATE],
            example: r#"{"field": "lines[*].end", "rule": "date_after", "compare_to": "lines[*].start"}"#,
            kept: r#"{"lines": [{"start": "2025-01-01", "end": "2025-01-02"}]}"#,
            broken: r#"{"lines": [{"start": "2025-01-01", "end": "2025-01-01"}]}"#,
        },
        compile: |operands| ordered::<NaiveDate>(operands, "after", Ordering::is_gt),
    },
    Kind {
        doc: KindDoc {
            name: "date_on_or_before",
            family: FAMILY,
            summary: "The field is a date not after the other side.",
            operands: &[COMPARE_TO, DATE],
            example: r#"{"field": "issued", "rule": "date_on_or_before", "compare_to": "due"}"#,
            kept: r#"{"issued": "2025-01-31", "due": "2025-01-31"}"#,
            broken: r#"{"issued": "2025-02-01", "due": "2025-01-31"}"#,
        },
        compile: |operands| ordered::<NaiveDate>(operands, "on or before", Ordering::is_le),
    },
    Kind {
        doc: KindDoc {
            name: "date_on_or_after",
            family: FAMILY,
            summary: "The field is a date not before the other side.",
            operands: &[COMPARE_TO, DATE],
            example: r#"{"field": "issued", "rule": "date_on_or_after", "value": "2020-01-01"}"#,
            kept: r#"{"issued": "2020-01-01"}"#,
            broken: r#"{"issued": "2019-12-31"}"#,
        },
        compile: |operands| ordered::<NaiveDate>(operands, "on or after", Ordering::is_ge),
    },
    Kind {
        doc: KindDoc {
            name: "date_within_days",
            family: FAMILY,
            summary: "The field is a date at most so many days before or after the other side.",
            operands: &[
                COMPARE_TO,
                DATE,
                OperandDoc {
                    name: "days",
                    required: true,
                    takes: "a whole number of days; 0 is the same day",
                },
            ],
            example: r#"{"field": "due", "rule": "date_within_days", "compare_to": "issued", "days": 60}"#,
            kept: r#"{"issued": "2025-01-01", "due": "2025-03-02"}"#,
            broken: r#"{"issued": "2025-01-01", "due": "2025-03-03"}"#,
        },
        compile: |operands| {
            let other = operands.other(NaiveDate::TAKES, operands::date);
            let given = operands.need("days", "a whole number of days");
            let days = operands.count("days", MAX_DAYS);
            given?;
            let Some(days) = days? else { return Err(Refused) };
            Ok(Judge::each(WithinDays { other: other?, days }))
        },
    },
    Kind {
        doc: KindDoc {
            name: "date_not_in_future",
            family: FAMILY,
            summary: "The field is a date not after the day when the document was received. An evaluation that is not \
                      told that day reports that it cannot judge.",
            operands: &[],
            example: r#"{"field": "issued", "rule": "date_not_in_future"}"#,
            kept: r#"{"issued": "2025-01-01"}"#,
            broken: r#"{"issued": "9999-12-31"}"#,
        },
        compile: |_| Ok(Judge::each(NotInFuture)),
    },
];

#[derive(Debug)]
struct IsDate;

impl Check for IsDate {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        kept_if(target.spot.date(value).is_ok(), || {
            let text = format!(
                "{} is {}, which is no date as YYYY-MM-DD",
                target.spot.name(),
                described(value)
            );
            target
                .spot
                .broken(text, Some(Value::from("YYYY-MM-DD")), shown(value))
        })
    }
}

#[derive(Debug)]
struct WithinDays {
    other: Other<NaiveDate>,
    days: u64,
}

impl Check for WithinDays {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Some(held) = target.other(&self.other)? else {
            return Ok(Applied::NotApplicable);
        };
        let date = target.spot.date(value)?;
        let apart = date
            .signed_duration_since(held.read(Spot::date)?)
            .num_days()
            .unsigned_abs();
        kept_if(apart <= self.days, || {
            let text = format!(
                "{} is {}, {apart} days from {}, but must be within {}",
                target.spot.name(),
                described(value),
                held.described(),
                self.days
            );
            target.spot.broken(text, shown(held.value()), shown(value))
        })
    }
}

/// The day when the document was received, which an evaluation may not have been told.
pub(super) fn today(target: &Target<'_>, value: &Value) -> Result<NaiveDate, Broken> {
    (target.context.today)().ok_or_else(|| {
        let text = format!(
            "{} cannot be judged: the evaluation was not told the day when the document was received",
            target.spot.name()
        );
        target.spot.unjudged(text, None, shown(value)).into()
    })
}

#[derive(Debug)]
struct NotInFuture;

impl Check for NotInFuture {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let date = target.spot.date(value)?;
        let today = today(target, value)?;
        kept_if(date <= today, || {
            let text = format!("{} is {}, after {today}", target.spot.name(), described(value));
            target
                .spot
                .broken(text, Some(Value::from(today.to_string())), shown(value))
        })
    }
}
