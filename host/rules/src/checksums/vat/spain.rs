//! Spain's numbers: of people (DNI, NIE) a letter computed from the digits, of companies a digit or letter.

use super::check::Check;

/// The letter of a DNI, by its number modulo 23.
const PERSON: [u8; 23] = *b"TRWAGMYFPDXBNJZSQVHLCKE";
/// The letter that stands for a company's check digit.
const COMPANY: [u8; 10] = *b"JABCDEFGHI";

/// What follows `ES`.
pub(super) fn check(body: &str) -> Check {
    let [first, middle @ .., last] = body.as_bytes() else {
        return Check::Form;
    };
    let Some(digits) = read(middle).filter(|digits| digits.len() == 7) else {
        return Check::Form;
    };
    match first {
        b'0'..=b'9' => person(u32::from(first - b'0'), &digits, *last),
        b'X' | b'Y' | b'Z' => person(u32::from(first - b'X'), &digits, *last),
        // Minors, Spaniards abroad and foreigners without a NIE: the letter is of the seven digits.
        b'K' | b'L' | b'M' => person(0, &digits, *last),
        b'A'..=b'H' | b'J' | b'N' | b'P'..=b'S' | b'U' | b'V' | b'W' => company(&digits, *last),
        _ => Check::Form,
    }
}

fn read(text: &[u8]) -> Option<Vec<u32>> {
    text.iter().map(|byte| char::from(*byte).to_digit(10)).collect()
}

fn person(first: u32, digits: &[u32], last: u8) -> Check {
    if !last.is_ascii_uppercase() {
        return Check::Form;
    }
    let number = digits.iter().fold(first, |number, digit| number * 10 + digit);
    let letter = PERSON.get(number as usize % 23);
    if letter == Some(&last) {
        Check::Right
    } else {
        Check::Digits
    }
}

fn company(digits: &[u32], last: u8) -> Check {
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(index, digit)| {
            if index % 2 == 0 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                *digit
            }
        })
        .sum();
    let check = (10 - sum % 10) % 10;
    let digit = u32::from(last.wrapping_sub(b'0')) == check;
    let letter = COMPANY.get(check as usize) == Some(&last);
    // Which kinds of entities have the letter and which the digit is told in more than one way, and a foreign one of any
    // kind has the letter: so either is taken.
    let right = digit || letter;
    if right {
        Check::Right
    } else if last.is_ascii_digit() || last.is_ascii_uppercase() {
        Check::Digits
    } else {
        Check::Form
    }
}
