//! Debian's order of versions, as policy 5.6.12 has it: epoch, upstream version, revision; in these, runs that are not digits by a
//! modified ASCII order (`~` before the end, letters before everything else) and runs of digits by their value.

use std::cmp::Ordering;

/// A version in Debian's order. Two that compare as equal may be written differently: `1.0` and `0:1.0-0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version<'a> {
    epoch: &'a str,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> Version<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let (epoch, rest) = text.split_once(':').unwrap_or(("", text));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self {
            epoch,
            upstream,
            revision,
        }
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        number(self.epoch, other.epoch)
            .then_with(|| part(self.upstream, other.upstream))
            .then_with(|| part(self.revision, other.revision))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version<'_> {}

fn part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (words, rest) = (run(a, false), run(b, false));
        let order = text(words.0, rest.0);
        let (digits, others) = (run(words.1, true), run(rest.1, true));
        let order = order.then_with(|| number(digits.0, others.0));
        if order.is_ne() {
            return order;
        }
        (a, b) = (digits.1, others.1);
    }
    Ordering::Equal
}

/// The first characters that are digits, or that are none, and the rest.
fn run(text: &str, digits: bool) -> (&str, &str) {
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at(end)
}

fn number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    (a.len(), a).cmp(&(b.len(), b))
}

fn text(a: &str, b: &str) -> Ordering {
    let weight = |c: Option<char>| match c {
        Some('~') => (0, '~'),
        None => (1, ' '),
        Some(c) if c.is_ascii_alphabetic() => (2, c),
        Some(c) => (3, c),
    };
    let (mut a, mut b) = (a.chars(), b.chars());
    loop {
        let (x, y) = (a.next(), b.next());
        let order = weight(x).cmp(&weight(y));
        if order.is_ne() || (x.is_none() && y.is_none()) {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_policy_and_of_dpkg() {
        let ascending = [
            "0",
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0",
            "1.0a",
            "1.0b",
            "1.0+x",
            "1.0.1",
            "1.0.9",
            "1.0.10",
            "1.1~rc1-1",
            "1.1",
            "1.1-1",
            "1.1-1+b1",
            "1:0.1",
        ];
        for (at, low) in ascending.iter().enumerate() {
            for high in &ascending[at + 1..] {
                assert!(Version::new(low) < Version::new(high), "{low} < {high}");
            }
        }
        assert!(
            Version::new("1.0") == Version::new("0:1.0-0") && Version::new("1.01") == Version::new("1.1")
        );
    }
}
