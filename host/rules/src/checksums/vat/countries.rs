//! One function per country, on what follows the prefix.
//!
//! The sources are the countries' own publications, as the European Commission's VIES collects them.

use super::super::mod97;
use super::check::{
    Check, digits, either, form, is, last, luhn, mod_11_10, multiple, number, unless_zero, weighted,
};

pub(super) fn austria(body: &str) -> Check {
    let Some(number) = body.strip_prefix('U').and_then(digits::<8>) else {
        return Check::Form;
    };
    let Some((last, rest)) = number.split_last() else {
        return Check::Form;
    };
    let doubled = |digit: u32| digit / 5 + digit * 2 % 10;
    let sum: u32 = rest
        .iter()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    is((10 - (sum + 4) % 10) % 10 == *last)
}

pub(super) fn belgium(body: &str) -> Check {
    let Some(all) = digits::<10>(body).filter(|all| all.first().is_some_and(|first| *first < 2)) else {
        return Check::Form;
    };
    let (head, tail) = all.split_at(8);
    is(97 - number(head) % 97 == number(tail))
}

pub(super) fn bulgaria(body: &str) -> Check {
    // Numbers of ten digits belong to people of several kinds; their check digits differ.
    let Some(all) = digits::<9>(body) else {
        return form::<10>(body);
    };
    let first = weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
    let second = weighted(&all, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11;
    is(all.last() == Some(&if first == 10 { second % 10 } else { first }))
}

/// What the digits at odd places of a Cypriot number stand for.
const CYPRUS: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];

pub(super) fn cyprus(body: &str) -> Check {
    let Some((head, letter)) = body.split_at_checked(8) else {
        return Check::Form;
    };
    let (Some(all), [letter @ b'A'..=b'Z']) = (digits::<8>(head), letter.as_bytes()) else {
        return Check::Form;
    };
    let sum: u32 = all
        .iter()
        .enumerate()
        .map(
            |(index, digit)| match usize::try_from(*digit).ok().and_then(|digit| CYPRUS.get(digit)) {
                Some(value) if index % 2 == 0 => *value,
                _ => *digit,
            },
        )
        .sum();
    is(sum % 26 == u32::from(letter - b'A'))
}

pub(super) fn czechia(body: &str) -> Check {
    // Nine and ten digits are birth numbers of people, some of which have no check digit.
    if body.len() != 8 {
        return either(form::<9>(body), || form::<10>(body));
    }
    if body.starts_with('9') {
        return Check::Form;
    }
    last::<8>(body, &[8, 7, 6, 5, 4, 3, 2], |sum| (11 - sum % 11) % 10)
}

pub(super) fn germany(body: &str) -> Check {
    unless_zero(body, |body| {
        digits::<9>(body).map_or(Check::Form, |all| is(mod_11_10(&all)))
    })
}

pub(super) fn denmark(body: &str) -> Check {
    unless_zero(body, |body| multiple(body, [2, 7, 6, 5, 4, 3, 2, 1], 11))
}

pub(super) fn estonia(body: &str) -> Check {
    multiple(body, [3, 7, 1, 3, 7, 1, 3, 7, 1], 10)
}

pub(super) fn greece(body: &str) -> Check {
    last::<9>(body, &[256, 128, 64, 32, 16, 8, 4, 2], |sum| sum % 11 % 10)
}

pub(super) fn finland(body: &str) -> Check {
    multiple(body, [7, 9, 10, 5, 8, 4, 2, 1], 11)
}

pub(super) fn france(body: &str) -> Check {
    let Some((key, siren)) = body.split_at_checked(2) else {
        return Check::Form;
    };
    let Some(siren) = digits::<9>(siren) else {
        return Check::Form;
    };
    // Monaco's numbers have no SIREN, but zeros in its place.
    let registered = luhn(&siren) || siren.starts_with(&[0, 0, 0]);
    match digits::<2>(key) {
        Some(key) => is(registered && (12 + 3 * (number(&siren) % 97)) % 97 == number(&key)),
        // Keys with letters have a check of their own that is not published in full.
        None if key
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() && !b"IO".contains(&byte)) =>
        {
            is(registered)
        }
        None => Check::Form,
    }
}

pub(super) fn britain(body: &str) -> Check {
    let Some(all) = body.get(..9).and_then(digits::<9>) else {
        // Government departments and health authorities.
        let department = body
            .strip_prefix("GD")
            .or_else(|| body.strip_prefix("HA"))
            .and_then(digits::<3>);
        return if department.is_some() {
            Check::Right
        } else {
            Check::Form
        };
    };
    match body.get(9..) {
        Some("") => {}
        Some(branch) if digits::<3>(branch).is_some() => {}
        _ => return Check::Form,
    }
    // The old numbers leave nothing; those given out since 2009 leave 42 or 55.
    is([0, 42, 55].contains(&(weighted(&all, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97)))
}

pub(super) fn croatia(body: &str) -> Check {
    digits::<11>(body).map_or(Check::Form, |all| is(mod_11_10(&all)))
}

pub(super) fn hungary(body: &str) -> Check {
    multiple(body, [9, 7, 3, 1, 9, 7, 3, 1], 10)
}

pub(super) fn ireland(body: &str) -> Check {
    const LETTERS: [u8; 23] = *b"WABCDEFGHIJKLMNOPQRSTUV";
    let check = |digits: &[u32], second: u32| {
        LETTERS
            .get((weighted(digits, &[8, 7, 6, 5, 4, 3, 2]) + second * 9) as usize % 23)
            .copied()
    };
    let (head, tail) = body.split_at_checked(7).unwrap_or_default();
    if let Some(all) = digits::<7>(head) {
        return match tail.as_bytes() {
            [letter @ b'A'..=b'W'] => is(check(&all, 0) == Some(*letter)),
            // The second letter counts as its place in the alphabet, W as nothing.
            [letter @ b'A'..=b'W', second @ b'A'..=b'W'] => {
                let second = if *second == b'W' {
                    0
                } else {
                    u32::from(second - b'A') + 1
                };
                is(check(&all, second) == Some(*letter))
            }
            _ => Check::Form,
        };
    }
    // The old form: a digit, a sign or letter, five digits, a letter; the first digit is put last.
    match body.as_bytes() {
        [
            first @ b'0'..=b'9',
            b'A'..=b'Z' | b'+' | b'*',
            ..,
            letter @ b'A'..=b'W',
        ] if body.len() == 8 => {
            let Some(middle) = body.get(2..7).and_then(digits::<5>) else {
                return Check::Form;
            };
            let mut all = vec![0];
            all.extend(middle);
            all.push(u32::from(first - b'0'));
            is(check(&all, 0) == Some(*letter))
        }
        _ => Check::Form,
    }
}

pub(super) fn italy(body: &str) -> Check {
    digits::<11>(body).map_or(Check::Form, |all| is(luhn(&all)))
}

pub(super) fn lithuania(body: &str) -> Check {
    // Twelve digits are those of temporarily registered payers, by another rule.
    let Some(all) = digits::<9>(body) else {
        return form::<12>(body);
    };
    let first = weighted(&all, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
    let second = weighted(&all, &[3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    is(all.last() == Some(&if first == 10 { second % 10 } else { first }))
}

pub(super) fn luxembourg(body: &str) -> Check {
    let Some(all) = digits::<8>(body) else {
        return Check::Form;
    };
    let (head, tail) = all.split_at(6);
    is(number(head) % 89 == number(tail))
}

pub(super) fn latvia(body: &str) -> Check {
    // Those of people start with a day of birth, or with 32, and have no check that is certain.
    match digits::<11>(body) {
        Some(all) if all.first().is_some_and(|first| *first > 3) => {
            is(weighted(&all, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3)
        }
        _ => form::<11>(body),
    }
}

pub(super) fn malta(body: &str) -> Check {
    multiple(body, [3, 4, 6, 7, 8, 9, 10, 1], 37)
}

pub(super) fn netherlands(body: &str) -> Check {
    let Some((head, tail)) = body.split_once('B') else {
        return Check::Form;
    };
    let (Some(all), Some(_)) = (digits::<9>(head), digits::<2>(tail)) else {
        return Check::Form;
    };
    // Companies: the number of their registration, mod 11. Sole traders since 2020: the whole number, mod 97.
    let check = weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let whole = mod97::remainder("NL".chars().chain(body.chars()));
    is(all.last() == Some(&check) || whole == Some(1))
}

pub(super) fn norway(body: &str) -> Check {
    let number = body.strip_suffix("MVA").unwrap_or_default();
    multiple(number, [3, 2, 7, 6, 5, 4, 3, 2, 1], 11)
}

pub(super) fn poland(body: &str) -> Check {
    last::<10>(body, &[6, 5, 7, 2, 3, 4, 5, 6, 7], |sum| sum % 11)
}

pub(super) fn portugal(body: &str) -> Check {
    let check = |sum: u32| match 11 - sum % 11 {
        10 | 11 => 0,
        check => check,
    };
    unless_zero(body, |body| last::<9>(body, &[9, 8, 7, 6, 5, 4, 3, 2], check))
}

pub(super) fn romania(body: &str) -> Check {
    let form = (2..=10).contains(&body.len()) && !body.starts_with('0');
    let padded = format!("{body:0>10}");
    let Some(all) = digits::<10>(&padded).filter(|_| form) else {
        return Check::Form;
    };
    let check = weighted(&all, &[7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10 % 11 % 10;
    is(all.last() == Some(&check))
}

pub(super) fn sweden(body: &str) -> Check {
    let Some(all) = digits::<12>(body) else {
        return Check::Form;
    };
    let (head, tail) = all.split_at(10);
    if !(1..=94).contains(&number(tail)) {
        return Check::Form;
    }
    is(luhn(head))
}

pub(super) fn slovenia(body: &str) -> Check {
    // A remainder of nothing has no check digit: such numbers are not given out.
    let check = |sum: u32| match 11 - sum % 11 {
        10 => 0,
        check => check,
    };
    unless_zero(body, |body| last::<8>(body, &[8, 7, 6, 5, 4, 3, 2], check))
}

pub(super) fn slovakia(body: &str) -> Check {
    unless_zero(body, |body| {
        digits::<10>(body).map_or(Check::Form, |all| is(number(&all).is_multiple_of(11)))
    })
}

pub(super) fn switzerland(body: &str) -> Check {
    // In the three languages in which the number says that it is one of VAT.
    let Some(number) = body.strip_prefix('E') else {
        return Check::Form;
    };
    let number = ["MWST", "TVA", "IVA"]
        .into_iter()
        .find_map(|mark| number.strip_suffix(mark))
        .unwrap_or(number);
    let check = |sum: u32| (11 - sum % 11) % 11;
    last::<9>(number, &[5, 4, 3, 2, 7, 6, 5, 4], check)
}
