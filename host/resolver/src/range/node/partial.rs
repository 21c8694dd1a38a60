//! Versions with holes, as node's dialect has them.
//!
//! Invariant: what [`Partial::read`] takes is what node-semver calls an x-range without an operator.

use semver::Prerelease;

use super::token::{Comparator, Op};
use super::{MAX, Triple};

/// The longest version that node-semver reads, in characters.
const LONGEST_VERSION: usize = 256;
/// The most that follows an identifier's first letter there.
const LONGEST_TAIL: usize = 250;

/// A number of a version, or a hole: `x`, `X`, `*` or nothing.
pub(super) type Part<'a> = Option<&'a str>;

/// A version that may have holes.
pub(super) struct Partial<'a> {
    /// Any of `v` and `=`, which may go before it.
    pub(super) prefix: &'a str,
    pub(super) major: Part<'a>,
    pub(super) minor: Part<'a>,
    pub(super) patch: Part<'a>,
    /// Whether a number comes after a hole, which only carets, tildes and hyphens let pass.
    pub(super) out_of_order: bool,
    pub(super) pre: Prerelease,
    /// What it is without the prefix, in characters.
    pub(super) length: usize,
}

impl<'a> Partial<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let body = text.trim_start_matches(['v', '=']);
        let prefix = text.get(..text.len() - body.len())?;
        let (numbers, tail) = match body.find('-') {
            Some(at) => (body.get(..at)?, body.get(at + 1..)),
            None => (body, None),
        };
        let mut parts = numbers.split('.');
        let major = part(parts.next()?)?;
        let (minor, patch) = (parts.next(), parts.next());
        if parts.next().is_some() || (tail.is_some() && patch.is_none()) {
            return None;
        }
        let pre = match tail {
            Some(tail) => pre_release(tail)?,
            None => Prerelease::EMPTY,
        };
        let minor_part = minor.map_or(Some(None), part)?;
        let patch_part = patch.map_or(Some(None), part)?;
        Some(Self {
            prefix,
            major,
            minor: minor_part,
            patch: patch_part,
            out_of_order: (major.is_none() && minor_part.is_some())
                || (minor_part.is_none() && patch_part.is_some()),
            pre,
            length: body.len(),
        })
    }

    /// A whole version as a comparison has it: nothing or one `v` before it.
    pub(super) fn whole(&self, op: Op) -> Result<Comparator, String> {
        if !matches!(self.prefix, "" | "v") {
            return Err(format!("`{}` can't stand before a whole version", self.prefix));
        }
        if self.length + self.prefix.len() > LONGEST_VERSION {
            return Err(format!(
                "a version in it has more than {LONGEST_VERSION} characters"
            ));
        }
        let triple = (number(self.major)?, number(self.minor)?, number(self.patch)?);
        let pre = self.pre.clone();
        Ok(Comparator { op, triple, pre })
    }

    /// The version itself as a lower bound, holes as zeros, whatever stands before it.
    pub(super) fn at_least(&self) -> Result<Comparator, String> {
        let pre = if self.patch.is_some() {
            self.pre.clone()
        } else {
            Prerelease::EMPTY
        };
        if self.patch.is_some() && self.length > LONGEST_VERSION {
            return Err(format!(
                "a version in it has more than {LONGEST_VERSION} characters"
            ));
        }
        let triple = (
            number(self.major)?,
            number_or_zero(self.minor)?,
            number_or_zero(self.patch)?,
        );
        let op = Op::GreaterEq;
        Ok(Comparator { op, triple, pre })
    }

    /// Whether there is a hole at the front, at the second place or before.
    pub(super) fn holes(&self) -> Holes {
        match (self.major, self.minor, self.patch) {
            (None, ..) => Holes::Major,
            (_, None, _) => Holes::Minor,
            (_, _, None) => Holes::Patch,
            _ => Holes::No,
        }
    }

    /// Below every version, with its pre-releases, that has a higher number at this place.
    pub(super) fn below_next(&self, place: Place) -> Result<Comparator, String> {
        let (major, minor) = (number(self.major)?, number_or_zero(self.minor)?);
        let triple = match place {
            Place::Major => (next(major)?, 0, 0),
            Place::Minor => (major, next(minor)?, 0),
            Place::Patch => (major, minor, next(number(self.patch)?)?),
        };
        below(triple)
    }
}

/// Where the first hole is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holes {
    Major,
    Minor,
    Patch,
    No,
}

#[derive(Clone, Copy)]
pub(super) enum Place {
    Major,
    Minor,
    Patch,
}

/// A number or a hole; `None` if it is neither.
fn part(text: &str) -> Option<Part<'_>> {
    match text {
        "x" | "X" | "*" => Some(None),
        _ => is_number(text).then_some(Some(text)),
    }
}

/// Digits without a zero before them.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty();
    digits && (text == "0" || !text.starts_with('0')) && text.len() <= LONGEST_VERSION + 1
}

fn pre_release(text: &str) -> Option<Prerelease> {
    let short = |identifier: &str| {
        let named = identifier.trim_start_matches(|c: char| c.is_ascii_digit());
        named.len() <= LONGEST_TAIL + 1 && identifier.len() - named.len() <= LONGEST_VERSION
    };
    let pre = Prerelease::new(text).ok()?;
    (!pre.is_empty() && text.split('.').all(short)).then_some(pre)
}

pub(super) fn number(part: Part<'_>) -> Result<u64, String> {
    let text = part.ok_or_else(|| "a number is missing".to_owned())?;
    let parsed = text.parse::<u64>().ok().filter(|n| *n <= MAX);
    parsed.ok_or_else(|| format!("the number {text} is above {MAX}"))
}

pub(super) fn number_or_zero(part: Part<'_>) -> Result<u64, String> {
    part.map_or(Ok(0), |text| number(Some(text)))
}

fn next(number: u64) -> Result<u64, String> {
    let next = number.checked_add(1).filter(|n| *n <= MAX);
    next.ok_or_else(|| format!("the number after {number} is above {MAX}"))
}

pub(super) fn below(triple: Triple) -> Result<Comparator, String> {
    let pre = Prerelease::new("0").map_err(|error| error.to_string())?;
    let op = Op::Less;
    Ok(Comparator { op, triple, pre })
}
