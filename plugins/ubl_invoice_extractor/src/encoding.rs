//! From bytes to text, in the encoding that the document declares.
//!
//! Invariant: no byte is replaced or dropped; what is not in the declared encoding is an error. UTF-8, US-ASCII and
//! ISO-8859-1 are read, which is what invoices come in; others are refused by name.

use std::borrow::Cow;

use assay_plugin_sdk::ExtractError;

/// Bytes of a document's start in which its declaration ends.
const DECLARATION_BYTES: usize = 512;

/// The text of a document, without a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ExtractError> {
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(refused("UTF-16"));
    }
    let (bytes, marked) = match bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    if bytes.iter().take(4).any(|byte| *byte == 0) {
        return Err(refused("UTF-16 or UTF-32"));
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
