//! The answer, as documented JSON, and how it is put together for a set that was found.
//!
//! Semantics that are decided here: a requirement of a capability is shown as met by the release itself if it provides it, else by
//! the lowest id that does. `decisions` is how much of the budget was used. `quarantined` lists what stands in a cycle of
//! requirements or depends on one; it is part of the set but of no level of `activation`.
//!
//! Invariant: every list is sorted by what it shows, so equal content is equal bytes. Absent: finding the set.

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;

use crate::catalog::{Catalog, Scope, Target};
use crate::detect::{Detected, detect};
use crate::fix::Fix;
use crate::range::Range;
use crate::request::Request;
use crate::solve::Situation;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A set satisfies everything; `extensions` is the best one.
    Resolved,
    /// None does; `conflicts` and `explanation` say why.
    Conflict,
    /// The budget was used up before either was certain.
    Unknown,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The site, as the request names it.
    pub site: Option<String>,
    /// What came of it.
    pub status: Status,
    /// What is chosen, by id.
    pub extensions: Vec<Chosen>,
    /// The ids that can be activated at once, each level after the ones before. Deactivation goes the other way.
    pub activation: Vec<Vec<String>>,
    /// The ids that can't be activated because of a cycle.
    pub quarantined: Vec<String>,
    /// Every requirement of what is chosen, and those that made a request impossible.
    pub dependencies: Vec<Dependency>,
    /// Every conflict, errors and warnings.
    pub conflicts: Vec<Conflict>,
    /// What is worth knowing and stops nothing.
    pub warnings: Vec<String>,
    /// Why, in sentences.
    pub explanation: Vec<String>,
    /// What would mend a conflict, cheapest first; each was solved again.
    pub fixes: Vec<Fix>,
    /// How many decisions it took.
    pub decisions: u64,
}

/// A release that is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// Its extension.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whether the request names it.
    pub requested: bool,
    /// Why it is there.
    pub because: Vec<String>,
}

/// One requirement of one extension: a row of `extension_dependency_cache`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dependency {
    /// The site.
    pub site: Option<String>,
    /// Who requires.
    pub extension_id: String,
    /// `extension` or `capability`.
    pub dependency_type: &'static str,
    /// What it requires.
    pub dependency_id: String,
    /// The range as written.
    pub range: Option<String>,
    /// The lowest version in the range, if there is one.
    pub min_version: Option<String>,
    /// The version of what meets it.
    pub resolved_version: Option<String>,
    /// The extension that meets it, for a capability.
    pub resolved_provider: Option<String>,
    /// Whether it is met. An optional one whose target is absent is.
    pub satisfied: bool,
    /// Whether it is optional.
    pub optional: bool,
    /// Why it is met or not.
    pub reason: String,
}

/// One conflict: a row of `extension_conflicts_detected`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// The first extension, where one is concerned.
    pub extension_id_1: Option<String>,
    /// The second extension, where two are.
    pub extension_id_2: Option<String>,
    /// All extensions that have a part in it.
    pub extensions: Vec<String>,
    /// `explicit`, `policy` or `dependency`.
    pub conflict_type: &'static str,
    /// `explicit`, `exclusive-capability`, `exclusive-resource`, `policy`, `site-policy`, `missing`, `out-of-range`, `pin`, or `cycle`.
    pub kind: &'static str,
    /// What it is about.
    pub scope: Scope,
    /// The capability.
    pub capability: Option<String>,
    /// The resource.
    pub resource: Option<String>,
    /// The first one's policy.
    pub policy_1: Option<String>,
    /// The second one's policy.
    pub policy_2: Option<String>,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// Why, in a sentence.
    pub reason: String,
    /// The same for the same facts: the start of a SHA-256 over them, in hexadecimal digits.
    pub id: String,
}

pub(crate) fn named(catalog: &Catalog, release: u32) -> String {
    let release = catalog.release(release);
    format!("`{}` {}", catalog.extension_name(release.extension), release.version)
}

/// A range for a sentence, in brackets.
pub(crate) fn in_brackets(range: Option<&Range>) -> String {
    range.map(|range| format!(" ({})", range.text())).unwrap_or_default()
}

/// The answer for a set.
pub(crate) fn of_set(catalog: &Catalog, request: &Request, set: &[u32]) -> Answer {
    let situation = Situation::new(catalog, request);
    let Detected {
        met,
        conflicts,
        mut warnings,
        activation,
        quarantined,
    } = detect(catalog, set);
    let mut because: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut dependencies = Vec::new();
    for met in &met {
        let need = catalog.need(met.need);
        let range = catalog.range(need);
        let who = named(catalog, met.release);
        if let (Some(by), false) = (met.by, met.optional)
            && by != met.release
        {
            let reason = match need.target {
                Target::Capability(capability) => {
                    let capability = catalog.capability_name(capability);
                    format!("{who} requires the capability `{capability}`{}, which it provides", in_brackets(range))
                }
                _ => format!("{who} requires it{}", in_brackets(range)),
            };
            because.entry(by).or_default().push(reason);
        }
        let (kind, id) = match need.target {
            Target::Capability(capability) => ("capability", catalog.capability_name(capability)),
            Target::Extension(extension) => ("extension", catalog.extension_name(extension)),
            Target::Resource(_) => continue,
        };
        let provides = |release: u32| {
            let mut provided = catalog.provides(release).iter().filter(|provision| catalog.meets(provision, need));
            provided.find_map(|provision| provision.version.as_ref())
        };
        let version = met.by.and_then(|by| match need.target {
            Target::Capability(_) => provides(by),
            _ => Some(&catalog.release(by).version),
        });
        let provider = met.by.map(|by| catalog.extension_name(catalog.release(by).extension).to_owned());
        dependencies.push(Dependency {
            site: request.site.clone(),
            extension_id: catalog.extension_name(catalog.release(met.release).extension).to_owned(),
            dependency_type: kind,
            dependency_id: id.to_owned(),
            range: range.map(|range| range.text().to_owned()),
            min_version: range.and_then(Range::min_version).map(|version| version.to_string()),
            resolved_version: version.map(Version::to_string),
            resolved_provider: provider.filter(|_| kind == "capability"),
            satisfied: true,
            optional: met.optional,
            reason: match met.by {
                Some(by) => format!("{} meets it", named(catalog, by)),
                None => "it is optional, and nothing of the kind is there".to_owned(),
            },
        });
    }
    dependencies.sort();
    dependencies.dedup();
    let chosen = set.iter().map(|&release| {
        let own = catalog.release(release);
        let id = catalog.extension_name(own.extension);
        let wanted = request.requested.iter().filter(|wanted| wanted.id == id);
        let mut reasons: Vec<String> = wanted
            .map(|wanted| format!("you asked for it{}", in_brackets(wanted.range.as_ref())))
            .collect();
        let requested = !reasons.is_empty();
        let mut required = because.remove(&release).unwrap_or_default();
        required.sort();
        required.dedup();
        reasons.extend(required);
        let installed = situation.installed.binary_search(&(own.extension, release)).is_ok();
        if situation.keep && installed {
            reasons.push("it is installed and kept".to_owned());
        }
        Chosen {
            id: id.to_owned(),
            version: own.version.to_string(),
            requested,
            because: reasons,
        }
    });
    let extensions = chosen.collect();
    warnings.extend(unkept(catalog, request));
    Answer {
        site: request.site.clone(),
        status: Status::Resolved,
        extensions,
        activation: names(catalog, &activation),
        quarantined: quarantined.iter().map(|&e| catalog.extension_name(e).to_owned()).collect(),
        dependencies,
        conflicts,
        warnings,
        explanation: Vec::new(),
        fixes: Vec::new(),
        decisions: 0,
    }
}

/// What is installed and can't be kept, since the catalog does not have it any more.
pub(crate) fn unkept(catalog: &Catalog, request: &Request) -> Vec<String> {
    let gone = request.installed.iter().filter(|(id, version)| {
        let extension = catalog.extension(id);
        extension.and_then(|extension| catalog.find(extension, version)).is_none()
    });
    gone.map(|(id, version)| format!("`{id}` {version} is installed, but the catalog does not have it; it can't be kept"))
        .collect()
}

fn names(catalog: &Catalog, levels: &[Vec<u32>]) -> Vec<Vec<String>> {
    let name = |&extension: &u32| catalog.extension_name(extension).to_owned();
    levels.iter().map(|level| level.iter().map(name).collect()).collect()
}
