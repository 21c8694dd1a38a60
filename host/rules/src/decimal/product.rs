//! Products of exact decimals, and quotients rounded where that is asked for.
//!
//! Invariant: a product is exact or nothing; a quotient is rounded to the places that were asked for and no others.

use rust_decimal::Decimal;

/// The first mantissa of more than 28 digits.
const LIMIT: u128 = 10_u128.pow(28);

/// The exact product; `None` if it has more than 28 digits.
pub fn product(left: Decimal, right: Decimal) -> Option<Decimal> {
    let (left, right) = (left.normalize(), right.normalize());
    let mantissa = left.mantissa().checked_mul(right.mantissa())?;
    let (mut mantissa, mut scale) = (mantissa, left.scale() + right.scale());
    // 0.5 times 2 is 1, not 1.0: zeros at the end are no digits.
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    let fits = mantissa.unsigned_abs() < LIMIT;
    fits.then(|| Decimal::try_from_i128_with_scale(mantissa, scale).ok())
        .flatten()
}

/// The quotient, rounded to so many places, halves away from zero. `None` if the divisor is zero, or if the quotient
/// has more than 28 digits or too many of them are needed on the way.
pub fn quotient(dividend: Decimal, divisor: Decimal, places: u32) -> Option<Decimal> {
    let (dividend, divisor) = (dividend.normalize(), divisor.normalize());
    // dividend / divisor = (a / b) · 10^power, wanted in units of 10^-places.
    let power = i64::from(divisor.scale()) - i64::from(dividend.scale()) + i64::from(places);
    let shift = 10_i128.checked_pow(u32::try_from(power.unsigned_abs()).ok()?)?;
    let (mut above, mut below) = (dividend.mantissa(), divisor.mantissa());
    if power < 0 {
        below = below.checked_mul(shift)?;
    } else {
        above = above.checked_mul(shift)?;
    }
    let whole = above.checked_div(below)?;
    let rest = above.checked_rem(below)?;
    // Twice the rest may not fit, so the half is asked for the other way round.
    let up = rest.unsigned_abs() >= below.unsigned_abs() - rest.unsigned_abs();
    let away = if (above < 0) == (below < 0) { 1 } else { -1 };
    let mantissa = if up { whole.checked_add(away)? } else { whole };
    let fits = mantissa.unsigned_abs() < LIMIT;
    fits.then(|| Decimal::try_from_i128_with_scale(mantissa, places).ok())
        .flatten()
        .map(|rounded| rounded.normalize())
}

#[cfg(test)]
mod tests;
