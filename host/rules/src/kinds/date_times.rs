//! Date-times with an offset from UTC, compared as instants.
//!
//! A date beside them is a whole day at the offset that the rule names. Before and after mean wholly before and after;
//! at or before means not wholly after.

use serde_json::Value;

use super::{COMPARE_TO, Kind};
use crate::date_time::{self, DateTimeError, Instant, Moment, Offset};
use crate::finding::{described, shown};
use crate::judge::{Applied, Broken, Check, Judge, Judged, Spot, Target, kept_if};
use crate::operands::{Operands, Other};
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

const FAMILY: &str = "date-times";

const DATE_TIME: OperandDoc = OperandDoc {
    name: "value",
    required: false,
    takes: "a date-time as 2025-01-31T09:30:00+01:00, or a date as YYYY-MM-DD",
};
const OFFSET: OperandDoc = OperandDoc {
    name: "offset",
    required: false,
    takes: "where a date is a day: Z (the default) or an offset from UTC as +01:00",
};
const WANTED: &str = "a date-time as 2025-01-31T09:30:00+01:00 or a date as YYYY-MM-DD";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        doc: KindDoc {
            name: "date_time",
            family: FAMILY,
            summary: "The field is a date-time of RFC 3339 with its offset from UTC. A leap second is a finding, and so \
                      are an offset that is missing or wrong and more than nine digits of a second.",
            operands: &[],
            example: r#"{"field": "signed_at", "rule": "date_time"}"#,
            kept: r#"{"signed_at": "2025-01-31T09:30:00.5+01:00"}"#,
            broken: r#"{"signed_at": "2025-01-31T09:30:00"}"#,
        },
        compile: |_| Ok(Judge::each(IsDateTime)),
    },
    Kind {
        doc: KindDoc {
            name: "date_time_before",
            family: FAMILY,
            summary: "The field is a date-time or date before the other side, compared as instants. A date is its whole \
                      day at the offset: all of it must be before.",
            operands: &[COMPARE_TO, DATE_TIME, OFFSET],
            example: r#"{"field": "clock_in", "rule": "date_time_before", "compare_to": "clock_out"}"#,
            kept: r#"{"clock_in": "2025-01-31T09:00:00+01:00", "clock_out": "2025-01-31T08:30:00Z"}"#,
            broken: r#"{"clock_in": "2025-01-31T09:00:00+01:00", "clock_out": "2025-01-31T08:00:00Z"}"#,
        },
        compile: |operands| ordered(operands, "before", |own, other| own.1 < other.0),
    },
    Kind {
        doc: KindDoc {
            name: "date_time_after",
            family: FAMILY,
            summary: "The field is a date-time or date after the other side; of a date, all of it.",
            operands: &[COMPARE_TO, DATE_TIME, OFFSET],
            example: r#"{"field": "paid_at", "rule": "date_time_after", "compare_to": "issued", "offset": "+01:00"}"#,
            kept: r#"{"issued": "2025-01-31", "paid_at": "2025-01-31T23:00:00Z"}"#,
            broken: r#"{"issued": "2025-01-31", "paid_at": "2025-01-31T22:59:59Z"}"#,
        },
        compile: |operands| ordered(operands, "after", |own, other| own.0 > other.1),
    },
    Kind {
        doc: KindDoc {
            name: "date_time_at_or_before",
            family: FAMILY,
            summary: "The field is a date-time or date not after the other side: within the other side's day is not \
                      after it.",
            operands: &[COMPARE_TO, DATE_TIME, OFFSET],
            example: r#"{"field": "received_at", "rule": "date_time_at_or_before", "compare_to": "deadline"}"#,
            kept: r#"{"received_at": "2025-01-31T23:59:59Z", "deadline": "2025-01-31"}"#,
            broken: r#"{"received_at": "2025-02-01T00:00:00Z", "deadline": "2025-01-31"}"#,
        },
        compile: |operands| ordered(operands, "at or before", |own, other| own.0 <= other.1),
    },
    Kind {
        doc: KindDoc {
            name: "date_time_at_or_after",
            family: FAMILY,
            summary: "The field is a date-time or date not before the other side.",
            operands: &[COMPARE_TO, DATE_TIME, OFFSET],
            example: r#"{"field": "signed_at", "rule": "date_time_at_or_after", "value": "2020-01-01T00:00:00Z"}"#,
            kept: r#"{"signed_at": "2020-01-01T01:00:00+01:00"}"#,
            broken: r#"{"signed_at": "2020-01-01T00:59:59+01:00"}"#,
        },
        compile: |operands| ordered(operands, "at or after", |own, other| own.1 >= other.0),
    },
    Kind {
        doc: KindDoc {
            name: "date_time_not_in_future",
            family: FAMILY,
            summary: "The field is a date-time or date not after the day, at the offset, when the document was \
                      received. An evaluation that is not told that day reports that it cannot judge.",
            operands: &[OFFSET],
            example: r#"{"field": "signed_at", "rule": "date_time_not_in_future"}"#,
            kept: r#"{"signed_at": "2025-01-01T12:00:00+01:00"}"#,
            broken: r#"{"signed_at": "9999-12-31T00:00:00Z"}"#,
        },
        compile: |operands| {
            Ok(Judge::each(NotInFuture {
                offset: offset(operands)?,
            }))
        },
    },
];

/// First and last instant.
type Span = (Instant, Instant);

fn offset(operands: &mut Operands<'_>) -> Result<Offset, Refused> {
    match operands.get("offset") {
        None => Ok(Offset::default()),
        Some(value) => value.as_str().and_then(Offset::parse).ok_or_else(|| {
            let message = format!(
                "offset must be \"Z\" or an offset from UTC such as \"+01:00\", not {}",
                described(value)
            );
            operands.refuse("offset", None, message)
        }),
    }
}

fn ordered(
    operands: &mut Operands<'_>,
    phrase: &'static str,
    accepts: fn(Span, Span) -> bool,
) -> Result<Judge, Refused> {
    let read = |value: &Value| value.as_str().and_then(|text| Moment::parse(text).ok());
    let other = operands.other(WANTED, read);
    let offset = offset(operands)?;
    Ok(Judge::each(Ordered {
        other: other?,
        offset,
        phrase,
        accepts,
    }))
}

/// The moment that a value stands for.
fn moment(spot: &Spot<'_>, value: &Value) -> Result<Moment, Broken> {
    let read = value.as_str().map(Moment::parse);
    match read {
        Some(Ok(moment)) => Ok(moment),
        Some(Err(error)) if error != DateTimeError::Form => {
            Err(spot.wrong_type(value, WANTED, &format!("; {error}")).into())
        }
        _ => Err(spot.wrong_type(value, WANTED, "").into()),
    }
}

#[derive(Debug)]
struct IsDateTime;

impl Check for IsDateTime {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let error = match value.as_str().map(date_time::parse) {
            Some(Ok(_)) => return Ok(Applied::Kept),
            Some(Err(error)) => error,
            None => DateTimeError::Form,
        };
        let text = format!(
            "{} is {}, which is no date-time: {error}",
            target.spot.name(),
            described(value)
        );
        let expected = Value::from("YYYY-MM-DDThh:mm:ss±hh:mm");
        Err(target.spot.broken(text, Some(expected), shown(value)).into())
    }
}

#[derive(Debug)]
struct Ordered {
    other: Other<Moment>,
    offset: Offset,
    phrase: &'static str,
    accepts: fn(Span, Span) -> bool,
}

impl Check for Ordered {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Some(held) = target.other(&self.other)? else {
            return Ok(Applied::NotApplicable);
        };
        let own = moment(&target.spot, value)?.span(self.offset);
        let other = held.read(moment)?.span(self.offset);
        kept_if((self.accepts)(own, other), || {
            let text = format!(
                "{} is {}, but must be {} {}",
                target.spot.name(),
                described(value),
                self.phrase,
                held.described()
            );
            target.spot.broken(text, shown(held.value()), shown(value))
        })
    }
}

#[derive(Debug)]
struct NotInFuture {
    offset: Offset,
}

impl Check for NotInFuture {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let (first, _) = moment(&target.spot, value)?.span(self.offset);
        let today = super::dates::today(target, value)?;
        let (_, last) = Moment::Day(today).span(self.offset);
        kept_if(first <= last, || {
            let text = format!("{} is {}, after {today}", target.spot.name(), described(value));
            let expected = Value::from(today.to_string());
            target.spot.broken(text, Some(expected), shown(value))
        })
    }
}
