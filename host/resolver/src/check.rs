//! The independent checker: whether a set of releases satisfies a request, said from the rules alone.
//!
//! It knows nothing of the solver and of graphs; it is what tests hold both answers against, and what every fix and every
//! answer goes through before it is shown. Invariant: what it accepts satisfies every rule in [`crate::solve`]. Absent:
//! whether another set would be better.

mod answer;

pub use answer::verify;

use crate::catalog::{Catalog, Need, Provision, Target};
use crate::request::Request;
use crate::solve::Situation;

/// Whether the releases satisfy the request; if not, the first rule that is broken.
pub(crate) fn check(catalog: &Catalog, request: &Request, set: &[u32]) -> Result<(), String> {
    check_in(catalog, request, &Situation::new(catalog, request), set)
}

/// [`check`], where the request's situation is known.
pub(crate) fn check_in(
    catalog: &Catalog,
    request: &Request,
    situation: &Situation,
    set: &[u32],
) -> Result<(), String> {
    let mut set = set.to_vec();
    set.sort_unstable();
    let set = set.as_slice();
    let rules = Rules::new(catalog, situation, set);
    for pair in set.windows(2) {
        if let &[one, other] = pair
            && catalog.release(one).extension == catalog.release(other).extension
        {
            return Err(format!("{} is there twice", rules.name(one)));
        }
    }
    for &release in set {
        rules.release(release)?;
        rules.claims(release)?;
    }
    for (number, wanted) in request.requested.iter().enumerate() {
        let met = rules.situation.requested(catalog, number);
        if !met.iter().any(|release| set.binary_search(release).is_ok()) {
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
            let stated = p
                .policy
                .is_some_and(|stated| catalog.policy_name(stated) != policy);
            catalog.capability_name(p.capability) == capability && stated
        };
        if set
            .iter()
            .any(|&release| catalog.provides(release).iter().any(differs))
        {
            return Err(format!("policy {policy} for {capability}"));
        }
    }
    Ok(())
}

struct Rules<'a> {
    catalog: &'a Catalog,
    situation: &'a Situation,
    set: &'a [u32],
    provided: Vec<(u32, u32)>,
    used: Vec<(u32, u32)>,
}

impl<'a> Rules<'a> {
    /// Over a set, ascending.
    fn new(catalog: &'a Catalog, situation: &'a Situation, set: &'a [u32]) -> Self {
        let provided = set.iter().flat_map(|&release| {
            let provisions = catalog.provides(release).iter();
            provisions.map(move |provision| (provision.capability, release))
        });
        let used = set.iter().flat_map(|&release| {
            catalog
                .uses(release)
                .iter()
                .map(move |used| (used.resource, release))
        });
        let (mut provided, mut used): (Vec<_>, Vec<_>) = (provided.collect(), used.collect());
        provided.sort_unstable();
        used.sort_unstable();
        Self {
            catalog,
            situation,
            set,
            provided,
            used,
        }
    }
}

impl Rules<'_> {
    fn name(&self, release: u32) -> String {
        let release = self.catalog.release(release);
        format!(
            "`{}` {}",
            self.catalog.extension_name(release.extension),
            release.version
        )
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
            Target::Resource(resource) => self
                .catalog
                .uses(release)
                .iter()
                .any(|used| used.resource == resource),
        }
    }

    /// The releases of the set that a target is about.
    fn about(&self, target: Target) -> Vec<u32> {
        let run = |all: &[(u32, u32)], key: u32| -> Vec<u32> {
            let from = all.partition_point(|&(other, _)| other < key);
            all.iter()
                .skip(from)
                .take_while(|&&(other, _)| other == key)
                .map(|&(_, release)| release)
                .collect()
        };
        match target {
            Target::Extension(extension) => {
                let releases = self.catalog.releases_of(extension);
                let from = self.set.partition_point(|&release| release < releases.start);
                self.set
                    .iter()
                    .copied()
                    .skip(from)
                    .take_while(|&release| release < releases.end)
                    .collect()
            }
            Target::Capability(capability) => run(&self.provided, capability),
            Target::Resource(resource) => run(&self.used, resource),
        }
    }

    fn release(&self, release: u32) -> Result<(), String> {
        let catalog = self.catalog;
        let name = || self.name(release);
        if !self.situation.is_eligible(catalog, release) {
            return Err(format!("{} is yanked", name()));
        }
        let asks = |&other: &u32| {
            let requires = catalog
                .requires(other)
                .iter()
                .filter(|requirement| !requirement.optional);
            let mut needs = requires.map(|requirement| catalog.need(requirement.need));
            needs.any(|need| {
                matches!(need.target, Target::Extension(_)) && !need.any && self.meets(release, need)
            })
        };
        if !catalog.release(release).version.pre.is_empty()
            && !self.situation.is_special(release)
            && !self.situation.asks_for(catalog, release)
            && !self.set.iter().any(asks)
        {
            return Err(format!("{} is a pre-release that nothing asks for", name()));
        }
        for requirement in catalog.requires(release) {
            let need = catalog.need(requirement.need);
            let there = self.about(need.target);
            let fine = if requirement.optional {
                let mut others = there.iter().filter(|&&other| other != release).peekable();
                others.peek().is_none() || others.any(|&other| self.meets(other, need))
            } else {
                there.iter().any(|&other| self.meets(other, need))
            };
            if !fine {
                return Err(format!("{} requires {need:?}", name()));
            }
        }
        Ok(())
    }

    fn claims(&self, release: u32) -> Result<(), String> {
        let catalog = self.catalog;
        let others = |target: Target| {
            self.about(target)
                .into_iter()
                .filter(move |&other| other != release)
        };
        for conflict in catalog
            .conflicts(release)
            .iter()
            .filter(|conflict| conflict.error)
        {
            let need = catalog.need(conflict.need);
            if let Some(other) = others(need.target).find(|&other| self.meets(other, need)) {
                return Err(format!(
                    "{} conflicts with {}",
                    self.name(release),
                    self.name(other)
                ));
            }
        }
        for mine in catalog.provides(release) {
            for other in others(Target::Capability(mine.capability)) {
                for theirs in catalog
                    .provides(other)
                    .iter()
                    .filter(|p| p.capability == mine.capability)
                {
                    let differ =
                        mine.policy.is_some() && theirs.policy.is_some() && mine.policy != theirs.policy;
                    if mine.exclusive || theirs.exclusive || differ {
                        return Err(format!(
                            "{} and {} claim a capability",
                            self.name(release),
                            self.name(other)
                        ));
                    }
                }
            }
        }
        for mine in catalog.uses(release) {
            for other in others(Target::Resource(mine.resource)) {
                let mut theirs = catalog
                    .uses(other)
                    .iter()
                    .filter(|used| used.resource == mine.resource);
                if theirs.any(|theirs| mine.exclusive || theirs.exclusive) {
                    return Err(format!(
                        "{} and {} claim a resource",
                        self.name(release),
                        self.name(other)
                    ));
                }
            }
        }
        Ok(())
    }
}
