//! VAT numbers: the format of each country, and its check digits where they are public and certain.
//!
//! Invariant: a number that could be right is never called wrong; where a country has several kinds of numbers, the
//! check digits are computed for the kinds that have them. A number of an unknown country is not judged.
//!
//! Deliberately absent: whether the number is registered, which only the authorities know (VIES).

mod check;
mod spain;

use check::Check;

/// A country's prefix, what its numbers look like in words, and how they are checked.
struct Country {
    prefix: &'static str,
    form: &'static str,
    check: fn(&str) -> Check,
}

const COUNTRIES: [Country; 30] = [
    country("AT", "U and 8 digits", check::austria),
    country("BE", "10 digits, the first 0 or 1", check::belgium),
    country("BG", "9 or 10 digits", check::bulgaria),
    country("CY", "8 digits and a letter", check::cyprus),
    country("CZ", "8 to 10 digits", check::czechia),
    country("DE", "9 digits", check::germany),
    country("DK", "8 digits", check::denmark),
    country("EE", "9 digits", check::estonia),
    country("EL", "9 digits", check::greece),
    country("ES", "9 characters: a letter first, last or both", spain::check),
    country("FI", "8 digits", check::finland),
    country("FR", "2 characters and 9 digits", check::france),
    country("GB", "9 or 12 digits", check::britain),
    country("HR", "11 digits", check::croatia),
    country("HU", "8 digits", check::hungary),
    country("IE", "7 digits and 1 or 2 letters", check::ireland),
    country("IT", "11 digits", check::italy),
    country("LT", "9 or 12 digits", check::lithuania),
    country("LU", "8 digits", check::luxembourg),
    country("LV", "11 digits", check::latvia),
    country("MT", "8 digits", check::malta),
    country("NL", "9 digits, B and 2 digits", check::netherlands),
    country("NO", "9 digits and MVA", check::norway),
    country("PL", "10 digits", check::poland),
    country("PT", "9 digits", check::portugal),
    country("RO", "2 to 10 digits", check::romania),
    country("SE", "12 digits that end in 01 to 94", check::sweden),
    country("SI", "8 digits", check::slovenia),
    country("SK", "10 digits", check::slovakia),
    country("XI", "9 or 12 digits", check::britain),
];

const fn country(prefix: &'static str, form: &'static str, check: fn(&str) -> Check) -> Country {
    Country { prefix, form, check }
}

/// A number as it is compared: capital letters, without the spaces, dots and hyphens that people put in.
pub(crate) fn compact(text: &str) -> String {
    text.chars()
        .filter(|character| !matches!(character, ' ' | '.' | '-'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// What is wrong with a compact number; nothing if it can be right, or if the country is not known.
pub(crate) fn problem(number: &str) -> Option<String> {
    let Some((prefix, body)) = number
        .split_at_checked(2)
        .filter(|(prefix, _)| prefix.bytes().all(|byte| byte.is_ascii_uppercase()))
    else {
        return Some("a VAT number starts with the two letters of its country".to_owned());
    };
    let country = COUNTRIES.iter().find(|country| country.prefix == prefix)?;
    match (country.check)(body) {
        Check::Right => None,
        Check::Form => Some(format!(
            "a VAT number of {prefix} has {} after the country",
            country.form
        )),
        Check::Digits => Some(format!(
            "the check digits of the VAT number of {prefix} are wrong"
        )),
    }
}

#[cfg(test)]
mod tests;
