//! What kind of document a file is, by its name and its first bytes.

use std::path::Path;

/// The media type; `application/octet-stream` when nothing tells.
pub(crate) fn type_of(path: &Path, content: &[u8]) -> &'static str {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "json" => "application/json",
        "xml" | "ubl" => "application/xml",
        "csv" => "text/csv",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => sniffed(content),
    }
}

fn sniffed(content: &[u8]) -> &'static str {
    let text = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => "application/json",
        Some(b'<') => "application/xml",
        _ if text.starts_with(b"%PDF-") => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
