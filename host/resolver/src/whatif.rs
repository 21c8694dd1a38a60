//! What a change of the catalog does to sites: which break, which heal, which change.
//!
//! Sites that ask for the same under the same conditions are one situation, which is solved once. Invariant: the same as resolving each
//! site before and after. Absent: applying the change; the caller gives both catalogs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::answer::{Answer, Status};
use crate::catalog::Catalog;
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
pub fn what_if(before: &Catalog, after: &Catalog, sites: &[Request], options: Options) -> (Vec<SiteEffect>, usize) {
    let mut known: BTreeMap<Vec<u8>, SiteEffect> = BTreeMap::new();
    let mut effects = Vec::with_capacity(sites.len());
    for site in sites {
        let mut request = site.clone();
        request.site = None;
        let key = serde_json::to_vec(&RequestText::from(&request)).unwrap_or_default();
        let effect = known.entry(key).or_insert_with(|| {
            let (old, new) = (resolve(before, &request, options), resolve(after, &request, options));
            compare(&old, &new)
        });
        let mut effect = effect.clone();
        effect.site.clone_from(&site.site);
        effects.push(effect);
    }
    (effects, known.len())
}

fn compare(old: &Answer, new: &Answer) -> SiteEffect {
    let versions = |answer: &Answer| -> BTreeMap<String, String> {
        let chosen = answer.extensions.iter();
        chosen.map(|chosen| (chosen.id.clone(), chosen.version.clone())).collect()
    };
    let mut differences = Vec::new();
    if (old.status, new.status) == (Status::Resolved, Status::Resolved) {
        let (was, is) = (versions(old), versions(new));
        let ids: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for id in ids {
            match (was.get(id), is.get(id)) {
                (Some(was), Some(is)) if was != is => differences.push(format!("`{id}` goes from {was} to {is}")),
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
