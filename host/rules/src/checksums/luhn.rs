//! The formula of Luhn (ISO/IEC 7812-1), the check digit of payment cards, of IMEIs and of the French SIREN and SIRET.

/// The digits of a number at most; no standard that uses the formula has more.
const MAX_DIGITS: usize = 64;

/// What is wrong with a number, spaces and hyphens between its digits aside; nothing if it can be right.
pub fn problem(text: &str) -> Option<String> {
    let digits = text
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .map(|character| character.to_digit(10));
    if digits.clone().any(|digit| digit.is_none()) {
        return Some("the number is made of digits, with spaces and hyphens between them".to_owned());
    }
    let count = digits.clone().count();
    if !(2..=MAX_DIGITS).contains(&count) {
        return Some(format!(
            "the number has from 2 to {MAX_DIGITS} digits, this one {count}"
        ));
    }
    (!holds(digits.flatten().rev())).then(|| "the check digit of the number is wrong".to_owned())
}

/// Whether digits, given from the right, keep the formula: every second one doubled and its digits added, the sum of
/// all ends in 0.
pub(super) fn holds(from_the_right: impl Iterator<Item = u32>) -> bool {
    let sum: u32 = from_the_right
        .enumerate()
        .map(|(at, digit)| {
            if at % 2 == 1 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                digit
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
