//! What a change of the catalog does to sites: which break, which heal, which change.
//!
//! Sites that ask for the same under the same conditions are one situation, which is solved once; one that can't reach an extension
//! whose releases differ is not solved at all. What a situation can reach is what it names, and what any release of that
//! requires, with every provider of a capability.
//!
//! Invariant: the same as resolving each site before and after, but that where nothing can change, nothing changes, whatever the
//! budget. Absent: applying the change; the caller gives both catalogs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::answer::{Answer, Status};
use crate::catalog::{Catalog, Need, Target};
use crate::fix::RequestText;
use crate::request::Request;
use crate::resolve::{Options, resolve};

/// What a change does to a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It had a solution and has none any more.
    Breaks,
    /// It had none and has one now.
    Heals,
    /// It has one before and after, and they differ.
    Changes,
    /// Nothing changes.
    Same,
    /// The budget was used up before it was certain.
    Unknown,
}

/// What a change does to one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteEffect {
    /// The site, as its request names it.
    pub site: Option<String>,
    /// What the change does.
    pub effect: Effect,
    /// The versions that differ, in words, by id.
    pub differences: Vec<String>,
    /// Why, if it breaks; why it had none, if it heals.
    pub explanation: Vec<String>,
}

/// What a change of the catalog does to sites, in their order, and how many situations were solved.
pub fn what_if(
    before: &Catalog,
    after: &Catalog,
    sites: &[Request],
    options: Options,
) -> (Vec<SiteEffect>, usize) {
    let touched = touched(before, after);
    let mut solved = 0;
    let mut known: BTreeMap<Vec<u8>, SiteEffect> = BTreeMap::new();
    let mut effects = Vec::with_capacity(sites.len());
    for site in sites {
        let mut request = site.clone();
        request.site = None;
        let key = serde_json::to_vec(&RequestText::from(&request)).unwrap_or_default();
        let effect = known.entry(key).or_insert_with(|| {
            if !reaches(before, &request, &touched) && !reaches(after, &request, &touched) {
                return SiteEffect {
                    site: None,
                    effect: Effect::Same,
                    differences: Vec::new(),
                    explanation: Vec::new(),
                };
            }
            solved += 1;
            let (old, new) = (
                resolve(before, &request, options),
                resolve(after, &request, options),
            );
            compare(&old, &new)
        });
        let mut effect = effect.clone();
        effect.site.clone_from(&site.site);
        effects.push(effect);
    }
    (effects, solved)
}

/// The ids of extensions whose releases differ in two catalogs.
fn touched(before: &Catalog, after: &Catalog) -> BTreeSet<String> {
    let (old, new) = (content(before), content(after));
    let differs = |id: &&&str| before.dialect() != after.dialect() || old.get(*id) != new.get(*id);
    let ids = old.keys().chain(new.keys());
    ids.filter(differs).map(|id| (*id).to_owned()).collect()
}

/// By id, everything that its releases say, in words that do not hang on the rest of the catalog.
fn content(catalog: &Catalog) -> BTreeMap<&str, String> {
    let target = |target: Target| match target {
        Target::Extension(e) => ("extension", catalog.extension_name(e)),
        Target::Capability(c) => ("capability", catalog.capability_name(c)),
        Target::Resource(r) => ("resource", catalog.resource_name(r)),
    };
    let need = |need: &Need| {
        let range = catalog.range(need).map(crate::Range::text);
        (
            target(need.target),
            range,
            need.policy.map(|p| catalog.policy_name(p)),
        )
    };
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    for (number, release) in (0..).zip(&catalog.releases) {
        let mut says: Vec<String> = Vec::new();
        for requirement in catalog.requires(number) {
            says.push(format!(
                "requires {:?} {}",
                need(catalog.need(requirement.need)),
                requirement.optional
            ));
        }
        for provision in catalog.provides(number) {
            let policy = provision.policy.map(|p| catalog.policy_name(p));
            let what = target(Target::Capability(provision.capability));
            says.push(format!(
                "provides {what:?} {:?} {policy:?} {}",
                provision.version, provision.exclusive
            ));
        }
        for used in catalog.uses(number) {
            says.push(format!(
                "uses {:?} {}",
                target(Target::Resource(used.resource)),
                used.exclusive
            ));
        }
        for conflict in catalog.conflicts(number) {
            let with = need(catalog.need(conflict.need));
            says.push(format!(
                "conflicts {with:?} {} {:?} {:?}",
                conflict.error, conflict.scope, conflict.reason
            ));
        }
        says.sort_unstable();
        let text = all.entry(catalog.extension_name(release.extension)).or_default();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} {} {says:?}", release.version, release.yanked);
    }
    all
}

/// Whether what a request names, or anything that this could require, is touched.
fn reaches(catalog: &Catalog, request: &Request, touched: &BTreeSet<String>) -> bool {
    let requested = request.requested.iter().map(|wanted| &wanted.id);
    let installed = request.installed.iter().map(|(id, _)| id);
    let pinned = request.pins.iter().map(|(id, _)| id);
    let named: Vec<&String> = requested.chain(installed).chain(pinned).collect();
    if named.iter().any(|id| touched.contains(*id)) {
        return true;
    }
    let mut reached: BTreeSet<u32> = named.iter().filter_map(|id| catalog.extension(id)).collect();
    let mut open: Vec<u32> = reached.iter().copied().collect();
    while let Some(extension) = open.pop() {
        if touched.contains(catalog.extension_name(extension)) {
            return true;
        }
        for release in catalog.releases_of(extension) {
            for requirement in catalog.requires(release).iter().filter(|r| !r.optional) {
                match catalog.need(requirement.need).target {
                    Target::Extension(other) => {
                        if reached.insert(other) {
                            open.push(other);
                        }
                    }
                    Target::Capability(capability) => {
                        for &provider in catalog.providers(capability) {
                            let other = catalog.release(provider).extension;
                            if reached.insert(other) {
                                open.push(other);
                            }
                        }
                    }
                    Target::Resource(_) => {}
                }
            }
        }
    }
    false
}

fn compare(old: &Answer, new: &Answer) -> SiteEffect {
    let versions = |answer: &Answer| -> BTreeMap<String, String> {
        let chosen = answer.extensions.iter();
        chosen
            .map(|chosen| (chosen.id.clone(), chosen.version.clone()))
            .collect()
    };
    let mut differences = Vec::new();
    if (old.status, new.status) == (Status::Resolved, Status::Resolved) {
        let (was, is) = (versions(old), versions(new));
        let ids: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for id in ids {
            match (was.get(id), is.get(id)) {
                (Some(was), Some(is)) if was != is => {
                    differences.push(format!("`{id}` goes from {was} to {is}"));
                }
                (Some(was), None) => differences.push(format!("`{id}` {was} goes")),
                (None, Some(is)) => differences.push(format!("`{id}` {is} comes")),
                _ => {}
            }
        }
        if was == is && (&old.activation, &old.conflicts) != (&new.activation, &new.conflicts) {
            differences.push("its order of activation or its warnings change".to_owned());
        }
    }
    let (effect, explanation) = match (old.status, new.status) {
        (Status::Unknown, _) | (_, Status::Unknown) => (Effect::Unknown, Vec::new()),
        (Status::Resolved, Status::Conflict) => (Effect::Breaks, new.explanation.clone()),
        (Status::Conflict, Status::Resolved) => (Effect::Heals, old.explanation.clone()),
        (Status::Resolved, Status::Resolved) if !differences.is_empty() => (Effect::Changes, Vec::new()),
        _ => (Effect::Same, Vec::new()),
    };
    SiteEffect {
        site: None,
        effect,
        differences,
        explanation,
    }
}

#[cfg(test)]
mod tests;
