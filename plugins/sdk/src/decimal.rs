//! Exact arithmetic on amounts.
//!
//! Invariant: nothing here rounds unless it is asked to ([`round`]); what can't be kept exactly is `None`, and a
//! judgement that needs it must say so, or a huge number would switch it off.
//!
//! `rust_decimal`'s own operators round when a result has more than 28 digits; amounts come from documents, so their
//! digits are the sender's choice.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};

pub use assay_rules::decimal::{DecimalError, MAX_DIGITS, Sum, of, of_number, of_text, product};

/// The exact sum of amounts. It may have more digits than a [`Decimal`]; only a billion addends could leave it (`None`).
pub fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Option<Sum> {
    let mut sum = Sum::new();
    for amount in amounts {
        sum.add(amount).ok()?;
    }
    Some(sum)
}

/// A percentage of an amount, exactly; `None` if it has more than 28 digits.
pub fn percent_of(amount: Decimal, percent: Decimal) -> Option<Decimal> {
    product(product(amount, percent)?, Decimal::new(1, 2))
}

/// To so many places, halves away from zero, as invoices are rounded.
#[must_use]
pub fn round(amount: Decimal, places: u32) -> Decimal {
    amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Whether an amount and a sum differ by at most `tolerance`, exactly.
pub fn is_within(amount: Decimal, sum: Sum, tolerance: Decimal) -> bool {
    sum.is_within(amount, tolerance).unwrap_or(false)
}

/// The amount as a JSON number with the digits that it has.
pub fn to_json(amount: Decimal) -> Value {
    let text = amount.to_string();
    text.parse::<Number>().map_or(Value::String(text), Value::Number)
}

#[cfg(test)]
mod tests;
