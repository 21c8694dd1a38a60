//! What a site asks for, read from documented JSON.
//!
//! Semantics that are decided here:
//! - Something that is requested twice has to satisfy both ranges. Pins, installed versions and policies may be repeated but
//!   not contradict each other.
//! - An id that the catalog does not have is no bad input: the answer says so.
//! - `prefer` is `newest` unless it says `minimal-change`.
//!
//! Invariant: everything is sorted, so that two requests with the same content are equal. Absent: what the ids mean.

use semver::Version;
use serde::Deserialize;

use crate::catalog::range_problem;
use crate::input::{Document, InputErrors, Problems, Shape, Text, id_problem, name_problem, read, version};
use crate::range::{Dialect, Range};

/// What a site asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The site's name, which only comes back in the answer.
    pub site: Option<String>,
    /// What has to be there, by id.
    pub requested: Vec<Wanted>,
    /// What is there now, by id.
    pub installed: Vec<(String, Version)>,
    /// The only version that something may have, by id.
    pub pins: Vec<(String, Version)>,
    /// The policy that providers of a capability may state, by capability.
    pub policies: Vec<(String, String)>,
    /// Which of several possible sets is the best.
    pub prefer: Prefer,
}

/// An extension that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its id.
    pub id: String,
    /// The versions that are asked for; none stands for all but pre-releases.
    pub range: Option<Range>,
}

/// Which of several possible sets is the best; [`crate::objective`] says it exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prefer {
    /// The newest versions.
    #[default]
    Newest,
    /// The one that changes least of what is installed.
    MinimalChange,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct RawRequest<'a> {
    site: Option<Text<'a>>,
    requested: Option<Vec<RawWanted<'a>>>,
    installed: Option<Vec<RawVersion<'a>>>,
    pins: Option<Vec<RawVersion<'a>>>,
    policies: Option<Vec<RawPolicy<'a>>>,
    prefer: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct RawWanted<'a> {
    id: Option<Text<'a>>,
    range: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct RawVersion<'a> {
    id: Option<Text<'a>>,
    version: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct RawPolicy<'a> {
    capability: Option<Text<'a>>,
    policy: Option<Text<'a>>,
}

const SHAPE: Shape = Shape::Object(&[
    ("site", Shape::Text),
    ("requested", Shape::List(&WANTED)),
    ("installed", Shape::List(&VERSION)),
    ("pins", Shape::List(&VERSION)),
    ("policies", Shape::List(&POLICY)),
    ("prefer", Shape::Text),
]);
const WANTED: Shape = Shape::Object(&[("id", Shape::Text), ("range", Shape::Text)]);
const VERSION: Shape = Shape::Object(&[("id", Shape::Text), ("version", Shape::Text)]);
const POLICY: Shape = Shape::Object(&[("capability", Shape::Text), ("policy", Shape::Text)]);

impl Request {
    /// Reads a request whose ranges are in the catalog's dialect.
    ///
    /// # Errors
    /// Everything that is wrong with it, up to a bound, each with its place.
    pub fn parse(json: &[u8], dialect: Dialect) -> Result<Self, InputErrors> {
        let mut problems = Problems::of(Document::Request);
        let raw: RawRequest<'_> = read(json, &SHAPE, &mut problems).unwrap_or_default();
        let prefer = match raw.prefer.as_ref().map(|text| text.0.as_ref()) {
            None | Some("newest") => Prefer::Newest,
            Some("minimal-change") => Prefer::MinimalChange,
            Some(other) => {
                let message = format!("{other:?} is not known here; write \"newest\" or \"minimal-change\"");
                problems.at(format_args!("/prefer"), message);
                Prefer::Newest
            }
        };
        let mut requested = Vec::new();
        for (at, wanted) in raw.requested.iter().flatten().enumerate() {
            let id = id(format_args!("/requested/{at}/id"), wanted.id.as_ref(), &mut problems);
            let text = wanted.range.as_ref().map(|text| text.0.as_ref());
            let range = text.and_then(|text| {
                if let Some(message) = range_problem(text, dialect) {
                    problems.at(format_args!("/requested/{at}/range"), message);
                }
                Range::parse(text, dialect).ok()
            });
            requested.push(Wanted { id, range });
        }
        requested.sort_by(|a, b| a.key().cmp(&b.key()));
        requested.dedup();
        let request = Self {
            site: raw.site.map(|text| text.0.into_owned()),
            requested,
            installed: versions("installed", raw.installed.as_deref(), &mut problems),
            pins: versions("pins", raw.pins.as_deref(), &mut problems),
            policies: policies(raw.policies.as_deref(), &mut problems),
            prefer,
        };
        problems.finish(request)
    }
}

impl Wanted {
    fn key(&self) -> (&str, Option<&str>) {
        (&self.id, self.range.as_ref().map(Range::text))
    }
}

fn id(place: std::fmt::Arguments<'_>, id: Option<&Text<'_>>, problems: &mut Problems) -> String {
    let id = id.map(|text| text.0.as_ref());
    let message = id.map_or_else(|| Some("the `id` is missing; write it".to_owned()), id_problem);
    if let Some(message) = message {
        problems.at(place, message);
    }
    id.unwrap_or_default().to_owned()
}

fn versions(list: &str, raw: Option<&[RawVersion<'_>]>, problems: &mut Problems) -> Vec<(String, Version)> {
    let mut all: Vec<(String, Version, usize)> = Vec::new();
    for (at, entry) in raw.unwrap_or_default().iter().enumerate() {
        let id = id(format_args!("/{list}/{at}/id"), entry.id.as_ref(), problems);
        let read = entry.version.as_ref().map(|text| version(&text.0));
        match read.unwrap_or_else(|| Err("the `version` is missing; write it".to_owned())) {
            Ok(version) => all.push((id, version, at)),
            Err(message) => problems.at(format_args!("/{list}/{at}/version"), message),
        }
    }
    all.sort();
    for pair in all.windows(2) {
        if let [(id, one, first), (same, other, second)] = pair
            && id == same
            && one.cmp_precedence(other).is_ne()
        {
            let (first, second) = (first.min(second), first.max(second));
            let message = format!("/{list}/{first} names another version of `{id}`; remove one");
            problems.at(format_args!("/{list}/{second}/version"), message);
        }
    }
    all.dedup_by(|a, b| a.0 == b.0);
    all.into_iter().map(|(id, version, _)| (id, version)).collect()
}

fn policies(raw: Option<&[RawPolicy<'_>]>, problems: &mut Problems) -> Vec<(String, String)> {
    let mut all: Vec<(String, String, usize)> = Vec::new();
    for (at, entry) in raw.unwrap_or_default().iter().enumerate() {
        let mut name = |field: &str, text: Option<&Text<'_>>| {
            let text = text.map(|text| text.0.as_ref()).unwrap_or_default();
            if let Some(message) = name_problem(text) {
                problems.at(format_args!("/policies/{at}/{field}"), message);
            }
            text.to_owned()
        };
        let capability = name("capability", entry.capability.as_ref());
        all.push((capability, name("policy", entry.policy.as_ref()), at));
    }
    all.sort();
    for pair in all.windows(2) {
        if let [(capability, one, first), (same, other, second)] = pair
            && capability == same
            && one != other
        {
            let (first, second) = (first.min(second), first.max(second));
            let message = format!("/policies/{first} names another policy for `{capability}`; remove one");
            problems.at(format_args!("/policies/{second}/policy"), message);
        }
    }
    all.dedup_by(|a, b| a.0 == b.0);
    all.into_iter().map(|(capability, policy, _)| (capability, policy)).collect()
}

#[cfg(test)]
mod tests;
