//! What can be said about a set that satisfies everything: which release meets which requirement, in which order they become
//! active, the cycles, and the conflicts that are only warnings.
//!
//! Invariant: every warning that applies is found, and each cycle of required dependencies is reported once, in its shortest form.
//! Absent: conflicts that are errors; a set with one is no solution, and [`crate::explain`] finds them.

use crate::answer::{Conflict, in_brackets, named};
use crate::catalog::{Catalog, Need, Requirement, Scope, Target};
use crate::founded::{Founded, founded};
use crate::order::{Edge, order};

/// A requirement in a set, and what meets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Met {
    pub(crate) release: u32,
    pub(crate) need: u32,
    pub(crate) optional: bool,
    pub(crate) by: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Detected {
    pub(crate) met: Vec<Met>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) warnings: Vec<String>,
    /// Extensions by level.
    pub(crate) activation: Vec<Vec<u32>>,
    pub(crate) quarantined: Vec<u32>,
}

/// Looks at a set, ascending, that satisfies everything.
pub(crate) fn detect(catalog: &Catalog, set: &[u32]) -> Detected {
    let extension = |release: u32| catalog.release(release).extension;
    let nodes: Vec<u32> = set.iter().map(|&release| extension(release)).collect();
    let (mut met, mut edges) = requirements(catalog, set, None);
    let mut order = order(&nodes, &edges);
    if !order.cycles.is_empty() {
        // Another provider may do as well, without the cycle.
        (met, edges) = requirements(catalog, set, Some(&founded(catalog, set)));
        order = crate::order::order(&nodes, &edges);
    }
    let says = |edge: &Edge| {
        let met = met.get(edge.fact as usize)?;
        let need = catalog.need(met.need);
        let range = in_brackets(catalog.range(need));
        let who = named(catalog, met.release);
        Some(match need.target {
            Target::Capability(capability) => {
                let by = met.by.map(|by| named(catalog, by)).unwrap_or_default();
                format!(
                    "{who} requires `{}`{range}, which {by} provides",
                    catalog.capability_name(capability)
                )
            }
            _ => format!("{who} requires `{}`{range}", catalog.extension_name(edge.to)),
        })
    };
    let mut conflicts = Vec::new();
    for cycle in &order.cycles {
        let sentences: Vec<String> = cycle.iter().filter_map(says).collect();
        let mut members: Vec<String> = cycle
            .iter()
            .map(|e| catalog.extension_name(e.from).to_owned())
            .collect();
        members.sort();
        let mut row = Conflict::blank("dependency", "cycle", "error");
        row.extension_id_1 = members.first().cloned();
        row.extension_id_2 = members.get(1).cloned();
        row.reason = format!(
            "None of them can be activated before the others: {}. Make one of these optional.",
            sentences.join("; ")
        );
        row.extensions = members;
        conflicts.push(row.sealed(&sentences));
    }
    let mut warnings: Vec<String> = order
        .dropped
        .iter()
        .filter_map(|edge| {
            Some(format!(
                "{} only optionally, and not in this order: that would be a cycle",
                says(edge)?
            ))
        })
        .collect();
    for &release in set {
        for conflict in catalog
            .conflicts(release)
            .iter()
            .filter(|conflict| !conflict.error)
        {
            for &other in catalog.met_by(conflict.need) {
                if extension(other) == extension(release) || set.binary_search(&other).is_err() {
                    continue;
                }
                let row = declared(catalog, release, other, conflict, "warning");
                warnings.push(row.reason.clone());
                conflicts.push(row);
            }
        }
    }
    warnings.sort();
    warnings.dedup();
    conflicts.sort();
    conflicts.dedup();
    Detected {
        met,
        conflicts,
        warnings,
        activation: order.levels,
        quarantined: order.quarantined,
    }
}

/// Every requirement in a set with what meets it, and the order that it asks for. With what is known of the rounds, a
/// capability is met by a provider that can be active before, if there is one.
fn requirements(catalog: &Catalog, set: &[u32], founded: Option<&Founded>) -> (Vec<Met>, Vec<Edge>) {
    let mut all: Vec<Met> = Vec::new();
    let mut edges = Vec::new();
    let extension = |release: u32| catalog.release(release).extension;
    for &release in set {
        for requirement in catalog.requires(release) {
            let need = catalog.need(requirement.need);
            let met = Met {
                release,
                need: requirement.need,
                optional: requirement.optional,
                by: meets(catalog, set, release, *requirement, need, founded),
            };
            if let Some(by) = met.by.filter(|&by| by != release) {
                edges.push(Edge {
                    from: extension(release),
                    to: extension(by),
                    optional: requirement.optional,
                    fact: u32::try_from(all.len()).unwrap_or(u32::MAX),
                });
            }
            all.push(met);
        }
    }
    (all, edges)
}

/// The row of a conflict that one release declares with another.
fn declared(
    catalog: &Catalog,
    release: u32,
    other: u32,
    conflict: &crate::catalog::Conflict,
    severity: &'static str,
) -> Conflict {
    let name = |release: u32| {
        catalog
            .extension_name(catalog.release(release).extension)
            .to_owned()
    };
    let mut row = Conflict::blank("explicit", "explicit", severity);
    row.extension_id_1 = Some(name(release));
    row.extension_id_2 = Some(name(other));
    row.extensions = vec![name(release), name(other)];
    row.extensions.sort();
    row.scope = conflict.scope;
    let (who, with) = (named(catalog, release), named(catalog, other));
    let about = match catalog.need(conflict.need).target {
        Target::Capability(capability) => {
            row.capability = Some(catalog.capability_name(capability).to_owned());
            format!(", which provides `{}`", catalog.capability_name(capability))
        }
        Target::Resource(resource) => {
            row.resource = Some(catalog.resource_name(resource).to_owned());
            format!(", which uses `{}`", catalog.resource_name(resource))
        }
        Target::Extension(_) => String::new(),
    };
    let reason = if conflict.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", conflict.reason)
    };
    row.reason = format!("{who} says that it conflicts with {with}{about}{reason}");
    let fact = row.reason.clone();
    row.sealed(&[fact])
}

/// What in the set meets a requirement: the release itself if it does, else the lowest id that does; of those that can be active
/// before, if that is known.
fn meets(
    catalog: &Catalog,
    set: &[u32],
    own: u32,
    requirement: Requirement,
    need: &Need,
    founded: Option<&Founded>,
) -> Option<u32> {
    if let Target::Extension(extension) = need.target {
        let releases = catalog.releases_of(extension);
        let from = set.partition_point(|&release| release < releases.start);
        return set
            .get(from)
            .copied()
            .filter(|release| releases.contains(release));
    }
    let met = catalog.met_by(requirement.need);
    if !requirement.optional && met.binary_search(&own).is_ok() {
        return Some(own);
    }
    let mut there = met
        .iter()
        .filter(|release| **release != own)
        .filter_map(|release| Some((*release, set.binary_search(release).ok()?)));
    if let Some(founded) = founded.filter(|_| !requirement.optional)
        && let Ok(own) = set.binary_search(&own)
    {
        return there
            .find(|&(_, place)| founded.before(place, own))
            .map(|(release, _)| release);
    }
    there.next().map(|(release, _)| release)
}

impl Conflict {
    pub(crate) fn blank(conflict_type: &'static str, kind: &'static str, severity: &'static str) -> Self {
        Self {
            extension_id_1: None,
            extension_id_2: None,
            extensions: Vec::new(),
            conflict_type,
            kind,
            scope: Scope::Global,
            capability: None,
            resource: None,
            policy_1: None,
            policy_2: None,
            severity,
            reason: String::new(),
            id: String::new(),
        }
    }

    /// Gives it its id, from its facts in canonical order.
    pub(crate) fn sealed(mut self, facts: &[String]) -> Self {
        use sha2::{Digest, Sha256};
        let mut facts: Vec<&String> = facts.iter().collect();
        facts.sort();
        let mut digest = Sha256::new();
        for part in [self.conflict_type, self.kind, self.severity] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        for fact in facts {
            digest.update(fact.as_bytes());
            digest.update([0]);
        }
        let digest = digest.finalize();
        self.id = hex::encode(digest.get(..16).unwrap_or_default());
        self
    }
}
