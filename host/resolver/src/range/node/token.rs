//! Tokens of node's dialect: operators with versions, and the comparators that they stand for.
//!
//! Invariant: each function takes exactly the texts that node-semver's expression of the same meaning takes.

use semver::Prerelease;

use super::Triple;
use super::partial::{Holes, Part, Partial, Place, below, number, number_or_zero};

/// A comparison with a whole version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Exact,
    Greater,
    GreaterEq,
    Less,
    LessEq,
}

/// An operator and a whole version.
#[derive(Clone, Debug)]
pub(super) struct Comparator {
    pub(super) op: Op,
    pub(super) triple: Triple,
    pub(super) pre: Prerelease,
}

/// `a - b`, both versions that may have holes; none if it is not that. A space within a side makes it invalid, except before a version with holes or,
/// on the right, with a pre-release, because there node-semver writes only the numbers again.
pub(super) fn hyphen(tokens: &[&str]) -> Result<Option<Vec<Comparator>>, String> {
    let Some(at) = tokens.iter().position(|token| *token == "-") else {
        return Ok(None);
    };
    let (before, after) = (
        tokens.get(..at).unwrap_or_default(),
        tokens.get(at + 1..).unwrap_or_default(),
    );
    let spaced = (before.len() > 1, after.len() > 1);
    let (left, right) = (before.concat(), after.concat());
    let (Some(left_side), Some(right_side)) = (side(before, &left), side(after, &right)) else {
        return Ok(None);
    };
    let mut comparators = Vec::new();
    let within = || Err("a space can't stand within a whole version".to_owned());
    match left_side.holes() {
        Holes::Major => {}
        Holes::No if spaced.0 => return within(),
        Holes::No => {
            let low = left_side.whole(Op::GreaterEq)?;
            if left_side.prefix.is_empty() {
                push_low(low, &mut comparators);
            } else {
                comparators.push(low);
            }
        }
        Holes::Minor => push_low(from(number(left_side.major)?, 0), &mut comparators),
        Holes::Patch => push_low(left_side.at_least()?, &mut comparators),
    }
    match right_side.holes() {
        Holes::Major => {}
        Holes::Minor => comparators.push(right_side.below_next(Place::Major)?),
        Holes::Patch => comparators.push(right_side.below_next(Place::Minor)?),
        Holes::No if right_side.pre.is_empty() && spaced.1 => return within(),
        Holes::No if right_side.pre.is_empty() => comparators.push(right_side.whole(Op::LessEq)?),
        Holes::No => {
            let bound = Partial {
                prefix: "",
                ..right_side
            };
            comparators.push(bound.whole(Op::LessEq)?);
        }
    }
    Ok(Some(comparators))
}

/// A side of a hyphen range: all but its last token are of `v` and `=` only.
fn side<'a>(tokens: &[&str], joined: &'a str) -> Option<Partial<'a>> {
    let (_, before) = tokens.split_last()?;
    let prefixes = before
        .iter()
        .all(|token| token.trim_start_matches(['v', '=']).is_empty());
    if prefixes { Partial::read(joined) } else { None }
}

/// The comparators of the tokens of an alternative; `*` gives none.
pub(super) fn comparators(tokens: &[&str]) -> Result<Vec<Comparator>, String> {
    let joined = join(tokens);
    let mut comparators = Vec::new();
    for token in &joined {
        one(token, &mut comparators).map_err(|problem| {
            if problem.is_empty() {
                format!("`{}` is not a comparator", super::super::cut(token))
            } else {
                problem
            }
        })?;
    }
    Ok(comparators)
}

/// Joins operators with the token that follows them: first comparisons, if a version or its prefix follows, then tildes, then carets.
fn join(tokens: &[&str]) -> Vec<String> {
    let comparison = |token: &str, next: &str| {
        let bare = token
            .strip_prefix('^')
            .or_else(|| token.strip_prefix('~'))
            .unwrap_or(token);
        let version = next.trim_start_matches(['v', '=']);
        matches!(bare, "<" | ">" | "<=" | ">=" | "=")
            && (version.is_empty() || version.starts_with(|c: char| c.is_ascii_digit() || "xX*".contains(c)))
    };
    let joined = pairs(tokens.iter().map(|t| (*t).to_owned()), comparison);
    let joined = pairs(joined.into_iter(), |token, _| matches!(token, "~" | "~>"));
    pairs(joined.into_iter(), |token, _| token == "^")
}

fn pairs(tokens: impl Iterator<Item = String>, takes: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut tokens = tokens.peekable();
    let mut joined = Vec::new();
    while let Some(mut token) = tokens.next() {
        token.extend(tokens.next_if(|next| takes(&token, next)));
        joined.push(token);
    }
    joined
}

/// Adds what one token stands for. An error without words: it is not a comparator.
fn one(token: &str, out: &mut Vec<Comparator>) -> Result<(), String> {
    if let Some(partial) = token.strip_prefix('^').and_then(Partial::read) {
        return caret(&partial, out);
    }
    if let Some(rest) = token.strip_prefix('~')
        && let Some(partial) = Partial::read(rest.strip_prefix('>').unwrap_or(rest))
    {
        return tilde(&partial, out);
    }
    let (op, rest) = operator(token);
    if let Some(partial) = Partial::read(rest)
        && !partial.out_of_order
        && partial.holes() != Holes::No
    {
        return x_range(op, &partial, out);
    }
    let starless = without_star(token);
    if starless.is_empty() {
        return Ok(());
    }
    let (op, rest) = operator(&starless);
    match Partial::read(rest) {
        Some(partial) if partial.holes() == Holes::No => {
            let comparator = partial.whole(op.unwrap_or(Op::Exact))?;
            if rest != "0.0.0" || comparator.op != Op::GreaterEq {
                out.push(comparator);
            }
            Ok(())
        }
        _ => Err(String::new()),
    }
}

/// The operator of a token, if there is one, and what follows. `=` counts as none, as there.
fn operator(token: &str) -> (Option<Op>, &str) {
    let (op, rest) = match token.as_bytes() {
        [b'>', b'=', ..] => (Some(Op::GreaterEq), 2),
        [b'<', b'=', ..] => (Some(Op::LessEq), 2),
        [b'>', ..] => (Some(Op::Greater), 1),
        [b'<', ..] => (Some(Op::Less), 1),
        [b'=', ..] => (None, 1),
        _ => (None, 0),
    };
    (op, token.get(rest..).unwrap_or_default())
}

/// The token without its first star and the operator before that.
fn without_star(token: &str) -> String {
    let Some((before, after)) = token.split_once('*') else {
        return token.to_owned();
    };
    let before = before.strip_suffix('=').unwrap_or(before);
    let before = before.strip_suffix(['<', '>']).unwrap_or(before);
    format!("{before}{after}")
}

fn caret(partial: &Partial<'_>, out: &mut Vec<Comparator>) -> Result<(), String> {
    let zero = |part: Part<'_>| part == Some("0");
    let place = match partial.holes() {
        Holes::Major => return Ok(()),
        Holes::No if zero(partial.major) && zero(partial.minor) => Place::Patch,
        Holes::Patch | Holes::No if zero(partial.major) => Place::Minor,
        Holes::Minor | Holes::Patch | Holes::No => Place::Major,
    };
    between(partial, place, out)
}

fn tilde(partial: &Partial<'_>, out: &mut Vec<Comparator>) -> Result<(), String> {
    match partial.holes() {
        Holes::Major => Ok(()),
        Holes::Minor => between(partial, Place::Major, out),
        Holes::Patch | Holes::No => between(partial, Place::Minor, out),
    }
}

/// From the version to below the next number at this place. After a hole, numbers are left out.
fn between(partial: &Partial<'_>, place: Place, out: &mut Vec<Comparator>) -> Result<(), String> {
    let low = match partial.holes() {
        Holes::Minor => from(number(partial.major)?, 0),
        _ => partial.at_least()?,
    };
    push_low(low, out);
    out.push(partial.below_next(place)?);
    Ok(())
}

/// From `major.minor.0` on.
fn from(major: u64, minor: u64) -> Comparator {
    Comparator {
        op: Op::GreaterEq,
        triple: (major, minor, 0),
        pre: Prerelease::EMPTY,
    }
}

/// Adds a lower bound. `>=0.0.0` is `*` to node-semver and goes, so `^0 0.0.0-a` holds `0.0.0-a`; only `>=v0.0.0` is spared.
fn push_low(low: Comparator, out: &mut Vec<Comparator>) {
    if low.triple != (0, 0, 0) || !low.pre.is_empty() {
        out.push(low);
    }
}

fn x_range(op: Option<Op>, partial: &Partial<'_>, out: &mut Vec<Comparator>) -> Result<(), String> {
    let place = match partial.holes() {
        Holes::Major => {
            if matches!(op, Some(Op::Greater | Op::Less)) {
                out.push(below((0, 0, 0))?);
            }
            return Ok(());
        }
        Holes::Minor => Place::Major,
        Holes::Patch | Holes::No => Place::Minor,
    };
    let low = from(number(partial.major)?, number_or_zero(partial.minor)?);
    match op {
        None | Some(Op::Exact) => {
            push_low(low, out);
            out.push(partial.below_next(place)?);
        }
        Some(Op::GreaterEq) => push_low(low, out),
        Some(Op::Greater) => out.push(Comparator {
            op: Op::GreaterEq,
            triple: partial.below_next(place)?.triple,
            pre: Prerelease::EMPTY,
        }),
        Some(Op::Less) => out.push(below(low.triple)?),
        Some(Op::LessEq) => out.push(partial.below_next(place)?),
    }
    Ok(())
}
