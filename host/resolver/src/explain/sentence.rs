//! Facts as sentences.
//!
//! A sentence is about the versions that the other facts of its set leave, so that it says which version requires what. Invariant:
//! a sentence only says what the catalog and the request say. Absent: which facts contradict each other, and the rows
//! ([`super::row`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::in_brackets;
use crate::catalog::{Catalog, Provision, Target};
use crate::range::Range;
use crate::request::Request;
use crate::solve::{Fact, Situation};

/// How many things of a kind a sentence lists.
const SHOWN: usize = 6;

pub(crate) struct Sentences<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) request: &'a Request,
    pub(super) situation: Situation,
}

/// Two lists of releases of which different things are true.
type Releases = (Vec<u32>, Vec<u32>);

pub(super) fn listed(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(SHOWN);
    items.truncate(SHOWN);
    let shown = items.join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}

impl<'a> Sentences<'a> {
    pub(crate) fn new(catalog: &'a Catalog, request: &'a Request) -> Self {
        let situation = Situation::new(catalog, request);
        Self {
            catalog,
            request,
            situation,
        }
    }

    pub(super) fn name(&self, extension: u32) -> &'a str {
        self.catalog.extension_name(extension)
    }

    /// The facts of a set in sentences, from what is asked for along what is required to what stands against it.
    pub(super) fn told(&self, facts: &[Fact]) -> Vec<String> {
        let mut order: Vec<Fact> = Vec::new();
        for &fact in facts {
            let Fact::Request(number) = fact else { continue };
            order.push(fact);
            let wanted = self.situation.wanted.get(number as usize).copied().flatten();
            let mut reached: Vec<u32> = wanted.into_iter().collect();
            let mut at = 0;
            while let Some(&from) = reached.get(at) {
                at += 1;
                for &next in facts {
                    if let Fact::Requires {
                        extension, target, ..
                    } = next
                        && extension == from
                        && !order.contains(&next)
                    {
                        order.push(next);
                        match target {
                            Target::Extension(other) => reached.push(other),
                            Target::Capability(capability) => {
                                let providers = self.catalog.providers(capability).iter();
                                reached.extend(providers.map(|&r| self.catalog.release(r).extension));
                            }
                            Target::Resource(_) => {}
                        }
                    }
                }
            }
        }
        let rest: Vec<Fact> = facts
            .iter()
            .copied()
            .filter(|fact| !order.contains(fact))
            .collect();
        order.extend(rest);
        order.into_iter().map(|fact| self.fact(fact, facts)).collect()
    }

    /// The releases of an extension that could be chosen as far as the request's facts in a set go; all that are eligible if
    /// that leaves none.
    pub(super) fn possible(&self, extension: u32, facts: &[Fact]) -> Vec<u32> {
        let eligible = |&release: &u32| {
            let pre = !self.catalog.release(release).version.pre.is_empty();
            let asked = || {
                let mut askers = self.catalog.askers(extension).iter();
                askers.any(|(_, need)| self.catalog.met_by(*need).contains(&release))
            };
            self.situation.is_eligible(self.catalog, release)
                && (!pre
                    || self.situation.is_special(release)
                    || self.situation.asks_for(self.catalog, release)
                    || asked())
        };
        let all: Vec<u32> = self.catalog.releases_of(extension).filter(eligible).collect();
        let left: Vec<u32> = all
            .iter()
            .copied()
            .filter(|&release| facts.iter().all(|&fact| self.allows(fact, extension, release)))
            .collect();
        if left.is_empty() { all } else { left }
    }

    /// Whether a fact of the request allows a release of an extension.
    pub(super) fn allows(&self, fact: Fact, extension: u32, release: u32) -> bool {
        match fact {
            Fact::Request(number)
                if self.situation.wanted.get(number as usize).copied().flatten() == Some(extension) =>
            {
                let met = self.situation.requested(self.catalog, number as usize);
                met.contains(&release)
            }
            Fact::Pin(number) => {
                let mut pins = self.situation.pins.iter();
                pins.all(|&(pinned, to, own)| own != number || pinned != extension || to == Some(release))
            }
            _ => true,
        }
    }

    /// An extension in those versions that something is true of, of those that could be chosen.
    fn which(&self, extension: u32, true_of: &[u32], facts: &[Fact]) -> String {
        let name = self.name(extension);
        let all = self.catalog.releases_of(extension).count();
        if true_of.len() == all && all > 1 {
            return format!("`{name}` in any version");
        }
        let version = |&release: &u32| self.catalog.release(release).version.to_string();
        let possible = self.possible(extension, facts);
        let of: Vec<u32> = possible
            .iter()
            .copied()
            .filter(|release| true_of.contains(release))
            .collect();
        let of = if of.is_empty() { true_of.to_vec() } else { of };
        match of.as_slice() {
            [one] => format!("`{name}` {}", version(one)),
            several => format!("`{name}` in {}", listed(several.iter().map(version).collect())),
        }
    }

    /// The forms in which the versions of an extension that could be chosen require something, each with these versions.
    pub(super) fn forms(
        &self,
        extension: u32,
        target: Target,
        optional: bool,
        facts: &[Fact],
    ) -> BTreeMap<u32, Vec<u32>> {
        let of = |releases: &[u32]| {
            let mut forms: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for &release in releases {
                for requirement in self.catalog.requires(release) {
                    if requirement.optional == optional
                        && self.catalog.need(requirement.need).target == target
                    {
                        forms.entry(requirement.need).or_default().push(release);
                    }
                }
            }
            forms
        };
        let forms = of(&self.possible(extension, facts));
        if forms.is_empty() {
            let all: Vec<u32> = self.catalog.releases_of(extension).collect();
            return of(&all);
        }
        forms
    }

    /// The provisions of a capability by an extension that something is true of: in which releases.
    fn providing(&self, extension: u32, capability: u32, is: impl Fn(&Provision) -> bool) -> Vec<u32> {
        let provides = |&release: &u32| {
            let mut own = self.catalog.provides(release).iter();
            own.any(|provision| provision.capability == capability && is(provision))
        };
        self.catalog.releases_of(extension).filter(provides).collect()
    }

    /// A fact as a sentence, in a set.
    pub(super) fn fact(&self, fact: Fact, facts: &[Fact]) -> String {
        match fact {
            Fact::Request(number) => {
                let Some(wanted) = self.request.requested.get(number as usize) else {
                    return String::new();
                };
                let range = wanted.range.as_ref();
                let lacking = self.lacking(&wanted.id, range).map(|(_, why)| format!("; {why}"));
                format!(
                    "you asked for `{}`{}{}",
                    wanted.id,
                    in_brackets(range),
                    lacking.unwrap_or_default()
                )
            }
            Fact::Pin(number) => {
                let Some((id, version)) = self.request.pins.get(number as usize) else {
                    return String::new();
                };
                let extension = self.catalog.extension(id);
                let known = extension.and_then(|e| self.catalog.find(e, version)).is_some();
                let gone = if known {
                    ""
                } else {
                    ", which the catalog does not have"
                };
                format!("`{id}` is pinned to {version}{gone}")
            }
            Fact::Policy(number) => self.site_policy(number),
            Fact::Requires {
                extension,
                target,
                optional,
            } => self.requires(extension, target, optional, facts),
            Fact::Conflict {
                extension,
                other,
                target,
            } => self.conflict(extension, other, target, facts),
            Fact::ExclusiveCapability {
                capability,
                one,
                other,
            } => {
                let what = self.catalog.capability_name(capability);
                let claims = |e: u32| {
                    (
                        self.providing(e, capability, |p| p.exclusive),
                        self.providing(e, capability, |_| true),
                    )
                };
                self.exclusive(
                    "provide",
                    what,
                    [(one, claims(one)), (other, claims(other))],
                    facts,
                )
            }
            Fact::ExclusiveResource { resource, one, other } => {
                let what = self.catalog.resource_name(resource);
                let claims = |e: u32| {
                    let uses = |exclusive: bool| -> Vec<u32> {
                        let uses = |&release: &u32| {
                            let mut own = self.catalog.uses(release).iter();
                            own.any(|u| u.resource == resource && (u.exclusive || !exclusive))
                        };
                        self.catalog.releases_of(e).filter(uses).collect()
                    };
                    (uses(true), uses(false))
                };
                self.exclusive("use", what, [(one, claims(one)), (other, claims(other))], facts)
            }
            Fact::Policies {
                capability,
                one,
                other,
            } => {
                let side = |e: u32| {
                    let stated = self.providing(e, capability, |p| p.policy.is_some());
                    let policy = self.policies(e, capability).unwrap_or_default();
                    (self.which(e, &stated, facts), policy)
                };
                let ((one, mine), (other, theirs)) = (side(one), side(other));
                format!(
                    "{one} provides `{}` under policy `{mine}` and {other} under `{theirs}`, which can't be together",
                    self.catalog.capability_name(capability)
                )
            }
        }
    }

    /// Two that claim the same thing, each with the releases that claim it for themselves and those that claim it at all.
    fn exclusive(&self, verb: &str, what: &str, sides: [(u32, Releases); 2], facts: &[Fact]) -> String {
        let [
            (one, (one_alone, one_at_all)),
            (other, (other_alone, other_at_all)),
        ] = sides;
        let alone = |who: u32, which: &[u32]| {
            format!(
                "{} {verb}s `{what}` and shares it with nobody",
                self.which(who, which, facts)
            )
        };
        match (one_alone.is_empty(), other_alone.is_empty()) {
            (false, false) => format!(
                "{}, and neither does {}",
                alone(one, &one_alone),
                self.which(other, &other_alone, facts)
            ),
            (false, true) => format!(
                "{}, but {} {verb}s it too",
                alone(one, &one_alone),
                self.which(other, &other_at_all, facts)
            ),
            _ => format!(
                "{}, but {} {verb}s it too",
                alone(other, &other_alone),
                self.which(one, &one_at_all, facts)
            ),
        }
    }

    fn site_policy(&self, number: u32) -> String {
        let Some((capability, policy)) = self.request.policies.get(number as usize) else {
            return String::new();
        };
        let mut out = BTreeSet::new();
        if let Some(known) = self.catalog.capability(capability) {
            let own = self.catalog.policy(policy);
            for &release in self.catalog.providers(known) {
                for provision in self.catalog.provides(release) {
                    if let Some(stated) = provision.policy
                        && provision.capability == known
                        && Some(stated) != own
                    {
                        let who = crate::answer::named(self.catalog, release);
                        out.insert(format!("{who} (`{}`)", self.catalog.policy_name(stated)));
                    }
                }
            }
        }
        let out = listed(out.into_iter().collect());
        format!("the site's policy for `{capability}` is `{policy}`, which rules out {out}")
    }

    fn requires(&self, extension: u32, target: Target, optional: bool, facts: &[Fact]) -> String {
        let (what, kind) = match target {
            Target::Extension(other) => (self.name(other), ""),
            Target::Capability(capability) => (self.catalog.capability_name(capability), "the capability "),
            Target::Resource(_) => return String::new(),
        };
        let how = if optional { "works only with" } else { "requires" };
        let forms = self.forms(extension, target, optional, facts);
        let parts = forms.iter().map(|(&number, releases)| {
            let need = self.catalog.need(number);
            let policy = need
                .policy
                .map(|policy| format!(" under policy `{}`", self.catalog.policy_name(policy)));
            let range = self.catalog.range(need).map_or("any version", Range::text);
            let why = if optional { None } else { self.unmet(number) };
            let unless = if optional { ", if with any" } else { "" };
            format!(
                "{} {how} {kind}`{what}` ({range}){}{unless}{}",
                self.which(extension, releases, facts),
                policy.unwrap_or_default(),
                why.map(|(_, why)| format!("; {why}")).unwrap_or_default()
            )
        });
        listed(parts.collect())
    }

    fn conflict(&self, extension: u32, other: u32, target: Target, facts: &[Fact]) -> String {
        // By what is said, which releases say it, and of which releases of the other it is true.
        let mut said: BTreeMap<(u32, &str), Releases> = BTreeMap::new();
        for release in self.catalog.releases_of(extension) {
            let errors = self.catalog.conflicts(release).iter();
            for conflict in errors.filter(|conflict| conflict.error) {
                if self.catalog.need(conflict.need).target != target {
                    continue;
                }
                let met = self.catalog.met_by(conflict.need).iter().copied();
                let met: Vec<u32> = met
                    .filter(|&release| self.catalog.release(release).extension == other)
                    .collect();
                if !met.is_empty() {
                    let said = said.entry((conflict.need, &conflict.reason)).or_default();
                    said.0.push(release);
                    said.1 = met;
                }
            }
        }
        let parts = said.into_iter().map(|((number, reason), (saying, met))| {
            let range = in_brackets(self.catalog.range(self.catalog.need(number)));
            let who = self.which(extension, &saying, facts);
            let with = self.which(other, &met, facts);
            let with = match target {
                Target::Extension(_) if range.is_empty() => format!("`{}`", self.name(other)),
                Target::Extension(_) => format!("`{}`{range}, so with {with}", self.name(other)),
                Target::Capability(c) => {
                    let capability = self.catalog.capability_name(c);
                    format!("what else provides `{capability}`{range}, so with {with}")
                }
                Target::Resource(r) => {
                    format!(
                        "what else uses `{}`, so with {with}",
                        self.catalog.resource_name(r)
                    )
                }
            };
            let reason = if reason.is_empty() {
                String::new()
            } else {
                format!(": {reason}")
            };
            format!("{who} says that it conflicts with {with}{reason}")
        });
        listed(parts.collect())
    }
}

#[cfg(test)]
mod tests;
