//! Conditional requests (RFC 9110, section 13) on what has a strong entity tag.
//!
//! Deliberately absent: dates, which two changes within a second share.

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::problem::{Code, Problem};

/// What a request says about the state that it expects.
#[derive(Debug)]
pub(crate) struct Preconditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

/// The value of one of the headers.
#[derive(Debug)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Preconditions {
    /// Those of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self {
            if_match: Tags::of(headers, &IF_MATCH)?,
            if_none_match: Tags::of(headers, &IF_NONE_MATCH)?,
        })
    }

    /// Whether there is any.
    pub(crate) fn given(&self) -> bool {
        self.if_match.is_some() || self.if_none_match.is_some()
    }

    /// Whether `If-Match` allows to go on when these are the current tags; none when there is nothing yet.
    pub(crate) fn matches(&self, current: &[String]) -> bool {
        // Strong comparison: a weak tag (`W/"…"`) is none of ours.
        self.if_match
            .as_ref()
            .is_none_or(|tags| tags.hold(current, |tag| tag))
    }

    /// Whether `If-None-Match` allows to go on when these are the current tags.
    pub(crate) fn differs(&self, current: &[String]) -> bool {
        // Weak comparison: somebody on the way may have weakened ours.
        self.if_none_match
            .as_ref()
            .is_none_or(|tags| !tags.hold(current, opaque))
    }
}

impl Tags {
    fn of(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, Problem> {
        let mut tags = Vec::new();
        for value in headers.get_all(name) {
            let text = value.to_str().map_err(|_| wrong(name))?;
            // A comma within a tag would part it; no tag of ours has one.
            tags.extend(text.split(',').map(|tag| tag.trim().to_owned()));
        }
        let quoted = |tag: &String| {
            let tag = opaque(tag);
            tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"')
        };
        match tags.as_slice() {
            [] => Ok(None),
            [any] if any == "*" => Ok(Some(Self::Any)),
            these if these.iter().all(quoted) => Ok(Some(Self::These(tags))),
            _ => Err(wrong(name)),
        }
    }

    fn hold(&self, current: &[String], read: impl Fn(&str) -> &str) -> bool {
        match self {
            Self::Any => !current.is_empty(),
            Self::These(tags) => tags.iter().any(|tag| current.iter().any(|own| own == read(tag))),
        }
    }
}

/// A tag without the mark of a weak one.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn wrong(name: &HeaderName) -> Problem {
    let detail = format!(
        "the header `{name}` is no list of entity tags; send an `ETag` as it came, in its quotes, or *"
    );
    Problem::new(Code::RequestInvalid, detail)
}

#[cfg(test)]
mod tests;
