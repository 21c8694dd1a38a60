//! The plan that leads a site from what is installed to the answer: what to deactivate, replace and activate, in order.
//!
//! Semantics that are decided here: the plan is about what differs; where nothing is installed there is none, and the levels of
//! activation say all. What stands in a cycle is not activated, and what is installed and in no catalog any more goes first. Steps
//! with the same number are taken at once, which only happens where one after the other can't hold.
//!
//! Invariant: after each step nothing is broken that is not broken before the first or after the last one. Absent: the search
//! ([`crate::order::transition`]).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::{Catalog, Target};
use crate::order::{Rules, Step, transition};
use crate::request::Request;
use crate::solve::{Situation, clash};

/// How many extensions are looked at in all to find a plan; a set of 50 can be checked 8,000 times.
const EFFORT: usize = 400_000;

/// One change to one extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanStep {
    /// Its place in the plan, from 1 on. Steps with the same number are taken at once.
    pub step: u32,
    /// `deactivate`, `upgrade`, `downgrade` or `activate`.
    pub action: &'static str,
    /// The extension.
    pub id: String,
    /// The version that is active then; the one that was, for what is deactivated.
    pub version: String,
    /// The version before, for what is upgraded or downgraded.
    pub from: Option<String>,
}

/// The plan from what is installed to a set, of which some can't be activated.
pub(crate) fn plan(
    catalog: &Catalog,
    request: &Request,
    situation: &Situation,
    set: &[u32],
    quarantined: &[u32],
) -> Vec<PlanStep> {
    if request.installed.is_empty() {
        return Vec::new();
    }
    let extension = |release: u32| catalog.release(release).extension;
    let current: BTreeMap<u32, u32> = situation.installed.iter().copied().collect();
    let active = set.iter().map(|&release| (extension(release), release));
    let target: BTreeMap<u32, u32> = active.filter(|(e, _)| !quarantined.contains(e)).collect();
    let mut steps = Vec::new();
    let mut number = 0;
    for (id, version) in &request.installed {
        let known = catalog.extension(id).and_then(|e| catalog.find(e, version));
        if known.is_none() {
            number += 1;
            steps.push(PlanStep {
                step: number,
                action: "deactivate",
                id: id.clone(),
                version: version.to_string(),
                from: None,
            });
        }
    }
    let mut rules = Declared { catalog, situation };
    let budget = EFFORT / (current.len() + target.len()).max(1);
    let found = transition(&current, &target, &mut rules, budget.max(16));
    let version = |release: u32| catalog.release(release).version.to_string();
    for group in found.groups {
        number += 1;
        for step in group.steps {
            let (action, to, from) = match step {
                Step::Deactivate { version, .. } => ("deactivate", version, None),
                Step::Activate { version, .. } => ("activate", version, None),
                Step::Replace { from, to, .. } => {
                    let (old, new) = (&catalog.release(from).version, &catalog.release(to).version);
                    let up = new.cmp_precedence(old).is_gt();
                    (if up { "upgrade" } else { "downgrade" }, to, Some(from))
                }
            };
            steps.push(PlanStep {
                step: number,
                action,
                id: catalog.extension_name(step.id()).to_owned(),
                version: version(to),
                from: from.map(version),
            });
        }
    }
    steps
}

/// What the catalog declares, as rules for what is active.
struct Declared<'a> {
    catalog: &'a Catalog,
    situation: &'a Situation,
}

/// Something that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Broken {
    /// A release lacks what meets a need.
    Need(u32, u32),
    /// Two releases can't be together.
    Pair(u32, u32),
}

impl Rules for Declared<'_> {
    type Fact = Broken;

    fn broken(&mut self, active: &BTreeMap<u32, u32>) -> Vec<Broken> {
        let catalog = self.catalog;
        let extension = |release: u32| catalog.release(release).extension;
        let is_active = |release: u32| active.get(&extension(release)) == Some(&release);
        let mut broken = Vec::new();
        let mut claims: Vec<(Target, u32)> = Vec::new();
        for &release in active.values() {
            for requirement in catalog.requires(release) {
                let need = catalog.need(requirement.need);
                let met = catalog.met_by(requirement.need);
                let other = |other: &u32| !requirement.optional || *other != release;
                let mut fine = met.iter().filter(|r| other(r)).any(|&release| is_active(release));
                if let Target::Extension(to) = need.target {
                    let there = active.get(&to);
                    // A pre-release that is installed or pinned meets a need without a range too.
                    fine |= there.is_some_and(|&r| need.any && self.situation.is_special(r));
                    fine |= requirement.optional && there.is_none();
                } else if let Target::Capability(capability) = need.target {
                    let mut providers = catalog.providers(capability).iter();
                    fine |= requirement.optional && !providers.any(|&r| r != release && is_active(r));
                }
                if !fine {
                    broken.push(Broken::Need(release, requirement.need));
                }
            }
            for conflict in catalog.conflicts(release).iter().filter(|c| c.error) {
                for &other in catalog.met_by(conflict.need) {
                    if extension(other) != extension(release) && is_active(other) {
                        broken.push(Broken::Pair(release.min(other), release.max(other)));
                    }
                }
            }
            let provided = catalog.provides(release).iter();
            claims.extend(provided.map(|p| (Target::Capability(p.capability), release)));
            let used = catalog.uses(release).iter();
            claims.extend(used.map(|u| (Target::Resource(u.resource), release)));
        }
        claims.sort_unstable();
        claims.dedup();
        for same in claims.chunk_by(|one, other| one.0 == other.0) {
            for (at, &(target, one)) in same.iter().enumerate() {
                for &(_, other) in same.iter().skip(at + 1) {
                    if self.clash(target, one, other) {
                        broken.push(Broken::Pair(one.min(other), one.max(other)));
                    }
                }
            }
        }
        broken
    }
}

impl Declared<'_> {
    fn clash(&self, target: Target, one: u32, other: u32) -> bool {
        let catalog = self.catalog;
        match target {
            Target::Capability(capability) => {
                let (exclusive, policies) = clash(catalog.provides(one), catalog.provides(other), capability);
                exclusive || policies
            }
            Target::Resource(resource) => {
                let mut uses = catalog.uses(one).iter().chain(catalog.uses(other));
                uses.any(|used| used.resource == resource && used.exclusive)
            }
            Target::Extension(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
