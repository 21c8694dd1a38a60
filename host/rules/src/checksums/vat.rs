//! VAT numbers: the format of each country, and its check digits where they are public and certain.
//!
//! Invariant: a number that could be right is never called wrong; where a country has several kinds of numbers, the
//! check digits are computed for the kinds that have them. A number of an unknown country is not judged.
//!
//! Deliberately absent: whether the number is registered, which only the authorities know (VIES).

mod check;
mod countries;
mod spain;

use check::Check;

/// A country's prefix, what its numbers look like in words, and how they are checked.
struct Country {
    prefix: &'static str,
    form: &'static str,
    check: fn(&str) -> Check,
}

const COUNTRIES: [Country; 32] = [
    country("AT", "U and 8 digits", countries::austria),
    country("BE", "10 digits, the first 0 or 1", countries::belgium),
    country("BG", "9 or 10 digits", countries::bulgaria),
    country(
        "CH",
        "E and 9 digits, perhaps with MWST, TVA or IVA",
        countries::switzerland,
    ),
    country("CY", "8 digits and a letter", countries::cyprus),
    country("CZ", "8 to 10 digits", countries::czechia),
    country("DE", "9 digits", countries::germany),
    country("DK", "8 digits", countries::denmark),
    country("EE", "9 digits", countries::estonia),
    country("EL", "9 digits", countries::greece),
    country("ES", "9 characters: a letter first, last or both", spain::check),
    country("FI", "8 digits", countries::finland),
    country("FR", "2 characters and 9 digits", countries::france),
    country("GB", "9 or 12 digits", countries::britain),
    // The country's code, which EN 16931 allows beside the prefix EL.
    country("GR", "9 digits", countries::greece),
    country("HR", "11 digits", countries::croatia),
    country("HU", "8 digits", countries::hungary),
    country("IE", "7 digits and 1 or 2 letters", countries::ireland),
    country("IT", "11 digits", countries::italy),
    country("LT", "9 or 12 digits", countries::lithuania),
    country("LU", "8 digits", countries::luxembourg),
    country("LV", "11 digits", countries::latvia),
    country("MT", "8 digits", countries::malta),
    country("NL", "9 digits, B and 2 digits", countries::netherlands),
    country("NO", "9 digits and MVA", countries::norway),
    country("PL", "10 digits", countries::poland),
    country("PT", "9 digits", countries::portugal),
    country("RO", "2 to 10 digits", countries::romania),
    country("SE", "12 digits that end in 01 to 94", countries::sweden),
    country("SI", "8 digits", countries::slovenia),
    country("SK", "10 digits", countries::slovakia),
    country("XI", "9 or 12 digits", countries::britain),
];

const fn country(prefix: &'static str, form: &'static str, check: fn(&str) -> Check) -> Country {
    Country { prefix, form, check }
}

/// Prefixes above that are not of the European Union. XI is: Northern Ireland's, for trade in goods.
const OUTSIDE: [&str; 3] = ["CH", "GB", "NO"];

/// A number as it is compared: capital letters, without the spaces, dots and hyphens that people put in.
pub fn compact(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '.' | '-'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// What is wrong with a compact number; nothing if it can be right, or if the country is not known.
pub fn problem(number: &str) -> Option<String> {
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

/// What is wrong with a compact number of the European Union; nothing if it can be right. Another country's is wrong.
pub fn problem_eu(number: &str) -> Option<String> {
    let outside = number.split_at_checked(2).is_some_and(|(prefix, _)| {
        prefix.bytes().all(|byte| byte.is_ascii_uppercase())
            && (OUTSIDE.contains(&prefix) || COUNTRIES.iter().all(|country| country.prefix != prefix))
    });
    if outside {
        let prefix = number.get(..2).unwrap_or_default();
        return Some(format!(
            "{prefix} is no prefix of VAT numbers in the European Union"
        ));
    }
    problem(number)
}

#[cfg(test)]
mod tests;
