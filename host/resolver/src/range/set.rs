//! Sets of versions in a normal form: intervals of releases, and intervals of pre-releases by triple.
//!
//! Invariant: a set has one form. Intervals are sorted, not empty, and neither overlap nor touch, so equal sets are equal
//! values. Releases use closed intervals over triples, whose successor is a carry. Pre-releases use half-open intervals: the next
//! version after `1.0.0-a` is `1.0.0-a.0`, since the shorter of two lists goes first and `0` is the lowest identifier; so
//! "above `a`" is "from `a.0`", and "up to `a`" is "below `a.0`".

use semver::{BuildMetadata, Prerelease, Version};

/// `(major, minor, patch)`.
pub(super) type Triple = (u64, u64, u64);

/// Pre-releases of one triple, from the first (included) up to the second (not included), or all the way up to the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Prerelease,
    pub(super) until: Option<Prerelease>,
}

impl Span {
    /// Every pre-release.
    pub(super) fn all() -> Self {
        Self {
            from: lowest(),
            until: None,
        }
    }

    /// None if it holds nothing.
    pub(super) fn new(from: Prerelease, until: Option<Prerelease>) -> Option<Self> {
        let some = until.as_ref().is_none_or(|until| from < *until);
        some.then_some(Self { from, until })
    }

    fn contains(&self, pre: &Prerelease) -> bool {
        self.from <= *pre && self.until.as_ref().is_none_or(|until| pre < until)
    }

    pub(super) fn intersect(&self, other: &Self) -> Option<Self> {
        let from = (&self.from).max(&other.from).clone();
        let until = match (&self.until, &other.until) {
            (Some(a), Some(b)) => Some(a.min(b).clone()),
            (a, b) => a.as_ref().or(b.as_ref()).cloned(),
        };
        Self::new(from, until)
    }

    fn within(&self, other: &Self) -> bool {
        let below = match (&self.until, &other.until) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a <= b,
        };
        other.from <= self.from && below
    }
}

/// The lowest pre-release there is.
pub(super) fn lowest() -> Prerelease {
    parsed("0")
}

/// The lowest pre-release above this one.
pub(super) fn above(pre: &Prerelease) -> Prerelease {
    parsed(&format!("{pre}.0"))
}

#[expect(
    clippy::expect_used,
    reason = "`0`, and what a valid pre-release and `.0` make, are valid pre-releases"
)]
fn parsed(text: &str) -> Prerelease {
    Prerelease::new(text).expect("dotted identifiers")
}

/// The triple after this one, when numbers go up to `largest`.
pub(super) fn after((major, minor, patch): Triple, largest: u64) -> Option<Triple> {
    if patch < largest {
        Some((major, minor, patch + 1))
    } else if minor < largest {
        Some((major, minor + 1, 0))
    } else if major < largest {
        Some((major + 1, 0, 0))
    } else {
        None
    }
}

/// The triple before this one, when numbers go up to `largest`.
pub(super) fn before((major, minor, patch): Triple, largest: u64) -> Option<Triple> {
    if patch > 0 {
        Some((major, minor, patch - 1))
    } else if minor > 0 {
        Some((major, minor - 1, largest))
    } else if major > 0 {
        Some((major - 1, largest, largest))
    } else {
        None
    }
}

/// A set of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// Closed intervals of releases.
    releases: Vec<(Triple, Triple)>,
    /// Pre-releases by triple.
    pre: Vec<(Triple, Vec<Span>)>,
}

impl Set {
    /// Every release.
    pub(super) fn all_releases(largest: u64) -> Self {
        Self {
            releases: vec![((0, 0, 0), (largest, largest, largest))],
            pre: Vec::new(),
        }
    }

    /// A set of parts that may overlap, in any order, none of them empty.
    pub(super) fn of(
        mut releases: Vec<(Triple, Triple)>,
        mut pre: Vec<(Triple, Span)>,
        largest: u64,
    ) -> Self {
        releases.sort_unstable();
        let mut merged: Vec<(Triple, Triple)> = Vec::with_capacity(releases.len());
        for (low, high) in releases {
            match merged.last_mut() {
                Some(last) if after(last.1, largest).is_none_or(|next| low <= next) => {
                    last.1 = last.1.max(high);
                }
                _ => merged.push((low, high)),
            }
        }
        pre.sort_by(|a, b| (a.0, &a.1.from).cmp(&(b.0, &b.1.from)));
        let mut by_triple: Vec<(Triple, Vec<Span>)> = Vec::new();
        for (triple, span) in pre {
            match by_triple.last_mut() {
                Some((last, spans)) if *last == triple => add(spans, span),
                _ => by_triple.push((triple, vec![span])),
            }
        }
        Self {
            releases: merged,
            pre: by_triple,
        }
    }

    pub(super) fn contains(&self, version: &Version) -> bool {
        let triple = (version.major, version.minor, version.patch);
        if version.pre.is_empty() {
            let next = self.releases.partition_point(|interval| interval.1 < triple);
            self.releases
                .get(next)
                .is_some_and(|interval| interval.0 <= triple)
        } else {
            self.spans(triple).iter().any(|span| span.contains(&version.pre))
        }
    }

    /// Whether the pre-release lies above the first and not above the last release of an interval.
    pub(super) fn surrounds(&self, version: &Version) -> bool {
        let triple = (version.major, version.minor, version.patch);
        let mut intervals = self.releases.iter();
        intervals.any(|(low, high)| *low < triple && triple <= *high)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.releases.is_empty() && self.pre.is_empty()
    }

    pub(super) fn intersect(&self, other: &Self) -> Self {
        let mut releases = Vec::new();
        let (mut ours, mut theirs) = (self.releases.iter().peekable(), other.releases.iter().peekable());
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                releases.push((low, high));
            }
            if a.1 <= b.1 {
                ours.next();
            } else {
                theirs.next();
            }
        }
        let mut pre = Vec::new();
        for (triple, ours) in &self.pre {
            let theirs = other.spans(*triple);
            let both = ours
                .iter()
                .flat_map(|a| theirs.iter().filter_map(|b| a.intersect(b)));
            let both: Vec<_> = both.collect();
            if !both.is_empty() {
                pre.push((*triple, both));
            }
        }
        Self { releases, pre }
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        let covered = |(low, high): &(Triple, Triple)| {
            let next = other.releases.partition_point(|interval| interval.1 < *high);
            other
                .releases
                .get(next)
                .is_some_and(|interval| interval.0 <= *low)
        };
        self.releases.iter().all(covered)
            && self.pre.iter().all(|(triple, spans)| {
                let theirs = other.spans(*triple);
                spans.iter().all(|a| theirs.iter().any(|b| a.within(b)))
            })
    }

    /// The lowest version.
    pub(super) fn lowest(&self) -> Option<Version> {
        let release = self.releases.first().map(|(low, _)| (*low, Prerelease::EMPTY));
        let pre = self.pre.first();
        let pre = pre.and_then(|(triple, spans)| Some((*triple, spans.first()?.from.clone())));
        let ((major, minor, patch), pre) = match (release, pre) {
            // An empty pre-release part is the highest of all.
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        Some(Version {
            major,
            minor,
            patch,
            pre,
            build: BuildMetadata::EMPTY,
        })
    }

    fn spans(&self, triple: Triple) -> &[Span] {
        let found = self.pre.binary_search_by_key(&triple, |(triple, _)| *triple);
        let spans = found.ok().and_then(|at| self.pre.get(at));
        spans.map_or(&[], |(_, spans)| spans)
    }
}

/// Adds a span that does not begin before the last one.
fn add(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.until.as_ref().is_none_or(|until| span.from <= *until) => {
            if let (Some(ours), Some(theirs)) = (&last.until, &span.until) {
                last.until = Some(ours.max(theirs).clone());
            } else {
                last.until = None;
            }
        }
        _ => spans.push(span),
    }
}
