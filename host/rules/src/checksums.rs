//! Numbers with check digits, each by its own standard, for rules and for plugins that judge such numbers themselves.
//!
//! Invariant: a number that could be right is never called wrong. Every function is pure and linear in the text.
//!
//! Deliberately absent: whether a number was ever given out, which only registries know.

pub mod gtin;
pub mod iban;
pub mod luhn;
pub mod mod97;
pub mod vat;

/// The digits of a text that is made of digits alone and has from `min` to `max` of them.
fn digits(text: &str, min: usize, max: usize) -> Option<impl DoubleEndedIterator<Item = u32> + Clone + '_> {
    let fits = (min..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.bytes().map(|byte| u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests;
