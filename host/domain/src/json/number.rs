//! Numbers as exact decimals of at most 28 digits, or not at all: nothing is ever rounded.

use std::borrow::Cow;

use rust_decimal::Decimal;

/// The exact decimal that a JSON number or a plain text of digits writes, or none when 28 digits don't hold it.
pub fn decimal(text: &str) -> Option<Decimal> {
    exact(&without_exponent(text)?)
}

/// A JSON number without an exponent and without the sign of a zero, or none when 28 digits don't hold it.
pub(super) fn plain(text: &str) -> Option<Cow<'_, str>> {
    let plain = without_exponent(text)?;
    let zero = exact(&plain)?.is_zero();
    Some(match plain {
        Cow::Borrowed(text) if zero => Cow::Borrowed(text.trim_start_matches('-')),
        plain => plain,
    })
}

fn without_exponent(text: &str) -> Option<Cow<'_, str>> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i32>().ok()?),
        None => (text, 0),
    };
    if exponent == 0 {
        return Some(Cow::Borrowed(mantissa));
    }
    let (sign, digits) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() > 64 {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if all.bytes().all(|digit| digit == b'0') {
        return Some(Cow::Borrowed("0"));
    }
    let width = i32::try_from(all.len()).ok()?;
    if !(-28..=28 + 64).contains(&point) {
        return None;
    }
    let plain = if point <= 0 {
        format!("{sign}0.{}{all}", "0".repeat(usize::try_from(-point).ok()?))
    } else if point >= width {
        format!("{sign}{all}{}", "0".repeat(usize::try_from(point - width).ok()?))
    } else {
        let (whole, fraction) = all.split_at(usize::try_from(point).ok()?);
        format!("{sign}{whole}.{fraction}")
    };
    let plain = if plain.contains('.') {
        plain.trim_end_matches('0').trim_end_matches('.')
    } else {
        plain.as_str()
    };
    // A mantissa below one leaves zeros in front: 0.5e2 is 050.
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let whole = whole.trim_start_matches('-').trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(Cow::Owned(format!("{sign}{whole}{fraction}")))
}

/// `Decimal` holds some numbers of 29 digits; the stated limit is 28, whatever the digits are.
fn exact(plain: &str) -> Option<Decimal> {
    let held = |decimal: &Decimal| decimal.mantissa().unsigned_abs() < 10_u128.pow(28);
    Decimal::from_str_exact(plain).ok().filter(held)
}
