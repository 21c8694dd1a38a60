//! What would mend a request that nothing satisfies: edits of it, each solved again before it is shown.
//!
//! The price of an edit: moving a pin 1, dropping a pin 2, widening a range 3, giving up a policy 4, another extension in
//! place of a requested one 5, dropping a requested one 8; and 1 for each installed extension that changes version or goes.
//! Single edits come first; only when none helps, two at a time; and when none of these helps, dropping as few of the
//! requested as keeping them one by one leaves.
//!
//! Invariant: the request of every fix has a solution, which went through [`crate::check`]. Absent: edits of the catalog.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::check::check;
use crate::explain::Reasons;
use crate::objective::{Outcome, best};
use crate::range::Range;
use crate::request::{Prefer, Request, Wanted};
use crate::solve::{Fact, Lit, Solver, Verdict};

/// How many fixes are shown at most.
const MAX_FIXES: usize = 12;
/// How many edited requests are solved at most.
const MAX_TRIES: usize = 160;

/// An edit of the request after which there is a solution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// `upgrade`, `downgrade`, `relax-pin`, `relax-range`, `relax-policy`, `swap-provider`, `drop`, or `several`.
    pub kind: &'static str,
    /// The edits.
    pub change: Vec<Change>,
    /// The request after them, whole, to be sent instead.
    pub request: RequestText,
    /// Its price, as the module says.
    pub cost: u32,
    /// What else comes of it.
    pub effects: Vec<String>,
    /// The fix in a sentence.
    pub text: String,
}

/// One edit of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// `upgrade`, `downgrade`, `relax-pin`, `relax-range`, `relax-policy`, `swap-provider` or `drop`.
    pub kind: &'static str,
    /// The list of the request that it edits.
    pub list: &'static str,
    /// The entry that goes: its id or capability.
    pub remove: String,
    /// The entry that comes in its place: an id or capability.
    pub add: Option<String>,
    /// The version or range of what comes.
    pub version: Option<String>,
}

/// A request as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestText {
    site: Option<String>,
    requested: Vec<WantedText>,
    installed: Vec<VersionText>,
    pins: Vec<VersionText>,
    policies: Vec<PolicyText>,
    prefer: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct WantedText {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct VersionText {
    id: String,
    version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PolicyText {
    capability: String,
    policy: String,
}

impl From<&Request> for RequestText {
    fn from(request: &Request) -> Self {
        let versions = |all: &[(String, Version)]| {
            let text = |(id, version): &(String, Version)| VersionText {
                id: id.clone(),
                version: version.to_string(),
            };
            all.iter().map(text).collect()
        };
        let wanted = request.requested.iter().map(|wanted| WantedText {
            id: wanted.id.clone(),
            range: wanted.range.as_ref().map(|range| range.text().to_owned()),
        });
        let policies = request.policies.iter().map(|(capability, policy)| PolicyText {
            capability: capability.clone(),
            policy: policy.clone(),
        });
        Self {
            site: request.site.clone(),
            requested: wanted.collect(),
            installed: versions(&request.installed),
            pins: versions(&request.pins),
            policies: policies.collect(),
            prefer: match request.prefer {
                Prefer::Newest => "newest",
                Prefer::MinimalChange => "minimal-change",
            },
        }
    }
}

/// Finds fixes, cheapest first, within a budget of decisions; how many it took is added to `used`.
pub(crate) fn fixes(
    catalog: &Catalog,
    request: &Request,
    reasons: &Reasons,
    budget: u64,
    used: &mut u64,
) -> Vec<Fix> {
    let mut search = Search {
        catalog,
        request,
        budget,
        used,
        tries: 0,
    };
    let changes = search.changes(reasons);
    let mut found: Vec<Fix> = Vec::new();
    for change in &changes {
        found.extend(search.attempt(std::slice::from_ref(change)));
    }
    if found.is_empty() {
        for (at, one) in changes.iter().enumerate() {
            for other in changes.iter().skip(at + 1) {
                if (one.list, &one.remove) != (other.list, &other.remove) {
                    found.extend(search.attempt(&[one.clone(), other.clone()]));
                }
            }
        }
    }
    if found.is_empty() {
        let drops = search.drops();
        search.tries = 0;
        found.extend(search.attempt(&drops));
    }
    found.sort_by(|a, b| (a.cost, &a.change).cmp(&(b.cost, &b.change)));
    found.truncate(MAX_FIXES);
    found
}

struct Search<'a> {
    catalog: &'a Catalog,
    request: &'a Request,
    budget: u64,
    used: &'a mut u64,
    tries: usize,
}

fn price(kind: &str) -> u32 {
    match kind {
        "upgrade" | "downgrade" => 1,
        "relax-pin" => 2,
        "relax-range" => 3,
        "relax-policy" => 4,
        "swap-provider" => 5,
        _ => 8,
    }
}

fn edit(kind: &'static str, list: &'static str, remove: &str, add: Option<(&str, Option<String>)>) -> Change {
    Change {
        kind,
        list,
        remove: remove.to_owned(),
        add: add.as_ref().map(|(id, _)| (*id).to_owned()),
        version: add.and_then(|(_, version)| version),
    }
}

impl Search<'_> {
    /// Every single edit that takes a fact out of some contradiction.
    fn changes(&self, reasons: &Reasons) -> Vec<Change> {
        let facts: BTreeSet<Fact> = reasons.sets.iter().flatten().copied().collect();
        let mut changes = BTreeSet::new();
        for fact in facts {
            match fact {
                Fact::Request(number) => {
                    let Some(wanted) = self.request.requested.get(number as usize) else {
                        continue;
                    };
                    changes.insert(edit("drop", "requested", &wanted.id, None));
                    if wanted.range.is_some() {
                        changes.insert(edit(
                            "relax-range",
                            "requested",
                            &wanted.id,
                            Some((&wanted.id, None)),
                        ));
                    }
                    for other in self.alternatives(&wanted.id) {
                        changes.insert(edit(
                            "swap-provider",
                            "requested",
                            &wanted.id,
                            Some((&other, None)),
                        ));
                    }
                }
                Fact::Pin(number) => {
                    let Some((id, version)) = self.request.pins.get(number as usize) else {
                        continue;
                    };
                    changes.insert(edit("relax-pin", "pins", id, None));
                    let Some(extension) = self.catalog.extension(id) else {
                        continue;
                    };
                    for release in self
                        .catalog
                        .releases_of(extension)
                        .map(|release| self.catalog.release(release))
                    {
                        let kind = match release.version.cmp_precedence(version) {
                            _ if release.yanked || !release.version.pre.is_empty() => continue,
                            std::cmp::Ordering::Equal => continue,
                            std::cmp::Ordering::Greater => "upgrade",
                            std::cmp::Ordering::Less => "downgrade",
                        };
                        let to = Some((id.as_str(), Some(release.version.to_string())));
                        changes.insert(edit(kind, "pins", id, to));
                    }
                }
                Fact::Policy(number) => {
                    if let Some((capability, _)) = self.request.policies.get(number as usize) {
                        changes.insert(edit("relax-policy", "policies", capability, None));
                    }
                }
                _ => {}
            }
        }
        let mut changes: Vec<Change> = changes.into_iter().collect();
        changes.sort_by_key(|change| price(change.kind));
        changes
    }

    /// Extensions that provide a capability which this one provides too.
    fn alternatives(&self, id: &str) -> Vec<String> {
        let Some(extension) = self.catalog.extension(id) else {
            return Vec::new();
        };
        let provided = self
            .catalog
            .releases_of(extension)
            .flat_map(|release| self.catalog.provides(release));
        let capabilities: BTreeSet<u32> = provided.map(|provision| provision.capability).collect();
        let others = capabilities
            .iter()
            .flat_map(|&capability| self.catalog.providers(capability));
        let others: BTreeSet<u32> = others
            .map(|&release| self.catalog.release(release).extension)
            .collect();
        let names = others.into_iter().filter(|&other| other != extension);
        names
            .take(8)
            .map(|other| self.catalog.extension_name(other).to_owned())
            .collect()
    }

    fn edited(&self, changes: &[Change]) -> Request {
        let mut request = self.request.clone();
        if changes
            .iter()
            .all(|change| change.list == "requested" && change.add.is_none())
        {
            // There may be thousands of these.
            let dropped: BTreeSet<&str> = changes.iter().map(|change| change.remove.as_str()).collect();
            request
                .requested
                .retain(|wanted| !dropped.contains(wanted.id.as_str()));
            return request;
        }
        for change in changes {
            match change.list {
                "requested" => {
                    request.requested.retain(|wanted| wanted.id != change.remove);
                    if let Some(id) = &change.add
                        && request.requested.iter().all(|wanted| wanted.id != *id)
                    {
                        request.requested.push(Wanted {
                            id: id.clone(),
                            range: None,
                        });
                    }
                    request.requested.sort_by(|a, b| a.id.cmp(&b.id));
                }
                "pins" => {
                    request.pins.retain(|(id, _)| *id != change.remove);
                    let version = change.version.as_deref().and_then(|text| text.parse().ok());
                    request.pins.extend(change.add.clone().zip(version));
                    request.pins.sort();
                }
                _ => request
                    .policies
                    .retain(|(capability, _)| *capability != change.remove),
            }
        }
        request
    }

    /// The best set of a request, if it has one and it stands up to being checked.
    fn solved(&mut self, request: &Request) -> Option<Vec<u32>> {
        let (outcome, decisions) = best(self.catalog, request, self.budget.saturating_sub(*self.used));
        *self.used += decisions;
        match outcome {
            Outcome::Best(set) if check(self.catalog, request, &set).is_ok() => Some(set),
            _ => None,
        }
    }

    fn attempt(&mut self, changes: &[Change]) -> Option<Fix> {
        self.tries += 1;
        if self.tries > MAX_TRIES || changes.is_empty() {
            return None;
        }
        let request = self.edited(changes);
        let set = self.solved(&request)?;
        let (moved, effects) = self.effects(changes, &set);
        let texts: Vec<String> = changes.iter().map(|change| self.text(change)).collect();
        let text = texts.join(", and ");
        let mut letters = text.chars();
        let text: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect();
        let kind = match changes {
            [one] => one.kind,
            [first, rest @ ..] if rest.iter().all(|change| change.kind == first.kind) => first.kind,
            _ => "several",
        };
        Some(Fix {
            kind,
            change: changes.to_vec(),
            request: RequestText::from(&request),
            cost: changes.iter().map(|change| price(change.kind)).sum::<u32>() + moved,
            effects,
            text: format!("{text}."),
        })
    }

    /// What becomes of what is installed and requested, and how many of the installed change.
    fn effects(&self, changes: &[Change], set: &[u32]) -> (u32, Vec<String>) {
        let version = |id: &str| {
            let extension = self.catalog.extension(id)?;
            let release = set.iter().map(|&release| self.catalog.release(release));
            release
                .filter(|release| release.extension == extension)
                .map(|release| &release.version)
                .next()
        };
        let mut moved = 0;
        let mut effects = Vec::new();
        for (id, before) in &self.request.installed {
            match version(id) {
                Some(after) if after.cmp_precedence(before).is_eq() => continue,
                Some(after) => effects.push(format!("`{id}` goes from {before} to {after}")),
                None => effects.push(format!("`{id}` {before} is removed")),
            }
            moved += 1;
        }
        let named = |id: &str| {
            changes
                .iter()
                .any(|change| change.remove == id || change.add.as_deref() == Some(id))
        };
        for &release in set {
            let release = self.catalog.release(release);
            let id = self.catalog.extension_name(release.extension);
            let installed = self.request.installed.iter().any(|(other, _)| other == id);
            if !installed && named(id) {
                effects.push(format!("`{id}` is chosen in {}", release.version));
            }
        }
        effects.sort();
        effects.dedup();
        (moved, effects)
    }

    fn text(&self, change: &Change) -> String {
        let id = &change.remove;
        let range = self.request.requested.iter().find(|wanted| wanted.id == *id);
        let range = range
            .and_then(|wanted| wanted.range.as_ref())
            .map_or("", Range::text);
        let pin = self.request.pins.iter().find(|(other, _)| other == id);
        let pin = pin.map(|(_, version)| version.to_string()).unwrap_or_default();
        let to = change.version.as_deref().unwrap_or_default();
        match change.kind {
            "upgrade" | "downgrade" => format!("{} the pin of `{id}` from {pin} to {to}", change.kind),
            "relax-pin" => format!("remove the pin of `{id}` to {pin}"),
            "relax-range" => format!("ask for any version of `{id}` instead of {range}"),
            "relax-policy" => format!("give up the site's policy for `{id}`"),
            "swap-provider" => {
                let other = change.add.as_deref().unwrap_or_default();
                format!("ask for `{other}` instead of `{id}`, which provides the same")
            }
            _ => format!("do without `{id}`"),
        }
    }

    /// What has to be dropped when the requested ones are kept one by one, by id, as long as there is a solution. One solver keeps
    /// what it finds out; the ranges of what is dropped still count for it, so that the whole is solved again afterwards.
    fn drops(&mut self) -> Vec<Change> {
        let left = self.budget.saturating_sub(*self.used);
        let mut solver = Solver::for_request(self.catalog, self.request, left);
        let mut entries: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, wanted) in self.request.requested.iter().enumerate() {
            entries.entry(&wanted.id).or_default().push(number);
        }
        let mut set: Vec<u32> = Vec::new();
        let mut drops = Vec::new();
        for (id, numbers) in entries {
            let meeting: Vec<Vec<u32>> = numbers
                .iter()
                .map(|&number| solver.situation.requested(self.catalog, number))
                .collect();
            let wanted: Option<Vec<Lit>> = meeting.iter().map(|releases| solver.keepable(releases)).collect();
            let there = |releases: &Vec<u32>| {
                let mut releases = releases.iter();
                releases.any(|release| set.binary_search(release).is_ok())
            };
            let met = meeting.iter().all(there);
            let kept = wanted.filter(|wanted| met || solver.solve(wanted) == Verdict::Yes);
            let Some(kept) = kept else {
                drops.push(edit("drop", "requested", id, None));
                continue;
            };
            if !met {
                set = solver.model();
            }
            for lit in kept {
                solver.hold(lit);
            }
        }
        *self.used += solver.decisions;
        drops
    }
}

#[cfg(test)]
mod tests;
