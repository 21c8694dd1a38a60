//! Sums of exact decimals.
//!
//! Invariant: nothing is rounded. Whole parts and fractions are added apart, in integers wide enough for a billion
//! addends of any size; beyond that an addition is refused.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// Places behind the point that a fraction has.
const PLACES: u32 = Decimal::MAX_SCALE;
/// One, in units of the fraction.
const UNIT: i128 = 10_i128.pow(PLACES);

/// A sum was left because its integers would overflow: more than a billion addends of the largest size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sum is too large to be kept exactly; add fewer or smaller numbers")]
pub struct SumError;

/// An exact sum: `whole + fraction / UNIT`, with the fraction from 0 up to one, and a whole that can be negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Sum {
    whole: i128,
    fraction: i128,
}

impl Sum {
    /// Zero.
    pub fn new() -> Sum {
        Sum::default()
    }

    /// Adds a number.
    pub fn add(&mut self, number: Decimal) -> Result<(), SumError> {
        *self = self.plus(Sum::of(number))?;
        Ok(())
    }

    /// Takes a number away.
    pub fn subtract(&mut self, number: Decimal) -> Result<(), SumError> {
        *self = self.plus(Sum::of(-number))?;
        Ok(())
    }

    /// Whether the sum differs from `total` by at most `tolerance`.
    pub fn is_within(&self, total: Decimal, tolerance: Decimal) -> Result<bool, SumError> {
        let difference = self.plus(Sum::of(-total))?;
        let size = if difference.whole < 0 {
            difference.negated()
        } else {
            difference
        };
        Ok(size <= Sum::of(tolerance))
    }

    /// The sum as a JSON number with all its digits.
    pub fn to_value(&self) -> Value {
        let text = self.to_string();
        text.parse::<Number>().map_or(Value::String(text), Value::Number)
    }

    fn of(number: Decimal) -> Sum {
        let mantissa = number.mantissa();
        let unit = 10_i128.pow(number.scale().min(PLACES));
        let fraction = mantissa.rem_euclid(unit) * 10_i128.pow(PLACES - number.scale().min(PLACES));
        Sum {
            whole: mantissa.div_euclid(unit),
            fraction,
        }
    }

    fn plus(self, other: Sum) -> Result<Sum, SumError> {
        let fraction = self.fraction + other.fraction;
        let whole = self.whole.checked_add(other.whole).ok_or(SumError)?;
        let whole = whole.checked_add(fraction.div_euclid(UNIT)).ok_or(SumError)?;
        if whole == i128::MIN {
            return Err(SumError);
        }
        Ok(Sum {
            whole,
            fraction: fraction.rem_euclid(UNIT),
        })
    }

    fn negated(self) -> Sum {
        match self.fraction {
            0 => Sum {
                whole: -self.whole,
                fraction: 0,
            },
            // Written so that nothing on the way is out of range: -(whole + 1) + (1 - fraction).
            fraction => Sum {
                whole: -(self.whole + 1),
                fraction: UNIT - fraction,
            },
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = if self.whole < 0 {
            ("-", self.negated())
        } else {
            ("", *self)
        };
        write!(out, "{sign}{}", size.whole)?;
        if size.fraction > 0 {
            let digits = format!("{:028}", size.fraction);
            write!(out, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
