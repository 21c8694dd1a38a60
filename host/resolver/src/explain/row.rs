//! Rows of conflicts and of requirements for contradictory sets of facts.
//!
//! Invariant: the id of a row depends on what contradicts, not on which other versions there are. Absent: the sentences
//! ([`super::sentence`]).

use std::collections::BTreeSet;

use super::sentence::Sentences;
use crate::answer::{Conflict, Dependency};
use crate::catalog::{Scope, Target};
use crate::range::Range;
use crate::solve::Fact;

impl Sentences<'_> {
    /// The row of a minimal contradictory set.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of fact")]
    pub(crate) fn row(&self, facts: &[Fact]) -> Conflict {
        let mut sentences: Vec<String> = self.told(facts);
        sentences.extend(self.conclusion(facts));
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
                    let lacking = self.unmeetable(extension, target, facts);
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
        let keys: Vec<String> = facts.iter().map(|&fact| self.key(fact)).collect();
        row.sealed(&keys)
    }

    fn scope(&self, extension: u32, target: Target) -> Scope {
        let conflicts = self
            .catalog
            .releases_of(extension)
            .flat_map(|release| self.catalog.conflicts(release));
        let mut declared = conflicts.filter(|conflict| self.catalog.need(conflict.need).target == target);
        declared.next().map_or(Scope::Global, |conflict| conflict.scope)
    }

    pub(super) fn policies(&self, extension: u32, capability: u32) -> Option<String> {
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
        for (set, &fact) in sets
            .iter()
            .flat_map(|set| set.iter().map(move |fact| (set, fact)))
        {
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
            for &number in self.forms(extension, target, optional, set).keys() {
                let need = self.catalog.need(number);
                let range = self.catalog.range(need);
                rows.insert(Dependency {
                    site: self.request.site.clone(),
                    extension_id: self.name(extension).to_owned(),
                    dependency_type: kind,
                    dependency_id: id.to_owned(),
                    range: range.map(|range| range.text().to_owned()),
                    min_version: self.catalog.lowest(need).map(str::to_owned),
                    resolved_version: None,
                    resolved_provider: None,
                    satisfied: false,
                    optional,
                    reason: self.fact(fact, set),
                });
            }
        }
        rows.into_iter().collect()
    }

    /// A fact in a form that other releases do not change.
    fn key(&self, fact: Fact) -> String {
        let target = |target: Target| match target {
            Target::Extension(e) => format!("extension {}", self.name(e)),
            Target::Capability(c) => format!("capability {}", self.catalog.capability_name(c)),
            Target::Resource(r) => format!("resource {}", self.catalog.resource_name(r)),
        };
        match fact {
            Fact::Request(number) => {
                let wanted = self.request.requested.get(number as usize);
                let range = |wanted: &crate::request::Wanted| {
                    let range = wanted.range.as_ref().map_or("", Range::text);
                    format!("request {} {range}", wanted.id)
                };
                wanted.map(range).unwrap_or_default()
            }
            Fact::Pin(number) => {
                let pin = self.request.pins.get(number as usize);
                pin.map(|(id, version)| format!("pin {id} {version}"))
                    .unwrap_or_default()
            }
            Fact::Policy(number) => {
                let policy = self.request.policies.get(number as usize);
                policy
                    .map(|(capability, policy)| format!("policy {capability} {policy}"))
                    .unwrap_or_default()
            }
            Fact::Requires {
                extension,
                target: of,
                optional,
            } => {
                let how = if optional { "works with" } else { "requires" };
                format!("{} {how} {}", self.name(extension), target(of))
            }
            Fact::Conflict {
                extension,
                other,
                target: of,
            } => format!(
                "{} conflicts with {} for {}",
                self.name(extension),
                self.name(other),
                target(of)
            ),
            Fact::ExclusiveCapability {
                capability,
                one,
                other,
            } => {
                let what = target(Target::Capability(capability));
                format!("exclusive {what} {} {}", self.name(one), self.name(other))
            }
            Fact::ExclusiveResource { resource, one, other } => {
                let what = target(Target::Resource(resource));
                format!("exclusive {what} {} {}", self.name(one), self.name(other))
            }
            Fact::Policies {
                capability,
                one,
                other,
            } => {
                let what = target(Target::Capability(capability));
                format!("policies {what} {} {}", self.name(one), self.name(other))
            }
        }
    }
}
