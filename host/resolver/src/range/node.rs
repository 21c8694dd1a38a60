//! Node's dialect: the grammar of node-semver's `Range`, strict, without pre-releases of triples that are not named.
//!
//! Invariant: what `new Range(text)` refuses is refused, what it takes is taken, with the same versions; also where it is odd. So
//! `1.2.3*` is `1.2.3`, `vv1` is `1.x` but `vv1.0.0` is refused, and `* || >=1.0.0-a` holds no pre-release, because a `*` swallows its alternatives.
//! node-semver rewrites texts in stages by regular expressions; here the stages are those of one pass over tokens:
//! build metadata goes, alternatives are split, a hyphen range or tokens (an operator takes the next one) become comparators, and the
//! comparators of an alternative bound one interval in the order of precedence.

use semver::Prerelease;

use super::Dialect;
use super::set::{Set, Span, Triple, above, after, before, lowest};

mod partial;
mod token;

use token::{Comparator, Op, comparators, hyphen};

const MAX: u64 = Dialect::Node.largest();
/// In bytes.
const LONGEST: usize = 64 * 1024;

/// A bound: a triple, a pre-release part (empty for a release, which is above all of them), and whether it is itself within.
type Bound = (Triple, Prerelease, bool);

pub(super) fn read(text: &str) -> Result<Set, String> {
    if text.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} bytes"));
    }
    let (mut releases, mut pre) = (Vec::new(), Vec::new());
    let mut any = false;
    for alternative in text.split("||") {
        let comparators = alternative_of(alternative)?;
        if comparators.is_empty() {
            any = true;
        }
        // `<0.0.0-0` alone stands for what can't be; it holds nothing in any company, so it needs no rule here.
        bounded(&comparators, &mut releases, &mut pre);
    }
    Ok(if any {
        Set::all_releases(MAX)
    } else {
        Set::of(releases, pre, MAX)
    })
}

/// The comparators of one alternative; none when it is `*`.
fn alternative_of(text: &str) -> Result<Vec<Comparator>, String> {
    let text = without_build(text);
    let tokens: Vec<&str> = text.split(is_space).filter(|token| !token.is_empty()).collect();
    match hyphen(&tokens)? {
        Some(comparators) => Ok(comparators),
        None => comparators(&tokens),
    }
}

/// White space as ECMAScript has it.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// The text without any `+` that dotted identifiers follow, and without these.
fn without_build(text: &str) -> String {
    let ident = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('+') {
        kept.push_str(before);
        let mut left = after.trim_start_matches(ident);
        if left.len() == after.len() {
            kept.push('+');
        }
        while left.len() < after.len() {
            let Some(next) = left.strip_prefix('.').filter(|next| next.starts_with(ident)) else {
                break;
            };
            left = next.trim_start_matches(ident);
        }
        rest = left;
    }
    kept.push_str(rest);
    kept
}

/// Adds what lies within all of the comparators.
fn bounded(comparators: &[Comparator], releases: &mut Vec<(Triple, Triple)>, pre: &mut Vec<(Triple, Span)>) {
    let mut low: Option<Bound> = None;
    let mut high: Option<Bound> = None;
    for Comparator { op, triple, pre } in comparators {
        let bound = |within| (*triple, pre.clone(), within);
        let (from, to) = match op {
            Op::Exact => (Some(bound(true)), Some(bound(true))),
            Op::Greater => (Some(bound(false)), None),
            Op::GreaterEq => (Some(bound(true)), None),
            Op::Less => (None, Some(bound(false))),
            Op::LessEq => (None, Some(bound(true))),
        };
        // Of two equal bounds, the one that leaves out is tighter: the greater as a lower one when `within` is turned round.
        let tighter_low = |a: Bound, b: Bound| {
            if (&a.0, &a.1, !a.2) >= (&b.0, &b.1, !b.2) {
                a
            } else {
                b
            }
        };
        low = match (low, from) {
            (Some(a), Some(b)) => Some(tighter_low(a, b)),
            (a, b) => a.or(b),
        };
        high = match (high, to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let lowest_release = match &low {
        None => Some((0, 0, 0)),
        Some((triple, pre, within)) if *within || !pre.is_empty() => Some(*triple),
        Some((triple, ..)) => after(*triple, MAX),
    };
    let highest_release = match &high {
        None => Some((MAX, MAX, MAX)),
        Some((triple, pre, true)) if pre.is_empty() => Some(*triple),
        Some((triple, ..)) => before(*triple, MAX),
    };
    if let (Some(from), Some(to)) = (lowest_release, highest_release)
        && from <= to
    {
        releases.push((from, to));
    }
    let mut asked: Vec<_> = comparators
        .iter()
        .filter(|c| !c.pre.is_empty())
        .map(|c| c.triple)
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let spans = asked.into_iter().filter_map(|triple| {
        let above = from_bound(low.as_ref(), triple)?;
        Some((triple, above.intersect(&up_to_bound(high.as_ref(), triple)?)?))
    });
    pre.extend(spans);
}

/// The pre-releases of `triple` that are not below the bound.
fn from_bound(low: Option<&Bound>, triple: Triple) -> Option<Span> {
    match low {
        Some((bound, pre, _)) if *bound > triple || (*bound == triple && pre.is_empty()) => None,
        Some((bound, pre, true)) if *bound == triple => Span::new(pre.clone(), None),
        Some((bound, pre, false)) if *bound == triple => Span::new(above(pre), None),
        _ => Some(Span::all()),
    }
}

/// The pre-releases of `triple` that are not above the bound.
fn up_to_bound(high: Option<&Bound>, triple: Triple) -> Option<Span> {
    match high {
        Some((bound, ..)) if *bound < triple => None,
        Some((bound, pre, within)) if *bound == triple && !pre.is_empty() => {
            Span::new(lowest(), Some(if *within { above(pre) } else { pre.clone() }))
        }
        _ => Some(Span::all()),
    }
}
