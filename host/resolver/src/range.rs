//! Ranges of versions in the dialect of Cargo and in that of node-semver, and exact set algebra over them.
//!
//! A range is two sets. Releases (versions without a pre-release part) form intervals over `(major, minor, patch)`. Pre-releases are
//! in a range only where one of its comparators names a pre-release of the same three numbers, so they form, for each
//! of these finitely many triples, intervals over the pre-release part. Both kinds of interval are kept in a normal form in which the
//! successor of every value is known, so intersection, emptiness and inclusion are decided and never sampled.
//!
//! Invariants: [`Range::matches`] says of every version what `semver::VersionReq::matches` says in Cargo's dialect and what
//! node-semver's `satisfies(version, range)` says in node's, without its options `loose` and `includePrerelease`;
//! `a.intersect(b)` holds exactly the versions that both hold. Build metadata never counts.
//!
//! A set is empty when no version at all can be in it. Numbers go to 2⁶⁴ − 1 in Cargo's dialect and to 2⁵³ − 1 in node's, as in the
//! originals. Two deviations in node's dialect, both at sizes nobody writes: numeric pre-release identifiers are compared exactly (node rounds
//! those above 2⁵³), and a text of more than 64 KiB is refused.
//!
//! The parser of node's dialect is ours: of the 1,500 recorded texts the crate `nodejs-semver` 7.0.0 takes or refuses 540 otherwise than
//! node-semver and finds other versions for 432, and no crate gives away the intervals. Absent: sorting of versions, and which release is chosen.

mod cargo;
mod node;
mod set;

use std::fmt;

use semver::Version;
use set::Set;

/// Whose grammar and meaning a catalog's ranges have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// That of Cargo, as in the `semver` crate: `1.2.3` means `^1.2.3`, a comma means "and".
    Cargo,
    /// That of node-semver: `1.2.3` means exactly that, a space means "and", `||` means "or".
    Node,
}

impl Dialect {
    /// The largest number that a version's parts can have.
    const fn largest(self) -> u64 {
        match self {
            Self::Cargo => u64::MAX,
            Self::Node => (1 << 53) - 1,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Cargo => Self::Node,
            Self::Node => Self::Cargo,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cargo => "cargo",
            Self::Node => "node",
        })
    }
}

/// A text that is not a range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a range in the {dialect} dialect: {problem}{}", if *.other_dialect { format!(" (it is one in the {} dialect)", .dialect.other()) } else { String::new() })]
pub struct RangeError {
    /// The text, cut after 80 characters.
    pub text: String,
    /// The dialect it was read in.
    pub dialect: Dialect,
    /// What is wrong with it.
    pub problem: String,
    /// Whether it is a range in the other dialect.
    pub other_dialect: bool,
}

/// A set of versions, and the text that it was written as. Two ranges are equal when dialect, text and set are; to compare sets only,
/// ask [`Range::is_subset`] both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    dialect: Dialect,
    text: Box<str>,
    set: Set,
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// When the dialect's own parser would refuse the text. A range that parses but matches nothing is no error here: see
    /// [`Range::is_empty`].
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, RangeError> {
        match read(text, dialect) {
            Ok(set) => Ok(Self {
                dialect,
                text: text.into(),
                set,
            }),
            Err(problem) => Err(RangeError {
                text: cut(text),
                dialect,
                problem,
                other_dialect: read(text, dialect.other()).is_ok(),
            }),
        }
    }

    /// `*`: every release, and no pre-release.
    pub fn any(dialect: Dialect) -> Self {
        Self {
            dialect,
            text: "*".into(),
            set: Set::all_releases(dialect.largest()),
        }
    }

    /// Whether the version is in the range.
    pub fn matches(&self, version: &Version) -> bool {
        self.set.contains(version)
    }

    /// The versions in both. Its text names both ranges. Of two dialects, which a catalog never mixes, it has the first one's.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let set = self.set.intersect(&other.set);
        let text = if self.text == other.text || (&*other.text == "*" && set == self.set) {
            self.text.clone()
        } else if &*self.text == "*" && set == other.set {
            other.text.clone()
        } else {
            format!("{} and {}", self.text, other.text).into()
        };
        Self {
            dialect: self.dialect,
            text,
            set,
        }
    }

    /// Whether no version at all can be in the range.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether every version in this range is in the other.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.set.is_subset(&other.set)
    }

    /// The range as it was written; of an intersection, both joined by "and".
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dialect it was read in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether this is a pre-release that is left out for no other reason than that the range asks for none of this triple: it lies above the lowest
    /// and not above the highest release of one of the range's intervals. (`2.0.0-rc.1` is not "in `<2.0.0` but for the opt-in", nor is
    /// `1.0.0-rc.1` in `>=1.0.0`.)
    pub fn would_match_if_pre_releases_were_asked(&self, version: &Version) -> bool {
        !version.pre.is_empty() && !self.matches(version) && self.set.surrounds(version)
    }

    /// The lowest version in the range, by precedence; none if the range is empty.
    pub fn min_version(&self) -> Option<Version> {
        self.set.lowest()
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn read(text: &str, dialect: Dialect) -> Result<Set, String> {
    match dialect {
        Dialect::Cargo => cargo::read(text),
        Dialect::Node => node::read(text),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
