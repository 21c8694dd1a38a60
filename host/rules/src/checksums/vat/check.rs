//! What the checks of the countries are made of.

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing speaks against the number.
    Right,
    /// It has not the form of the country's numbers.
    Form,
    /// It has the form, but its check digits are wrong.
    Digits,
}

/// The verdict on check digits.
pub(super) fn is(right: bool) -> Check {
    if right { Check::Right } else { Check::Digits }
}

/// The digits of a text of exactly `N` digits.
pub(super) fn digits<const N: usize>(text: &str) -> Option<[u32; N]> {
    let mut digits = [0; N];
    if text.len() != N {
        return None;
    }
    for (digit, character) in digits.iter_mut().zip(text.chars()) {
        *digit = character.to_digit(10)?;
    }
    Some(digits)
}

/// The sum of digits times weights, as far as both go.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

/// The number that digits write.
pub(super) fn number(digits: &[u32]) -> u64 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u64::from(*digit))
}

/// The formula of Luhn.
pub(super) fn luhn(digits: &[u32]) -> bool {
    super::super::luhn::holds(digits.iter().rev().copied())
}

/// ISO 7064 mod 11, 10.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((last, rest)) = digits.split_last() else {
        return false;
    };
    let product = rest.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *last
}

/// Exactly `N` digits, with weights that make a multiple of `modulus`.
pub(super) fn multiple<const N: usize>(body: &str, weights: [u32; N], modulus: u32) -> Check {
    digits::<N>(body).map_or(Check::Form, |all| {
        is(weighted(&all, &weights).is_multiple_of(modulus))
    })
}

/// Exactly `N` digits, the last of which is made of the weighted sum of the others.
pub(super) fn last<const N: usize>(body: &str, weights: &[u32], check: fn(u32) -> u32) -> Check {
    digits::<N>(body).map_or(Check::Form, |all| {
        is(all.last() == Some(&check(weighted(&all, weights))))
    })
}

/// Digits alone, of which no check is known for certain.
pub(super) fn form<const N: usize>(body: &str) -> Check {
    digits::<N>(body).map_or(Check::Form, |_| Check::Right)
}

/// One check, and another where the first finds another form.
pub(super) fn either(first: Check, other: impl FnOnce() -> Check) -> Check {
    match first {
        Check::Form => other(),
        judged => judged,
    }
}

/// A check on what does not start with a zero.
pub(super) fn unless_zero(body: &str, check: impl FnOnce(&str) -> Check) -> Check {
    if body.starts_with('0') {
        Check::Form
    } else {
        check(body)
    }
}
