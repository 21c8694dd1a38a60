//! The independent checker: whether a set of releases satisfies a request, said from the rules alone.
//!
//! It knows nothing of the solver and of graphs; it is what tests hold both answers against, and what every fix and every
//! answer goes through before it is shown. Invariant: what it accepts satisfies every rule in [`crate::solve`]. Absent:
//! whether another set would be better.

use crate::catalog::{Catalog, Need, Provision, Target};
use crate::request::Request;
use crate::solve::Situation;

/// Whether the releases satisfy the request; if not, the first rule that is broken.
pub(crate) fn check(catalog: &Catalog, request: &Request, set: &[u32]) -> Result<(), String> {
    let rules = Rules {
        catalog,
        situation: Situation::new(catalog, request),
        set,
    };
    for (at, &release) in set.iter().enumerate() {
        let extension = catalog.release(release).extension;
        if set.iter().skip(at + 1).any(|&other| catalog.release(other).extension == extension) {
            return Err(format!("{} is there twice", rules.name(release)));
        }
        rules.release(release)?;
        for &other in set.iter().filter(|&&other| other != release) {
            rules.pair(release, other)?;
        }
    }
    for (number, wanted) in request.requested.iter().enumerate() {
        let met = rules.situation.requested(catalog, number);
        if !met.iter().any(|release| set.contains(release)) {
            return Err(format!("`{}` is requested", wanted.id));
        }
    }
    for (id, version) in &request.pins {
        let differs = |release: &&u32| {
            let release = catalog.release(**release);
            catalog.extension_name(release.extension) == id && release.version.cmp_precedence(version).is_ne()
        };
        if set.iter().any(|release| differs(&release)) {
            return Err(format!("`{id}` is pinned to {version}"));
        }
    }
    for (capability, policy) in &request.policies {
        let differs = |p: &Provision| {
            let stated = p.policy.is_some_and(|stated| catalog.policy_name(stated) != policy);
            catalog.capability_name(p.capability) == capability && stated
        };
        if set.iter().any(|&release| catalog.provides(release).iter().any(differs)) {
            return Err(format!("policy {policy} for {capability}"));
        }
    }
    Ok(())
}

struct Rules<'a> {
    catalog: &'a Catalog,
    situation: Situation,
    set: &'a [u32],
}

impl Rules<'_> {
    fn name(&self, release: u32) -> String {
        let release = self.catalog.release(release);
        format!("`{}` {}", self.catalog.extension_name(release.extension), release.version)
    }

    /// Whether a release meets a need by itself.
    fn meets(&self, release: u32, need: &Need) -> bool {
        let version = &self.catalog.release(release).version;
        let range = self.catalog.range(need).filter(|_| !need.any);
        match need.target {
            Target::Extension(extension) => {
                self.catalog.release(release).extension == extension
                    && match range {
                        Some(range) => range.matches(version),
                        None => need.every || version.pre.is_empty() || self.situation.is_special(release),
                    }
            }
            Target::Capability(capability) => self.catalog.provides(release).iter().any(|p| {
                let in_range = |range: &crate::Range| p.version.as_ref().is_some_and(|v| range.matches(v));
                p.capability == capability
                    && need.policy.is_none_or(|policy| p.policy == Some(policy))
                    && range.is_none_or(in_range)
            }),
            Target::Resource(resource) => self.catalog.uses(release).iter().any(|used| used.resource == resource),
        }
    }

    fn concerns(&self, release: u32, target: Target) -> bool {
        match target {
            Target::Extension(extension) => self.catalog.release(release).extension == extension,
            Target::Capability(c) => self.catalog.provides(release).iter().any(|p| p.capability == c),
            Target::Resource(_) => false,
        }
    }

    fn release(&self, release: u32) -> Result<(), String> {
        let (catalog, set) = (self.catalog, self.set);
        let name = self.name(release);
        if !self.situation.is_eligible(catalog, release) {
            return Err(format!("{name} is yanked"));
        }
        let asks = |&other: &u32| {
            let requires = catalog.requires(other).iter().filter(|requirement| !requirement.optional);
            let mut needs = requires.map(|requirement| catalog.need(requirement.need));
            needs.any(|need| matches!(need.target, Target::Extension(_)) && !need.any && self.meets(release, need))
        };
        if !catalog.release(release).version.pre.is_empty()
            && !self.situation.is_special(release)
            && !self.situation.asks_for(catalog, release)
            && !set.iter().any(asks)
        {
            return Err(format!("{name} is a pre-release that nothing asks for"));
        }
        for requirement in catalog.requires(release) {
            let need = catalog.need(requirement.need);
            let met = |own: bool| {
                let mut met = set.iter().filter(|&&other| own || other != release);
                met.any(|&other| self.meets(other, need))
            };
            let fine = if requirement.optional {
                let there = |&&other: &&u32| other != release && self.concerns(other, need.target);
                set.iter().find(there).is_none() || met(false)
            } else {
                met(true)
            };
            if !fine {
                return Err(format!("{name} requires {need:?}"));
            }
        }
        Ok(())
    }

    fn pair(&self, release: u32, other: u32) -> Result<(), String> {
        let catalog = self.catalog;
        let (name, against) = (self.name(release), self.name(other));
        let mut conflicts = catalog.conflicts(release).iter().filter(|conflict| conflict.error);
        if conflicts.any(|conflict| self.meets(other, catalog.need(conflict.need))) {
            return Err(format!("{name} conflicts with {against}"));
        }
        for mine in catalog.provides(release) {
            for theirs in catalog.provides(other).iter().filter(|p| p.capability == mine.capability) {
                let differ = mine.policy.is_some() && theirs.policy.is_some() && mine.policy != theirs.policy;
                if mine.exclusive || theirs.exclusive || differ {
                    return Err(format!("{name} and {against} claim a capability"));
                }
            }
        }
        for mine in catalog.uses(release) {
            let mut theirs = catalog.uses(other).iter().filter(|used| used.resource == mine.resource);
            if theirs.any(|theirs| mine.exclusive || theirs.exclusive) {
                return Err(format!("{name} and {against} claim a resource"));
            }
        }
        Ok(())
    }
}
