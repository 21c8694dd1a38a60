//! From bytes to text, in the encoding that the document declares.
//!
//! Invariant: no byte is replaced or dropped; what is not in the declared encoding is an error. UTF-8 and UTF-16 are
//! read, as XML asks of every reader, and US-ASCII and ISO-8859-1, in which invoices come; others are refused by name.

use std::borrow::Cow;

use assay_plugin_sdk::ExtractError;

/// Bytes of a document's start in which its declaration ends.
const DECLARATION_BYTES: usize = 512;

/// The text of a document, without a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ExtractError> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => return Err(refused("UTF-32")),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, "utf-16be", u16::from_be_bytes).map(Cow::Owned),
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, "utf-16le", u16::from_le_bytes).map(Cow::Owned),
        _ => {}
    }
    let (bytes, marked) = match bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    if bytes.iter().take(4).any(|byte| *byte == 0) {
        return Err(refused("UTF-16 without a byte order mark, or UTF-32"));
    }
    let declared = declared(bytes);
    let name = declared.as_deref().unwrap_or("utf-8").to_ascii_lowercase();
    match name.as_str() {
        "utf-8" | "utf8" => utf8(bytes),
        _ if marked => Err(ExtractError::Encoding(format!(
            "the byte order mark says UTF-8, the declaration {name:?}; send it as UTF-8 and declare that"
        ))),
        "us-ascii" | "ascii" => match bytes.iter().position(|byte| !byte.is_ascii()) {
            Some(at) => Err(ExtractError::Encoding(format!(
                "byte {at} is not US-ASCII, which the document declares"
            ))),
            None => utf8(bytes),
        },
        // The first 256 characters of Unicode are those of ISO-8859-1.
        "iso-8859-1" | "latin1" => Ok(Cow::Owned(bytes.iter().copied().map(char::from).collect())),
        _ => Err(refused(&name)),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, ExtractError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(ExtractError::Encoding(format!(
            "byte {} is not UTF-8",
            error.valid_up_to()
        ))),
    }
}

/// UTF-16 after its mark, `name` for the byte order.
fn utf16(bytes: &[u8], name: &str, unit: fn([u8; 2]) -> u16) -> Result<String, ExtractError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for (at, character) in char::decode_utf16(pairs.iter().copied().map(unit)).enumerate() {
        let character =
            character.map_err(|_| ExtractError::Encoding(format!("character {at} is not UTF-16")))?;
        text.push(character);
    }
    if !rest.is_empty() {
        return Err(ExtractError::Encoding(
            "the last byte is half of a UTF-16 unit".to_owned(),
        ));
    }
    match declared(text.as_bytes()).map(|name| name.to_ascii_lowercase()) {
        Some(declared) if declared != "utf-16" && declared != name => Err(ExtractError::Encoding(format!(
            "the byte order mark says {name:?}, the declaration {declared:?}; they must agree"
        ))),
        _ => Ok(text),
    }
}

fn refused(name: &str) -> ExtractError {
    let name: String = name.chars().take(40).collect();
    ExtractError::Encoding(format!(
        "the encoding {name:?} is not read; send the document as UTF-8"
    ))
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..bytes.len().min(DECLARATION_BYTES))?;
    let end = start.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(start.get(..end)?)
        .ok()?
        .strip_prefix("<?xml")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(rest.get(1..)?.split(quote).next()?.to_owned())
}

#[cfg(test)]
mod tests;
