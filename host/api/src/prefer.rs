//! `Prefer` (RFC 7240): what a caller would like, should the host be able to. What is not known or not well formed is
//! passed over, as the standard says.

use axum::http::HeaderMap;
use axum::http::header::HeaderName;

pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The preference not to wait for what takes long.
pub(crate) const RESPOND_ASYNC: &str = "respond-async";

/// Whether a caller would rather not wait.
pub(crate) fn respond_async(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(PREFER);
    let texts = fields.iter().filter_map(|field| field.to_str().ok());
    // Commas within quoted values would cut a preference in two; neither part is this one.
    texts
        .flat_map(|text| text.split(','))
        .any(|preference| token(preference).eq_ignore_ascii_case(RESPOND_ASYNC))
}

/// A preference without its parameters. This one has no value, so one that has is another.
fn token(preference: &str) -> &str {
    preference.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
