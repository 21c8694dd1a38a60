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
