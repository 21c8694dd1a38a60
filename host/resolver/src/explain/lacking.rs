//! Why nothing can be chosen for something that is asked for.
//!
//! Invariant: what is said to be lacking was looked for among all releases. Absent: what is only kept out by something else
//! that is chosen; that is a contradiction of several facts.

use super::sentence::{Sentences, listed};
use crate::catalog::{Need, Target};
use crate::range::Range;
use crate::solve::Fact;

impl Sentences<'_> {
    /// What stands against an extension in a range: that there is none, or which versions there are and why not these.
    pub(super) fn lacking(&self, id: &str, range: Option<&Range>) -> Option<(&'static str, String)> {
        let extension = self.catalog.extension(id);
        let releases: Vec<u32> = extension
            .map(|e| self.catalog.releases_of(e).collect())
            .unwrap_or_default();
        if releases.is_empty() {
            let near: Vec<String> = self.near(id);
            let near = if near.is_empty() {
                String::new()
            } else {
                format!(" (it has {})", near.join(", "))
            };
            return Some(("missing", format!("the catalog does not have `{id}`{near}")));
        }
        let asks = range.filter(|range| !crate::catalog::asks_nothing(range.text(), self.catalog.dialect()));
        let (mut yanked, mut pre, mut other) = (Vec::new(), Vec::new(), Vec::new());
        for &release in &releases {
            let version = &self.catalog.release(release).version;
            let special = self.situation.is_special(release);
            let (fits, would) = match asks {
                None => (version.pre.is_empty() || special, true),
                Some(range) => (
                    range.matches(version),
                    range.would_match_if_pre_releases_were_asked(version),
                ),
            };
            if fits && self.situation.is_eligible(self.catalog, release) {
                return None;
            }
            if fits {
                yanked.push(version.to_string());
            } else if would && !version.pre.is_empty() {
                pre.push(version.to_string());
            } else {
                other.push(version.to_string());
            }
        }
        let mut parts = Vec::new();
        if !other.is_empty() {
            parts.push(format!("there is only {}", listed(other)));
        }
        if !yanked.is_empty() {
            parts.push(format!("{} would do, but it is yanked", listed(yanked)));
        }
        if !pre.is_empty() {
            parts.push(format!(
                "{} is left out only because pre-releases are not asked for",
                listed(pre)
            ));
        }
        Some((
            "out-of-range",
            format!("no version of `{id}` can be chosen for it: {}", parts.join("; ")),
        ))
    }

    fn near(&self, id: &str) -> Vec<String> {
        let known = (0..).zip(&self.catalog.extensions).filter(|&(number, name)| {
            let there = !self.catalog.releases_of(number).is_empty();
            there && distance(id, name) * 3 <= id.len()
        });
        known.take(3).map(|(_, name)| format!("`{name}`")).collect()
    }

    /// Why a requirement can't be met at all, if it can't in any of its forms.
    pub(super) fn unmeetable(
        &self,
        extension: u32,
        target: Target,
        facts: &[Fact],
    ) -> Option<(&'static str, String)> {
        let mut why = None;
        for (need, _) in self.forms(extension, target, false, facts) {
            why = Some(self.unmet(need)?);
        }
        why
    }

    /// Why nothing meets a need, if nothing does.
    pub(super) fn unmet(&self, number: u32) -> Option<(&'static str, String)> {
        let need = self.catalog.need(number);
        let mut found = Vec::new();
        self.situation.candidates(self.catalog, number, need, &mut found);
        if !found.is_empty() {
            return None;
        }
        match need.target {
            Target::Extension(other) => self.lacking(self.name(other), self.catalog.range(need)),
            Target::Capability(capability) => Some(self.unprovided(capability, need)),
            Target::Resource(_) => None,
        }
    }

    /// What each provider of a capability lacks.
    fn unprovided(&self, capability: u32, need: &Need) -> (&'static str, String) {
        let name = self.catalog.capability_name(capability);
        let mut parts = Vec::new();
        for &release in self.catalog.providers(capability) {
            let who = crate::answer::named(self.catalog, release);
            let own = self.catalog.provides(release).iter();
            for provision in own.filter(|provision| provision.capability == capability) {
                parts.push(if self.catalog.meets(provision, need) {
                    format!("{who} would do, but it is yanked")
                } else if need.policy.is_some() && need.policy != provision.policy {
                    match provision.policy {
                        Some(policy) => {
                            format!("{who} provides it under policy `{}`", self.catalog.policy_name(policy))
                        }
                        None => format!("{who} provides it without a policy"),
                    }
                } else {
                    match (&provision.version, self.catalog.range(need)) {
                        (Some(version), Some(range))
                            if range.would_match_if_pre_releases_were_asked(version) =>
                        {
                            format!(
                                "{who} provides {version}, left out only because pre-releases are not asked for"
                            )
                        }
                        (Some(version), _) => format!("{who} provides {version}"),
                        (None, _) => format!("{who} provides it without a version"),
                    }
                });
            }
        }
        if parts.is_empty() {
            return ("missing", format!("nothing in the catalog provides `{name}`"));
        }
        (
            "out-of-range",
            format!("nothing provides `{name}` like this: {}", listed(parts)),
        )
    }
}

/// How many letters have to be changed, added or left out; at least 3 where the lengths differ by more than 2.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 {
        return 3;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (above, against) in row.iter().skip(1).zip(other.bytes()) {
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(letter != against));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(3)
}
