//! Facts as sentences and contradictory sets as rows of conflicts.
//!
//! Invariant: a sentence only says what the catalog and the request say. Absent: which facts contradict each other.

use std::collections::BTreeSet;

use crate::answer::{Conflict, Dependency, in_brackets};
use crate::catalog::{Catalog, Need, Scope, Target};
use crate::range::Range;
use crate::request::Request;
use crate::solve::{Fact, Situation};

/// How many things of a kind a sentence lists.
const SHOWN: usize = 6;

pub(crate) struct Sentences<'a> {
    catalog: &'a Catalog,
    request: &'a Request,
    situation: Situation,
}

fn list(mut items: Vec<String>) -> String {
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

    fn name(&self, extension: u32) -> &'a str {
        self.catalog.extension_name(extension)
    }

    /// What stands against an extension in a range: that there is none, or which versions there are and why not these.
    fn lacking(&self, id: &str, range: Option<&Range>) -> Option<(&'static str, String)> {
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
            parts.push(format!("there is only {}", list(other)));
        }
        if !yanked.is_empty() {
            parts.push(format!("{} would do, but it is yanked", list(yanked)));
        }
        if !pre.is_empty() {
            parts.push(format!(
                "{} is left out only because pre-releases are not asked for",
                list(pre)
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

    /// The needs that a fact about requirements stands for.
    fn needs(&self, extension: u32, target: Target, optional: bool) -> Vec<(u32, Need)> {
        let mut needs = BTreeSet::new();
        for release in self.catalog.releases_of(extension) {
            let requires = self.catalog.requires(release).iter();
            let own = requires.filter(|requirement| requirement.optional == optional);
            needs.extend(
                own.map(|r| r.need)
                    .filter(|&need| self.catalog.need(need).target == target),
            );
        }
        needs
            .into_iter()
            .map(|need| (need, *self.catalog.need(need)))
            .collect()
    }

    /// Why a requirement can't be met at all, if none of its forms can.
    fn unmeetable(&self, extension: u32, target: Target) -> Option<(&'static str, String)> {
        let needs = self.needs(extension, target, false);
        let mut why = None;
        for (number, need) in needs {
            let mut found = Vec::new();
            self.situation.candidates(self.catalog, number, &need, &mut found);
            if !found.is_empty() {
                return None;
            }
            why = match target {
                Target::Extension(other) => self.lacking(self.name(other), self.catalog.range(&need)),
                Target::Capability(capability) => {
                    let name = self.catalog.capability_name(capability);
                    let providers = self.catalog.providers(capability);
                    Some(if providers.is_empty() {
                        ("missing", format!("nothing in the catalog provides `{name}`"))
                    } else {
                        let shown = providers
                            .iter()
                            .map(|&release| crate::answer::named(self.catalog, release));
                        (
                            "out-of-range",
                            format!("none of what provides `{name}` fits: {}", list(shown.collect())),
                        )
                    })
                }
                Target::Resource(_) => None,
            };
        }
        why
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of fact")]
    pub(crate) fn fact(&self, fact: Fact) -> String {
        let pair = |one: u32, other: u32| format!("`{}` and `{}`", self.name(one), self.name(other));
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
                let known = self
                    .catalog
                    .extension(id)
                    .and_then(|e| self.catalog.find(e, version))
                    .is_some();
                let gone = if known {
                    ""
                } else {
                    ", which the catalog does not have"
                };
                format!("`{id}` is pinned to {version}{gone}")
            }
            Fact::Policy(number) => {
                let Some((capability, policy)) = self.request.policies.get(number as usize) else {
                    return String::new();
                };
                format!("the site's policy for `{capability}` is `{policy}`")
            }
            Fact::Requires {
                extension,
                target,
                optional,
            } => self.requires(extension, target, optional),
            Fact::Conflict {
                extension,
                other,
                target,
            } => {
                let about = match target {
                    Target::Extension(_) => String::new(),
                    Target::Capability(c) => {
                        format!(", which provides `{}`", self.catalog.capability_name(c))
                    }
                    Target::Resource(r) => format!(", which uses `{}`", self.catalog.resource_name(r)),
                };
                let mut reasons = BTreeSet::new();
                for release in self.catalog.releases_of(extension) {
                    for conflict in self
                        .catalog
                        .conflicts(release)
                        .iter()
                        .filter(|conflict| conflict.error)
                    {
                        let need = self.catalog.need(conflict.need);
                        if need.target == target {
                            let range = in_brackets(self.catalog.range(need));
                            reasons.insert(format!("{range}: {}", conflict.reason));
                        }
                    }
                }
                let reasons: Vec<String> = reasons.into_iter().collect();
                let reasons = list(reasons);
                let reasons = reasons.trim_end_matches([':', ' ']);
                format!(
                    "`{}` conflicts with `{}`{about}{reasons}",
                    self.name(extension),
                    self.name(other)
                )
            }
            Fact::ExclusiveCapability {
                capability,
                one,
                other,
            } => {
                let capability = self.catalog.capability_name(capability);
                format!(
                    "{} both provide `{capability}`, of which only one may do so",
                    pair(one, other)
                )
            }
            Fact::ExclusiveResource { resource, one, other } => {
                let resource = self.catalog.resource_name(resource);
                format!(
                    "{} both use `{resource}`, at least one of them exclusively",
                    pair(one, other)
                )
            }
            Fact::Policies {
                capability,
                one,
                other,
            } => {
                let capability = self.catalog.capability_name(capability);
                format!(
                    "{} provide `{capability}` under different policies",
                    pair(one, other)
                )
            }
        }
    }

    fn requires(&self, extension: u32, target: Target, optional: bool) -> String {
        let (what, kind) = match target {
            Target::Extension(other) => (self.name(other), ""),
            Target::Capability(capability) => (self.catalog.capability_name(capability), "the capability "),
            Target::Resource(_) => return String::new(),
        };
        let needs = self.needs(extension, target, optional);
        let ranges: Vec<String> = needs
            .iter()
            .map(|(_, need)| {
                let policy = need
                    .policy
                    .map(|policy| format!(" under policy `{}`", self.catalog.policy_name(policy)));
                let range = self.catalog.range(need).map_or("any version", Range::text);
                format!("{range}{}", policy.unwrap_or_default())
            })
            .collect();
        let all = self.catalog.releases_of(extension).count();
        let which = if all == 1 {
            String::new()
        } else {
            " (in any of the versions that could be chosen)".to_owned()
        };
        let how = if optional { "works only with" } else { "requires" };
        let why = if optional {
            None
        } else {
            self.unmeetable(extension, target)
        };
        let why = why.map(|(_, why)| format!("; {why}")).unwrap_or_default();
        let which = if ranges.len() > 1 { which } else { String::new() };
        format!(
            "`{}` {how} {kind}`{what}` ({}){which}{why}",
            self.name(extension),
            ranges.join(" or ")
        )
    }

    /// The row of a minimal contradictory set.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of fact")]
    pub(crate) fn row(&self, facts: &[Fact]) -> Conflict {
        let sentences: Vec<String> = facts.iter().map(|&fact| self.fact(fact)).collect();
        let id = |number: u32| self.name(number).to_owned();
        let mut row = Conflict::blank("dependency", "out-of-range", "error");
        let mut all = BTreeSet::new();
        let mut ends: Vec<String> = Vec::new();
        let mut kind = None;
        for &fact in facts {
            match fact {
                Fact::Request(number) => {
                    if let Some(wanted) = self.request.requested.get(number as usize) {
                        all.insert(wanted.id.clone());
                        if let (1, Some((lacking, _))) =
                            (facts.len(), self.lacking(&wanted.id, wanted.range.as_ref()))
                        {
                            kind = Some(("dependency", lacking));
                            ends = vec![wanted.id.clone()];
                        }
                    }
                }
                Fact::Pin(number) => {
                    if let Some((id, _)) = self.request.pins.get(number as usize) {
                        all.insert(id.clone());
                        kind = kind.or(Some(("dependency", "pin")));
                    }
                }
                Fact::Policy(number) => {
                    if let Some((capability, policy)) = self.request.policies.get(number as usize) {
                        row.capability = Some(capability.clone());
                        row.policy_1 = Some(policy.clone());
                        row.scope = Scope::Capability;
                        kind = Some(("policy", "site-policy"));
                    }
                }
                Fact::Requires {
                    extension, target, ..
                } => {
                    all.insert(id(extension));
                    let lacking = self.unmeetable(extension, target);
                    if let Target::Extension(other) = target {
                        if lacking.as_ref().is_none_or(|(kind, _)| *kind != "missing") {
                            all.insert(id(other));
                        }
                    } else if let (Target::Capability(capability), Some(_)) = (target, &lacking) {
                        row.capability = Some(self.catalog.capability_name(capability).to_owned());
                    }
                    if let Some((lacking, _)) = lacking {
                        kind = Some(("dependency", lacking));
                        ends = vec![id(extension)];
                        if let (Target::Extension(other), "out-of-range") = (target, lacking) {
                            ends.push(id(other));
                        }
                    }
                }
                Fact::Conflict {
                    extension,
                    other,
                    target,
                } => {
                    kind = Some(("explicit", "explicit"));
                    ends = vec![id(extension), id(other)];
                    row.scope = self.scope(extension, target);
                    match target {
                        Target::Extension(_) => {}
                        Target::Capability(c) => {
                            row.capability = Some(self.catalog.capability_name(c).to_owned());
                        }
                        Target::Resource(r) => row.resource = Some(self.catalog.resource_name(r).to_owned()),
                    }
                }
                Fact::ExclusiveCapability {
                    capability,
                    one,
                    other,
                } => {
                    kind = Some(("explicit", "exclusive-capability"));
                    ends = vec![id(one), id(other)];
                    row.scope = Scope::Capability;
                    row.capability = Some(self.catalog.capability_name(capability).to_owned());
                }
                Fact::ExclusiveResource { resource, one, other } => {
                    kind = Some(("explicit", "exclusive-resource"));
                    ends = vec![id(one), id(other)];
                    row.scope = Scope::Resource;
                    row.resource = Some(self.catalog.resource_name(resource).to_owned());
                }
                Fact::Policies {
                    capability,
                    one,
                    other,
                } => {
                    kind = Some(("policy", "policy"));
                    ends = vec![id(one), id(other)];
                    row.scope = Scope::Capability;
                    row.capability = Some(self.catalog.capability_name(capability).to_owned());
                    row.policy_1 = self.policies(one, capability);
                    row.policy_2 = self.policies(other, capability);
                }
            }
        }
        all.extend(ends.iter().cloned());
        if ends.is_empty() {
            ends = all.iter().take(2).cloned().collect();
        }
        if let Some((conflict_type, kind)) = kind {
            row.conflict_type = conflict_type;
            row.kind = kind;
        }
        let mut ends = ends.into_iter();
        row.extension_id_1 = ends.next();
        row.extension_id_2 = ends.next();
        row.extensions = all.into_iter().collect();
        row.reason = sentences.join("; ");
        row.sealed(&sentences)
    }

    fn scope(&self, extension: u32, target: Target) -> Scope {
        let conflicts = self
            .catalog
            .releases_of(extension)
            .flat_map(|release| self.catalog.conflicts(release));
        let mut declared = conflicts.filter(|conflict| self.catalog.need(conflict.need).target == target);
        declared.next().map_or(Scope::Global, |conflict| conflict.scope)
    }

    fn policies(&self, extension: u32, capability: u32) -> Option<String> {
        let provisions = self
            .catalog
            .releases_of(extension)
            .flat_map(|release| self.catalog.provides(release));
        let own = provisions.filter(|provision| provision.capability == capability);
        let names: BTreeSet<&str> = own
            .filter_map(|p| Some(self.catalog.policy_name(p.policy?)))
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Rows for the requirements that have a part in a contradiction.
    pub(crate) fn dependencies(&self, sets: &[Vec<Fact>]) -> Vec<Dependency> {
        let mut rows = BTreeSet::new();
        for &fact in sets.iter().flatten() {
            let Fact::Requires {
                extension,
                target,
                optional,
            } = fact
            else {
                continue;
            };
            let (kind, id) = match target {
                Target::Extension(other) => ("extension", self.name(other)),
                Target::Capability(capability) => ("capability", self.catalog.capability_name(capability)),
                Target::Resource(_) => continue,
            };
            for (_, need) in self.needs(extension, target, optional) {
                let range = self.catalog.range(&need);
                rows.insert(Dependency {
                    site: self.request.site.clone(),
                    extension_id: self.name(extension).to_owned(),
                    dependency_type: kind,
                    dependency_id: id.to_owned(),
                    range: range.map(|range| range.text().to_owned()),
                    min_version: self.catalog.lowest(&need).map(str::to_owned),
                    resolved_version: None,
                    resolved_provider: None,
                    satisfied: false,
                    optional,
                    reason: self.fact(fact),
                });
            }
        }
        rows.into_iter().collect()
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
