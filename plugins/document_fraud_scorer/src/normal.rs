//! Text in the forms that are compared.
//!
//! Invariant: what people write differently and mean the same (spaces, separators, case) is the same here, and what is
//! kept fits into an observation, however long the document's text is.

use sha2::{Digest as _, Sha256};

/// Bytes of a text that is kept as it is; the rest is kept as a digest.
const MAX_KEPT_BYTES: usize = 160;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Letters and digits alone, in upper case: identifiers and numbers.
pub(crate) fn compact(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// Countries whose letters stand before a VAT number (ISO 3166, with Greece's `EL` and Northern Ireland's `XI`).
const COUNTRIES: &str =
    "AT BE BG CH CY CZ DE DK EE EL ES FI FR GB GR HR HU IE IT LI LT LU LV MT NL NO PL PT RO SE SI SK XI";
/// Digits without which an identifier is none, but `n/a` or the like.
const LEAST_DIGITS: usize = 4;

/// An identifier without the country before it, which is as often left out; nothing for what identifies nobody.
pub(crate) fn identifier(text: &str) -> Option<String> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let whole = compact(text);
    let bare = whole
        .split_at_checked(2)
        .filter(|(country, bare)| {
            COUNTRIES.split(' ').any(|known| known == *country) && digits(bare) >= LEAST_DIGITS
        })
        .map_or(whole.as_str(), |(_, bare)| bare);
    let says = digits(bare) >= LEAST_DIGITS && bare.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    says.then(|| bare.to_owned())
}

/// Legal forms, each with the points and spaces left out.
const FORMS: &str = "ab ad ag aps as asbl bt bv bvba co corp cv cvba doo eeig eg ehf ek eood eurl ev gbr ges gesmbh gie gmbh \
    gmbhcokg hf inc kft kg kgaa lda limited llc llp lp ltd ltda nv nyrt oe og ohg oo ood oy oyj ou oü plc pte pty sa sab sae \
    sapi sarl sas sasu sau sc sca scop scp scrl sci se sia sl sll slne slu snc spa spj spk spolsro sprl spzoo sro srl srls \
    ua uab ug unipessoallda vof vzw zrt";
/// Words that a form may be written in: `S. p. A.`, `Sp. z o. o.`.
const MOST_FORM_WORDS: usize = 4;

/// A name's words without its legal form, and that form. A name that is nothing else is kept.
pub(crate) fn stem_and_form(name: &str) -> (String, Option<String>) {
    let words: Vec<String> = words(name).collect();
    let form = (1..words.len())
        .rev()
        .take(MOST_FORM_WORDS)
        .rev()
        .find_map(|start| {
            let (stem, form) = words.split_at_checked(start)?;
            let form = form.concat();
            FORMS
                .split_whitespace()
                .any(|known| known == form)
                .then(|| (stem.join(" "), Some(form)))
        });
    form.unwrap_or_else(|| (words.join(" "), None))
}

/// The words in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The words with one space between them.
pub(crate) fn spaced(text: &str) -> String {
    words(text).collect::<Vec<_>>().join(" ")
}

/// The text if it is short, else a digest of it.
pub(crate) fn kept(text: String) -> String {
    if text.len() <= MAX_KEPT_BYTES {
        text
    } else {
        format!("sha256:{}", digest([text.as_str()]))
    }
}

/// SHA-256 of texts, in lower-case hex. The length of each goes first, so that no two lists are the same bytes.
pub(crate) fn digest<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    let digit = |nibble: u8| char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    sha.finalize()
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The first 64 bits of a text's SHA-256.
pub(crate) fn bits(text: &str) -> u64 {
    Sha256::digest(text)
        .iter()
        .take(8)
        .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
