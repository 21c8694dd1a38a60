//! The answer, as documented JSON, and how it is put together for a set that was found.
//!
//! Semantics that are decided here: a requirement of a capability is shown as met by the release itself if it provides it, else by
//! the lowest id that does. `decisions` is how much of the budget was used. `quarantined` lists what stands in a cycle of
//! requirements or depends on one; it is part of the set but of no level of `activation`.
//!
//! Invariant: every list is sorted by what it shows, so equal content is equal bytes. Absent: finding the set.

use semver::Version;
use serde::Serialize;

use crate::catalog::{Catalog, Scope, Target};
use crate::detect::{Detected, detect};
use crate::fix::Fix;
use crate::plan::{PlanStep, plan};
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
    /// The way from what is installed to what is chosen; empty where nothing is installed.
    pub plan: Vec<PlanStep>,
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
    format!(
        "`{}` {}",
        catalog.extension_name(release.extension),
        release.version
    )
}

/// A range for a sentence, in brackets.
pub(crate) fn in_brackets(range: Option<&Range>) -> String {
    range
        .map(|range| format!(" ({})", range.text()))
        .unwrap_or_default()
}

/// The answer for a set.
#[expect(clippy::too_many_lines, reason = "rows are filled in field by field")]
pub(crate) fn of_set(catalog: &Catalog, request: &Request, situation: &Situation, set: &[u32]) -> Answer {
    let Detected {
        met,
        conflicts,
        mut warnings,
        activation,
        quarantined,
    } = detect(catalog, set);
    let versions: Vec<String> = set
        .iter()
        .map(|&release| catalog.release(release).version.to_string())
        .collect();
    let id = |release: u32| catalog.extension_name(catalog.release(release).extension);
    let place = |release: u32| set.binary_search(&release).unwrap_or(usize::MAX);
    let version = |release: u32| versions.get(place(release)).map_or("", String::as_str);
    let mut because: Vec<Vec<String>> = vec![Vec::new(); set.len()];
    let mut dependencies = Vec::with_capacity(met.len());
    for met in &met {
        let need = catalog.need(met.need);
        let range = catalog.range(need).map(Range::text);
        let (kind, target) = match need.target {
            Target::Capability(capability) => ("capability", catalog.capability_name(capability)),
            Target::Extension(extension) => ("extension", catalog.extension_name(extension)),
            Target::Resource(_) => continue,
        };
        if let (Some(by), false) = (met.by, met.optional)
            && by != met.release
            && let Some(because) = because.get_mut(place(by))
        {
            let (who, which) = (id(met.release), version(met.release));
            let (open, range, close) = range.map_or(("", "", ""), |range| (" (", range, ")"));
            because.push(match need.target {
                Target::Capability(_) => [
                    "`",
                    who,
                    "` ",
                    which,
                    " requires the capability `",
                    target,
                    "`",
                    open,
                    range,
                    close,
                    ", which it provides",
                ]
                .concat(),
                _ => ["`", who, "` ", which, " requires it", open, range, close].concat(),
            });
        }
        let provided = |release: u32| {
            let mut provided = catalog
                .provides(release)
                .iter()
                .filter(|provision| catalog.meets(provision, need));
            provided.find_map(|provision| provision.version.as_ref())
        };
        dependencies.push(Dependency {
            site: request.site.clone(),
            extension_id: id(met.release).to_owned(),
            dependency_type: kind,
            dependency_id: target.to_owned(),
            range: range.map(str::to_owned),
            min_version: catalog.lowest(need).map(str::to_owned),
            resolved_version: met.by.and_then(|by| match need.target {
                Target::Capability(_) => provided(by).map(Version::to_string),
                _ => Some(version(by).to_owned()),
            }),
            resolved_provider: met
                .by
                .filter(|_| kind == "capability")
                .map(|by| id(by).to_owned()),
            satisfied: true,
            optional: met.optional,
            reason: match met.by {
                Some(by) => ["`", id(by), "` ", version(by), " meets it"].concat(),
                None => "it is optional, and nothing of the kind is there".to_owned(),
            },
        });
    }
    dependencies.sort_unstable();
    dependencies.dedup();
    let mut wanted: Vec<(u32, usize)> = situation
        .wanted
        .iter()
        .copied()
        .zip(0..)
        .filter_map(|(extension, entry)| Some((extension?, entry)))
        .collect();
    wanted.sort_unstable();
    let chosen = set
        .iter()
        .zip(because)
        .zip(&versions)
        .map(|((&release, mut required), version)| {
            let own = catalog.release(release);
            let id = catalog.extension_name(own.extension);
            let from = wanted.partition_point(|&(extension, _)| extension < own.extension);
            let entries = wanted
                .iter()
                .skip(from)
                .take_while(|&&(extension, _)| extension == own.extension);
            let ranges = entries.filter_map(|&(_, entry)| situation.ranges.get(entry));
            let mut reasons: Vec<String> = ranges
                .map(|range| format!("you asked for it{}", in_brackets(range.as_ref())))
                .collect();
            let requested = !reasons.is_empty();
            required.sort_unstable();
            required.dedup();
            reasons.append(&mut required);
            let installed = situation
                .installed
                .binary_search(&(own.extension, release))
                .is_ok();
            if situation.keep && installed {
                reasons.push("it is installed and kept".to_owned());
            }
            Chosen {
                id: id.to_owned(),
                version: version.clone(),
                requested,
                because: reasons,
            }
        });
    let extensions = chosen.collect();
    warnings.extend(unkept(catalog, request));
    let plan = plan(catalog, request, situation, set, &quarantined);
    Answer {
        site: request.site.clone(),
        status: Status::Resolved,
        extensions,
        activation: names(catalog, &activation),
        quarantined: quarantined
            .iter()
            .map(|&e| catalog.extension_name(e).to_owned())
            .collect(),
        plan,
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
        extension
            .and_then(|extension| catalog.find(extension, version))
            .is_none()
    });
    gone.map(|(id, version)| {
        format!("`{id}` {version} is installed, but the catalog does not have it; it can't be kept")
    })
    .collect()
}

fn names(catalog: &Catalog, levels: &[Vec<u32>]) -> Vec<Vec<String>> {
    let name = |&extension: &u32| catalog.extension_name(extension).to_owned();
    levels
        .iter()
        .map(|level| level.iter().map(name).collect())
        .collect()
}
