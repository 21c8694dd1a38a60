//! Before and after, less and greater: the one check behind every rule that puts a field and another side in order.

use std::cmp::Ordering;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::finding::{described, shown};
use crate::judge::{Applied, Broken, Check, Judge, Judged, Spot, Target, kept_if};
use crate::operands::{self, Operands, Other};
use crate::problem::Refused;

/// What has an order.
pub(super) trait Ordinal: Copy + Ord + fmt::Debug + Send + Sync + 'static {
    /// What a constant has to be.
    const TAKES: &'static str;

    /// The constant that a rule names.
    fn constant(value: &Value) -> Option<Self>;

    /// What the value at a place stands for.
    fn read(spot: &Spot<'_>, value: &Value) -> Result<Self, Broken>;
}

impl Ordinal for Decimal {
    const TAKES: &'static str = "a number";

    fn constant(value: &Value) -> Option<Self> {
        operands::number(value)
    }

    fn read(spot: &Spot<'_>, value: &Value) -> Result<Self, Broken> {
        spot.number(value)
    }
}

impl Ordinal for NaiveDate {
    const TAKES: &'static str = "a date as YYYY-MM-DD";

    fn constant(value: &Value) -> Option<Self> {
        operands::date(value)
    }

    fn read(spot: &Spot<'_>, value: &Value) -> Result<Self, Broken> {
        spot.date(value)
    }
}

/// The check of a rule whose order `accepts`; `phrase` stands between the two sides in a sentence.
pub(super) fn ordered<T: Ordinal>(
    operands: &mut Operands<'_>,
    phrase: &'static str,
    accepts: fn(Ordering) -> bool,
) -> Result<Judge, Refused> {
    Ok(Judge::each(Ordered {
        other: operands.other(T::TAKES, T::constant)?,
        phrase,
        accepts,
    }))
}

#[derive(Debug)]
struct Ordered<T> {
    other: Other<T>,
    phrase: &'static str,
    accepts: fn(Ordering) -> bool,
}

impl<T: Ordinal> Check for Ordered<T> {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        let Some(held) = target.other(&self.other)? else {
            return Ok(Applied::NotApplicable);
        };
        let own = T::read(&target.spot, value)?;
        let other = held.read(T::read)?;
        kept_if((self.accepts)(own.cmp(&other)), || {
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
