//! Cargo's dialect: the `semver` crate parses, the sets are ours and follow its meaning of each comparator.
//!
//! Invariant: a version is in the set when `VersionReq::matches` says so. That meaning is not one of intervals where partial versions and
//! pre-releases meet: `~1.2, >=1.2.3-a` does not hold `1.2.3-b`, but `^1.2, >=1.2.3-a` does. Hence each comparator is asked at each triple whose
//! pre-releases are asked for.

use semver::{Comparator, Op, VersionReq};

use super::Dialect;
use super::set::{Set, Span, Triple, above, after, before, lowest};

const MAX: u64 = Dialect::Cargo.largest();

pub(super) fn read(text: &str) -> Result<Set, String> {
    let req = VersionReq::parse(text).map_err(|error| error.to_string())?;
    let (mut low, mut high) = ((0, 0, 0), (MAX, MAX, MAX));
    let mut some = true;
    for comparator in &req.comparators {
        match releases(comparator)? {
            Some((from, to)) => (low, high) = (low.max(from), high.min(to)),
            None => some = false,
        }
    }
    let releases = if some && low <= high {
        vec![(low, high)]
    } else {
        Vec::new()
    };
    let mut asked: Vec<_> = req
        .comparators
        .iter()
        .filter(|c| !c.pre.is_empty())
        .filter_map(full)
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let mut pre = Vec::new();
    for triple in asked {
        let mut comparators = req.comparators.iter();
        let span = comparators.try_fold(Span::all(), |span, c| span.intersect(&pre_releases(c, triple)?));
        pre.extend(span.map(|span| (triple, span)));
    }
    Ok(Set::of(releases, pre, MAX))
}

/// The triple, when all three numbers are given.
fn full(comparator: &Comparator) -> Option<Triple> {
    Some((comparator.major, comparator.minor?, comparator.patch?))
}

/// The interval of releases that a comparator holds.
fn releases(c: &Comparator) -> Result<Option<(Triple, Triple)>, String> {
    let (first, last) = ((0, 0, 0), (MAX, MAX, MAX));
    let from = (c.major, c.minor.unwrap_or(0), c.patch.unwrap_or(0));
    let to = (c.major, c.minor.unwrap_or(MAX), c.patch.unwrap_or(MAX));
    let pre = !c.pre.is_empty();
    Ok(match c.op {
        Op::Exact | Op::Wildcard => (!pre).then_some((from, to)),
        Op::Greater if pre => Some((from, last)),
        Op::Greater => after(to, MAX).map(|low| (low, last)),
        Op::GreaterEq => Some((from, last)),
        Op::LessEq if !pre => Some((first, to)),
        Op::Less | Op::LessEq => before(from, MAX).map(|high| (first, high)),
        Op::Tilde => Some((from, (c.major, c.minor.unwrap_or(MAX), MAX))),
        Op::Caret => {
            let to = match (c.major, c.minor, c.patch) {
                (0, Some(0), Some(patch)) => (0, 0, patch),
                (0, Some(minor), _) => (0, minor, MAX),
                (major, _, _) => (major, MAX, MAX),
            };
            Some((from, to))
        }
        _ => return Err(format!("the comparator `{c}` has an unknown operator")),
    })
}

/// The pre-releases of `triple` that a comparator lets through, whether or not it asks for them.
fn pre_releases(c: &Comparator, triple: Triple) -> Option<Span> {
    if full(c) == Some(triple) {
        return of_its_own(c);
    }
    let (major, minor, patch) = triple;
    let whole = match c.op {
        Op::Greater | Op::GreaterEq => match (c.minor, c.patch) {
            (Some(m), Some(p)) => triple > (c.major, m, p),
            (Some(m), None) => (major, minor) > (c.major, m),
            (None, _) => major > c.major,
        },
        Op::Less | Op::LessEq => triple < (c.major, c.minor.unwrap_or(0), c.patch.unwrap_or(0)),
        Op::Tilde => major == c.major && Some(minor) == c.minor && c.patch.is_some_and(|least| patch > least),
        Op::Caret => {
            major == c.major
                && match (c.minor, c.patch) {
                    (None, _) => true,
                    (Some(m), None) if major > 0 => minor >= m,
                    (Some(m), None) => minor == m,
                    (Some(m), Some(p)) if major > 0 => (minor, patch) > (m, p),
                    (Some(m), Some(p)) => m > 0 && minor == m && patch > p,
                }
        }
        _ => false,
    };
    whole.then(Span::all)
}

/// The pre-releases of a comparator's own triple that it lets through. Every pre-release is below the release.
fn of_its_own(c: &Comparator) -> Option<Span> {
    let pre = &c.pre;
    match c.op {
        Op::Less | Op::LessEq if pre.is_empty() => Some(Span::all()),
        _ if pre.is_empty() => None,
        Op::Less => Span::new(lowest(), Some(pre.clone())),
        Op::LessEq => Span::new(lowest(), Some(above(pre))),
        Op::Greater => Span::new(above(pre), None),
        Op::GreaterEq | Op::Tilde | Op::Caret => Span::new(pre.clone(), None),
        _ => Span::new(pre.clone(), Some(above(pre))),
    }
}
