//! The clauses of a release, made when it is first chosen, and the variables in them.

use super::core::{Lit, NONE};
use super::{Fact, Kind, Solver};
use crate::catalog::{Provision, Target};

impl Solver<'_> {
    pub(super) fn variable(&mut self, kind: Kind, group: u32, wanted: bool) -> u32 {
        self.ranks.push(match kind {
            Kind::Release(release) => self.situation.rank_of(self.catalog, release),
            _ => 0,
        });
        self.kinds.push(kind);
        self.core.variable(group, wanted)
    }

    /// The literal of a release.
    pub(crate) fn release(&mut self, release: u32) -> Lit {
        let known = self.releases.get(release as usize).copied().unwrap_or(NONE);
        if known != NONE {
            return known;
        }
        let extension = self.catalog.release(release).extension;
        let lit = self.variable(Kind::Release(release), extension, true) * 2;
        if let Some(slot) = self.releases.get_mut(release as usize) {
            *slot = lit;
        }
        for index in 0..self.counters.len() {
            if let Some(&counted) = self.counters.get(index)
                && self.counts(counted, extension)
            {
                self.core.count(index, lit);
            }
        }
        lit
    }

    /// Whether a release can be chosen at all, so that it is worth a variable.
    pub(super) fn is_open(&self, release: u32) -> bool {
        if !self.situation.is_eligible(self.catalog, release) {
            return false;
        }
        if let Some(&cap) = self.caps.get(self.catalog.release(release).extension as usize)
            && self.situation.rank_of(self.catalog, release) > cap
        {
            return false;
        }
        if self.facts.on {
            return true;
        }
        let situation = &self.situation;
        let extension = self.catalog.release(release).extension;
        let pinned = situation.pins.iter().find(|&&(pinned, ..)| pinned == extension);
        if pinned.is_some_and(|&(_, pinned, _)| pinned != Some(release)) {
            return false;
        }
        let breaks = |&(capability, policy, _): &(u32, Option<u32>, u32)| {
            self.breaks_policy(release, capability, policy)
        };
        !situation.policies.iter().any(breaks)
    }

    /// Whether a release provides a capability under another policy than this.
    pub(super) fn breaks_policy(&self, release: u32, capability: u32, policy: Option<u32>) -> bool {
        let differs = |p: &Provision| p.capability == capability && p.policy.is_some() && p.policy != policy;
        self.catalog.provides(release).iter().any(differs)
    }

    /// A literal that is true only if one of these releases is in; none if none of them can be.
    pub(crate) fn any_of(&mut self, releases: &[u32]) -> Option<Lit> {
        let mut lits: Vec<Lit> = Vec::with_capacity(releases.len());
        for &release in releases {
            if self.is_open(release) {
                let lit = self.release(release);
                if !(self.core.is_false(lit) && self.core.level_of(lit) == 0) {
                    lits.push(lit);
                }
            }
        }
        match *lits.as_slice() {
            [] => None,
            [one] => Some(one),
            _ => {
                let number = u32::try_from(self.choices.len()).unwrap_or(NONE);
                let lit = self.variable(Kind::Choice(number), NONE, false) * 2;
                self.clause(&lits, Some(lit ^ 1));
                self.choices.push(lits);
                Some(lit)
            }
        }
    }

    /// The literal of a need that is to be met.
    fn need(&mut self, number: u32) -> Option<Lit> {
        const NEVER: u32 = NONE - 1;
        match self.needs.get(number as usize).copied().unwrap_or(NONE) {
            NONE => {}
            NEVER => return None,
            known => return Some(known),
        }
        let mut candidates = Vec::new();
        let need = *self.catalog.need(number);
        self.situation
            .candidates(self.catalog, number, &need, &mut candidates);
        let lit = self.any_of(&candidates);
        if let Some(slot) = self.needs.get_mut(number as usize) {
            *slot = lit.unwrap_or(NEVER);
        }
        lit
    }

    /// The literal to add to the clauses of a fact, if facts can be switched off.
    pub(super) fn guard(&mut self, fact: Fact) -> Option<Lit> {
        if !self.facts.on {
            return None;
        }
        if let Some(&known) = self.facts.variables.get(&fact) {
            return Some(known * 2 + 1);
        }
        let number = u32::try_from(self.facts.list.len()).unwrap_or(NONE);
        let variable = self.variable(Kind::Fact(number), NONE, false);
        self.facts.list.push(fact);
        self.facts.variables.insert(fact, variable);
        self.facts.pending.push(variable * 2);
        Some(variable * 2 + 1)
    }

    /// Adds a clause. False if that is a contradiction as things stand.
    pub(super) fn clause(&mut self, lits: &[Lit], guard: Option<Lit>) -> bool {
        let mut clause = std::mem::take(&mut self.clause);
        clause.clear();
        clause.extend(lits.iter().copied().chain(guard));
        let fine = self.core.add(&mut clause);
        self.clause = clause;
        fine
    }

    /// Makes the clauses of a release that has become true. False if one of them is contradicted; the rest are then made
    /// all the same.
    pub(super) fn load(&mut self, release: u32) -> bool {
        let catalog = self.catalog;
        if let Some(loaded) = self.loaded.get_mut(release as usize) {
            if *loaded {
                return true;
            }
            *loaded = true;
        }
        let own = catalog.release(release).extension;
        let out = self.release(release) ^ 1;
        // All literals come first: the clauses may take the search back, and then their order would matter.
        let mut clauses = std::mem::take(&mut self.batch);
        for requirement in catalog.requires(release) {
            let target = catalog.need(requirement.need).target;
            let fact = Fact::Requires {
                extension: own,
                target,
                optional: requirement.optional,
            };
            if requirement.optional {
                self.optional(release, requirement.need, fact, &mut clauses);
            } else if !(matches!(target, Target::Capability(_))
                && catalog.met_by(requirement.need).binary_search(&release).is_ok())
            {
                let met = self.need(requirement.need);
                let guard = self.guard(fact);
                clauses.push([out].into_iter().chain(met).chain(guard));
            }
        }
        for conflict in catalog
            .conflicts(release)
            .iter()
            .filter(|conflict| conflict.error)
        {
            for &other in catalog.met_by(conflict.need) {
                let extension = catalog.release(other).extension;
                if extension != own && self.is_open(other) {
                    let lit = self.release(other) ^ 1;
                    let guard = self.guard(Fact::Conflict {
                        extension: own,
                        other: extension,
                        target: catalog.need(conflict.need).target,
                    });
                    clauses.push([out, lit].into_iter().chain(guard));
                }
            }
        }
        self.claims(release, &mut clauses);
        if !catalog.release(release).version.pre.is_empty()
            && !self.situation.is_special(release)
            && !self.situation.asks_for(catalog, release)
        {
            let askers = catalog.askers(own).iter();
            let asking: Vec<u32> = askers
                .filter(|(_, need)| catalog.met_by(*need).binary_search(&release).is_ok())
                .map(|&(asker, _)| asker)
                .collect();
            let asked = self.any_of(&asking);
            clauses.push([out].into_iter().chain(asked));
        }
        let fine = self.add_all(&clauses);
        clauses.clear();
        self.batch = clauses;
        fine
    }

    /// Adds clauses of a release that is chosen right now. The one that is contradicted comes last, so that what there is
    /// to learn from is the last thing that was found.
    fn add_all(&mut self, clauses: &Batch) -> bool {
        let mut wrong = None;
        for lits in clauses.iter() {
            let contradicted = wrong.is_none() && lits.iter().all(|&lit| self.core.is_false(lit));
            if (contradicted || !self.clause(lits, None)) && wrong.is_none() {
                wrong = Some(lits);
            }
        }
        wrong.is_none_or(|lits| self.clause(lits, None))
    }

    fn optional(&mut self, release: u32, number: u32, fact: Fact, clauses: &mut Batch) {
        let catalog = self.catalog;
        let own = catalog.release(release).extension;
        let out = self.release(release) ^ 1;
        let need = *catalog.need(number);
        let met = catalog.met_by(number);
        let all: Vec<u32> = match need.target {
            Target::Extension(extension) => catalog.releases_of(extension).collect(),
            Target::Capability(capability) => catalog.providers(capability).to_vec(),
            Target::Resource(_) => Vec::new(),
        };
        let others = |release: &u32| catalog.release(*release).extension != own;
        let unmet: Vec<u32> = all
            .into_iter()
            .filter(|release| others(release) && met.binary_search(release).is_err())
            .filter(|&release| self.is_open(release))
            .collect();
        if unmet.is_empty() {
            return;
        }
        let instead = match need.target {
            Target::Capability(_) => {
                let met: Vec<u32> = met.iter().copied().filter(others).collect();
                self.any_of(&met)
            }
            _ => None,
        };
        for other in unmet {
            let lit = self.release(other) ^ 1;
            let guard = self.guard(fact);
            clauses.push([out, lit].into_iter().chain(instead).chain(guard));
        }
    }

    /// What a release provides and uses, against all that were ever chosen.
    fn claims(&mut self, release: u32, clauses: &mut Batch) {
        let catalog = self.catalog;
        let own = catalog.release(release).extension;
        let out = self.release(release) ^ 1;
        let mut before = NONE;
        for provision in catalog.provides(release) {
            let capability = provision.capability;
            if before == capability {
                continue; // several provisions of one capability are looked at together
            }
            before = capability;
            let others = self.claims.get(capability as usize).cloned().unwrap_or_default();
            for other in others {
                let extension = catalog.release(other).extension;
                if extension == own {
                    continue;
                }
                let (one, two) = (own.min(extension), own.max(extension));
                let (exclusive, policies) =
                    clash(catalog.provides(release), catalog.provides(other), capability);
                let lit = self.release(other) ^ 1;
                if exclusive {
                    let guard = self.guard(Fact::ExclusiveCapability {
                        capability,
                        one,
                        other: two,
                    });
                    clauses.push([out, lit].into_iter().chain(guard));
                }
                if policies {
                    let guard = self.guard(Fact::Policies {
                        capability,
                        one,
                        other: two,
                    });
                    clauses.push([out, lit].into_iter().chain(guard));
                }
            }
            if let Some(claims) = self.claims.get_mut(capability as usize) {
                claims.push(release);
            }
        }
        let mut before = NONE;
        for used in catalog.uses(release) {
            let resource = used.resource;
            if before == resource {
                continue;
            }
            before = resource;
            let exclusive = |release: u32| {
                catalog
                    .uses(release)
                    .iter()
                    .any(|used| used.resource == resource && used.exclusive)
            };
            let others = self.users.get(resource as usize).cloned().unwrap_or_default();
            for other in others {
                let extension = catalog.release(other).extension;
                if extension != own && (exclusive(release) || exclusive(other)) {
                    let lit = self.release(other) ^ 1;
                    let guard = self.guard(Fact::ExclusiveResource {
                        resource,
                        one: own.min(extension),
                        other: own.max(extension),
                    });
                    clauses.push([out, lit].into_iter().chain(guard));
                }
            }
            if let Some(users) = self.users.get_mut(resource as usize) {
                users.push(release);
            }
        }
    }
}

/// Clauses in the making.
#[derive(Debug, Default)]
pub(super) struct Batch {
    lits: Vec<Lit>,
    /// Where each clause ends.
    ends: Vec<usize>,
}

impl Batch {
    fn push(&mut self, lits: impl Iterator<Item = Lit>) {
        self.lits.extend(lits);
        self.ends.push(self.lits.len());
    }

    fn clear(&mut self) {
        self.lits.clear();
        self.ends.clear();
    }

    fn iter(&self) -> impl Iterator<Item = &[Lit]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let bounds = starts.zip(&self.ends);
        bounds.map(|(&start, &end)| self.lits.get(start..end).unwrap_or_default())
    }
}

/// Whether the provisions of a capability by two extensions shut out each other: because one is exclusive, and because
/// their policies differ.
pub(crate) fn clash(one: &[Provision], other: &[Provision], capability: u32) -> (bool, bool) {
    let of = |all: &'_ [Provision]| -> Vec<(bool, Option<u32>)> {
        let own = all.iter().filter(|provision| provision.capability == capability);
        own.map(|provision| (provision.exclusive, provision.policy))
            .collect()
    };
    let (one, other) = (of(one), of(other));
    let exclusive = one.iter().chain(&other).any(|&(exclusive, _)| exclusive);
    let policies = one.iter().any(|&(_, mine)| {
        let differs = |&(_, theirs): &(bool, Option<u32>)| theirs.is_some() && mine != theirs;
        mine.is_some() && other.iter().any(differs)
    });
    (exclusive, policies)
}
