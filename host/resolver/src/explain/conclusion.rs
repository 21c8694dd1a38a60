//! What follows from several facts about the versions of one extension: that none is left.
//!
//! Invariant: it is only said where every version was looked at and is left out by one of the facts. Absent: other ways in which
//! facts contradict each other; there the facts say it themselves.

use std::collections::BTreeSet;

use super::sentence::{Sentences, listed};
use crate::catalog::Target;
use crate::range::Range;
use crate::solve::Fact;

impl Sentences<'_> {
    /// Where several facts of a set are about the versions of one extension and leave none of them: which of them leaves out
    /// which versions.
    pub(super) fn conclusion(&self, facts: &[Fact]) -> Vec<String> {
        let about = |fact: &Fact| match *fact {
            Fact::Request(number) => self.situation.wanted.get(number as usize).copied().flatten(),
            Fact::Pin(number) => {
                let mut pins = self.situation.pins.iter();
                pins.find(|pin| pin.2 == number).map(|pin| pin.0)
            }
            Fact::Requires {
                target: Target::Extension(other),
                optional: false,
                ..
            } => Some(other),
            _ => None,
        };
        let extensions: BTreeSet<u32> = facts.iter().filter_map(about).collect();
        let mut conclusions = Vec::new();
        for extension in extensions {
            let own: Vec<Fact> = facts
                .iter()
                .copied()
                .filter(|fact| about(fact) == Some(extension))
                .collect();
            let releases: Vec<u32> = self
                .catalog
                .releases_of(extension)
                .filter(|&release| self.situation.is_eligible(self.catalog, release))
                .collect();
            let left_out: Vec<Vec<u32>> = own
                .iter()
                .map(|&fact| {
                    let out = |release: &u32| !self.lets_in(fact, extension, *release, facts);
                    releases.iter().copied().filter(out).collect()
                })
                .collect();
            let gone = |release: &u32| left_out.iter().any(|out| out.contains(release));
            if own.len() < 2 || releases.is_empty() || !releases.iter().all(gone) {
                continue;
            }
            let parts = own.iter().zip(&left_out).filter(|(_, out)| !out.is_empty());
            let parts: Vec<String> = parts
                .map(|(&fact, out)| {
                    let version = |&release: &u32| {
                        let version = &self.catalog.release(release).version;
                        let only = if self.only_pre(fact, version, facts) {
                            " (only because pre-releases are not asked for)"
                        } else {
                            ""
                        };
                        format!("{version}{only}")
                    };
                    let who = match fact {
                        Fact::Requires { extension, .. } => format!("`{}`", self.name(extension)),
                        Fact::Pin(_) => "the pin".to_owned(),
                        _ => "your request".to_owned(),
                    };
                    format!("{who} leaves out {}", listed(out.iter().map(version).collect()))
                })
                .collect();
            conclusions.push(format!(
                "so no version of `{}` is left: {}",
                self.name(extension),
                parts.join(", ")
            ));
        }
        conclusions
    }

    /// Whether a fact leaves a version out only because pre-releases are not asked for.
    fn only_pre(&self, fact: Fact, version: &semver::Version, facts: &[Fact]) -> bool {
        let would = |range: &Range| range.would_match_if_pre_releases_were_asked(version);
        match fact {
            Fact::Request(number) => {
                let range = self.situation.ranges.get(number as usize);
                range.and_then(Option::as_ref).is_some_and(would)
            }
            Fact::Requires {
                extension,
                target,
                optional,
            } => {
                let forms = self.forms(extension, target, optional, facts);
                let mut ranges = forms
                    .keys()
                    .filter_map(|&number| self.catalog.range(self.catalog.need(number)));
                ranges.any(would)
            }
            _ => false,
        }
    }

    /// Whether a fact lets a release of an extension in, in some form of it.
    fn lets_in(&self, fact: Fact, extension: u32, release: u32, facts: &[Fact]) -> bool {
        let Fact::Requires {
            extension: who,
            target,
            optional,
        } = fact
        else {
            return self.allows(fact, extension, release);
        };
        let forms = self.forms(who, target, optional, facts);
        let requiring: BTreeSet<u32> = forms.values().flatten().copied().collect();
        let free = |release: &u32| !requiring.contains(release);
        self.possible(who, facts).iter().any(free)
            || forms.keys().any(|&number| {
                let mut met = Vec::new();
                let need = self.catalog.need(number);
                self.situation.candidates(self.catalog, number, need, &mut met);
                met.contains(&release)
            })
    }
}
