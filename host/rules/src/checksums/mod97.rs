//! Check digits by ISO/IEC 7064 MOD 97-10: two digits at the end of digits and capital letters, as a legal entity
//! identifier (LEI, ISO 17442) has them. An IBAN has them too, at another place.

/// The characters of a number at most.
const MAX_CHARACTERS: usize = 64;

/// What is wrong with a number, of so many characters if `length` says so; nothing if it can be right.
pub fn problem(text: &str, length: Option<usize>) -> Option<String> {
    let alphanumeric = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if !text.bytes().all(alphanumeric) {
        return Some("the number is made of digits and capital letters alone".to_owned());
    }
    match length {
        Some(length) if text.len() != length => {
            return Some(format!(
                "the number has {length} characters, this one {}",
                text.len()
            ));
        }
        None if !(3..=MAX_CHARACTERS).contains(&text.len()) => {
            return Some(format!(
                "the number has from 3 to {MAX_CHARACTERS} characters, this one {}",
                text.len()
            ));
        }
        _ => {}
    }
    let right =
        text.get(text.len().saturating_sub(2)..).is_some_and(is_made) && remainder(text.chars()) == Some(1);
    (!right).then(|| "the check digits of the number are wrong".to_owned())
}

/// Whether two check digits can have been made: as 98 less a remainder they are from 02 to 98. 00, 01 and 99 would be
/// right modulo 97 too, and are never made.
pub(super) fn is_made(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits
            .parse::<u8>()
            .is_ok_and(|digits| (2..=98).contains(&digits))
}

/// What digits and letters, read as 10 to 35, leave modulo 97; nothing if another character is among them.
pub(super) fn remainder(mut characters: impl Iterator<Item = char>) -> Option<u32> {
    characters.try_fold(0, |rest, character| {
        let digit = character.to_digit(36)?;
        Some((rest * if digit < 10 { 10 } else { 100 } + digit) % 97)
    })
}
