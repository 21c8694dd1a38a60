//! Exact decimals: numbers read from their text, and sums that never round.
//!
//! Invariant: a number is either exact, with at most [`MAX_DIGITS`] digits before and after the point together, or
//! an error. `rust_decimal` holds and compares such numbers exactly; its addition may round when the scales lie far
//! apart, so sums are made by [`Sum`], and products by [`product`].

mod product;
mod sum;

pub use product::{product, quotient};
pub use sum::{Sum, SumError};

use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// Digits of a number that is kept exactly.
pub const MAX_DIGITS: usize = 28;

/// Why a number cannot be kept exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Too many digits between the first and the last that count.
    #[error("has more than {MAX_DIGITS} digits and would have to be rounded; write it with fewer")]
    TooManyDigits,
    /// Digits too far behind the point.
    #[error("has more than {MAX_DIGITS} decimal places and would have to be rounded; write it with fewer")]
    TooManyPlaces,
}

/// The exact number that a value stands for: a JSON number, scientific notation included, or text of the plain form
/// `-?digits(.digits)?`. `None` if it is neither.
pub fn of(value: &Value) -> Result<Option<Decimal>, DecimalError> {
    match value {
        Value::Number(number) => of_number(number).map(Some),
        Value::String(text) => of_text(text),
        _ => Ok(None),
    }
}

/// The exact number that plain decimal text stands for; `None` if the text is of another form.
pub fn of_text(text: &str) -> Result<Option<Decimal>, DecimalError> {
    match Parts::of(text) {
        Some(parts) if parts.exponent.is_none() => parts.digits().exact().map(Some),
        _ => Ok(None),
    }
}

/// The exact number that a JSON number stands for.
pub fn of_number(number: &Number) -> Result<Decimal, DecimalError> {
    // serde_json lets no other text into a number; one made by hand is refused like one that does not fit.
    let parts = Parts::of(number.as_str()).ok_or(DecimalError::TooManyDigits)?;
    parts.digits().exact()
}

/// Whether a JSON number is a whole one, whatever its size: `1.0` and `1e3` are.
pub(crate) fn is_whole(number: &Number) -> bool {
    Parts::of(number.as_str()).is_some_and(|parts| {
        let digits = parts.digits();
        digits.count == 0 || digits.power >= 0
    })
}

/// A number's text, taken apart: `-12.30e4`.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: Option<i64>,
}

impl Parts<'_> {
    fn of(text: &str) -> Option<Parts<'_>> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent_of(exponent)?)),
            None => (rest, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (!whole.is_empty() && digits(whole) && digits(fraction)).then_some(Parts {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// The digits from the first to the last that is not zero, and the power of ten they are multiplied with.
    fn digits(&self) -> Digits {
        let mut digits = Digits {
            negative: self.negative,
            mantissa: Some(0),
            count: 0,
            power: 0,
        };
        let mut zeros = 0_usize;
        for byte in self.whole.bytes().chain(self.fraction.bytes()) {
            if byte == b'0' {
                zeros += 1;
                continue;
            }
            if digits.count == 0 {
                zeros = 0;
            }
            digits.count += zeros + 1;
            digits.mantissa = digits
                .mantissa
                .filter(|_| digits.count <= MAX_DIGITS)
                .and_then(|mantissa| {
                    let shift = 10_i128.checked_pow(u32::try_from(zeros + 1).ok()?)?;
                    mantissa.checked_mul(shift)?.checked_add(i128::from(byte - b'0'))
                });
            zeros = 0;
        }
        let places = i64::try_from(self.fraction.len()).unwrap_or(i64::MAX);
        let zeros = i64::try_from(zeros).unwrap_or(i64::MAX);
        digits.power = self
            .exponent
            .unwrap_or(0)
            .saturating_add(zeros)
            .saturating_sub(places);
        digits
    }
}

/// An exponent, held at the ends of `i64` where it is beyond them: far out of range either way.
fn exponent_of(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.bytes().fold(0_i64, |size, byte| {
        size.saturating_mul(10).saturating_add(i64::from(byte - b'0'))
    });
    Some(if negative { -size } else { size })
}

struct Digits {
    negative: bool,
    /// `None` if there are too many digits.
    mantissa: Option<i128>,
    /// Digits of the mantissa; 0 for zero.
    count: usize,
    power: i64,
}

impl Digits {
    fn exact(&self) -> Result<Decimal, DecimalError> {
        if self.count == 0 {
            return Ok(Decimal::ZERO);
        }
        let mantissa = self.mantissa.ok_or(DecimalError::TooManyDigits)?;
        let (mantissa, scale) = match u32::try_from(self.power) {
            Ok(power) => {
                let wide = usize::try_from(power).map_or(true, |power| power > MAX_DIGITS - self.count);
                let shift = if wide { None } else { 10_i128.checked_pow(power) };
                let shift = shift.ok_or(DecimalError::TooManyDigits)?;
                (mantissa.checked_mul(shift).ok_or(DecimalError::TooManyDigits)?, 0)
            }
            Err(_) if self.power > 0 => return Err(DecimalError::TooManyDigits),
            Err(_) => {
                let scale = u32::try_from(self.power.unsigned_abs());
                (
                    mantissa,
                    scale
                        .ok()
                        .filter(|scale| *scale <= Decimal::MAX_SCALE)
                        .ok_or(DecimalError::TooManyPlaces)?,
                )
            }
        };
        let mantissa = if self.negative { -mantissa } else { mantissa };
        Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| DecimalError::TooManyDigits)
    }
}

#[cfg(test)]
mod tests;
