//! What a resolver is asked, as one JSON text: the form in which it is recorded, replayed and tried.
//!
//! Invariant: the same content is the same text. Deliberately absent: what catalogs and requests mean.

use assay_domain::json;
use serde_json::Value;

/// A request over a catalog, both canonical JSON (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) catalog: String,
    pub(crate) request: String,
}

impl Question {
    /// Of `{"catalog": …, "request": …}`; none of anything else.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let Value::Object(members) = serde_json::from_str(text).ok()? else {
            return None;
        };
        let part = |name: &str| members.get(name).map(json::canonical);
        (members.len() == 2).then_some(())?;
        Some(Self {
            catalog: part("catalog")?,
            request: part("request")?,
        })
    }
}
