//! Whether an answer that somebody else gave may be gone by: a resolver of a tenant's own, or this crate in a sandbox.
//!
//! A resolver may prefer other sets, order them otherwise, find more conflicts and be stricter: "no" is its right. What it
//! must not do is pass off as resolved what breaks a rule, or keep quiet about what is known of its set. Invariant: a
//! `resolved` answer that is accepted names a set that [`super::check`] accepts, every requirement of it with a release of the set
//! that meets it, every conflict that [`detect`] finds, and an order in which each comes after what it requires; texts fit
//! the columns that they are written to. Absent: whether the set is the best, and whether "no" is true.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Rules, check_in};
use crate::catalog::{Catalog, Target};
use crate::detect::detect;
use crate::input::version;
use crate::request::Request;
use crate::solve::Situation;

/// Most characters of a text in an answer.
const LONGEST: usize = 65_536;

/// Most bytes of an id in an answer.
const LONGEST_ID: usize = 128;

#[derive(Deserialize)]
struct Claimed {
    status: String,
    extensions: Vec<Chosen>,
    activation: Vec<Vec<String>>,
    #[serde(default)]
    quarantined: Vec<String>,
    dependencies: Vec<Row>,
    conflicts: Vec<Found>,
}

#[derive(Deserialize)]
struct Chosen {
    id: String,
    version: String,
}

#[derive(Deserialize)]
struct Row {
    extension_id: String,
    dependency_type: String,
    dependency_id: String,
    range: Option<String>,
    optional: bool,
    satisfied: bool,
    resolved_provider: Option<String>,
    resolved_version: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    extension_id_1: Option<String>,
    extension_id_2: Option<String>,
    extensions: Vec<String>,
    conflict_type: String,
    kind: String,
    scope: Option<String>,
    severity: String,
}

/// Whether an answer may be gone by; if not, what is wrong with it, in a sentence.
///
/// # Errors
/// It is not of the documented form, or says what does not hold.
pub fn verify(catalog: &Catalog, request: &Request, answer: &Value) -> Result<(), String> {
    texts(answer)?;
    let claimed = Claimed::deserialize(answer).map_err(|error| format!("it is no answer: {error}"))?;
    for found in &claimed.conflicts {
        let known = ["explicit", "policy", "dependency"].contains(&found.conflict_type.as_str())
            && KINDS.contains(&found.kind.as_str())
            && ["error", "warning"].contains(&found.severity.as_str())
            && found
                .scope
                .as_ref()
                .is_none_or(|scope| ["global", "capability", "resource"].contains(&scope.as_str()));
        let sides = found.extension_id_1.iter().chain(&found.extension_id_2);
        let mut ids = sides.chain(&found.extensions).chain([&found.id]);
        if !known || ids.any(|id| id.is_empty() || id.len() > LONGEST_ID) {
            return Err(format!("the conflict `{}` is of no known kind", found.id));
        }
    }
    match claimed.status.as_str() {
        "resolved" => resolved(catalog, request, &claimed),
        "conflict" | "unknown" => Ok(()),
        other => Err(format!("there is no status `{other}`")),
    }
}

const KINDS: [&str; 9] = [
    "explicit",
    "exclusive-capability",
    "exclusive-resource",
    "policy",
    "site-policy",
    "missing",
    "out-of-range",
    "pin",
    "cycle",
];

/// That every text fits a column, wherever it stands.
fn texts(value: &Value) -> Result<(), String> {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if text.contains('\0') || text.chars().count() > LONGEST => {
                return Err(format!(
                    "a text has U+0000 or more than {LONGEST} characters, which nothing can keep"
                ));
            }
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    Ok(())
}

fn resolved(catalog: &Catalog, request: &Request, claimed: &Claimed) -> Result<(), String> {
    let mut set = Vec::new();
    for Chosen { id, version: text } in &claimed.extensions {
        let found = catalog.extension(id).and_then(|extension| {
            let version = version(text).ok()?;
            catalog.find(extension, &version)
        });
        set.push(found.ok_or_else(|| format!("the catalog has no `{id}` {text}"))?);
    }
    let situation = Situation::new(catalog, request);
    check_in(catalog, request, &situation, &set)?;
    set.sort_unstable();
    requirements(catalog, &situation, claimed, &set)?;
    let detected = detect(catalog, &set);
    for conflict in &detected.conflicts {
        let told = claimed.conflicts.iter().any(|found| {
            let sides = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
            found.kind == conflict.kind
                && sides(&found.extensions) == sides(&conflict.extensions)
                && found.severity == conflict.severity
        });
        if !told {
            return Err(format!("it says nothing of a conflict: {}", conflict.reason));
        }
    }
    ordered(claimed)
}

/// What a requirement says: who, `extension` or `capability`, what, in which range, and whether it is optional.
type Key<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, bool);

/// That each requirement is told, with what meets it, and nothing else.
fn requirements(
    catalog: &Catalog,
    situation: &Situation,
    claimed: &Claimed,
    set: &[u32],
) -> Result<(), String> {
    let mut rows: BTreeMap<Key<'_>, Vec<&Row>> = BTreeMap::new();
    for row in &claimed.dependencies {
        let key = (
            row.extension_id.as_str(),
            row.dependency_type.as_str(),
            row.dependency_id.as_str(),
            row.range.as_deref(),
            row.optional,
        );
        rows.entry(key).or_default().push(row);
    }
    let rules = Rules::new(catalog, situation, set);
    let mut known: BTreeSet<Key<'_>> = BTreeSet::new();
    for &release in set {
        let own = catalog.extension_name(catalog.release(release).extension);
        for requirement in catalog.requires(release) {
            let need = catalog.need(requirement.need);
            let (kind, id) = match need.target {
                Target::Capability(capability) => ("capability", catalog.capability_name(capability)),
                Target::Extension(extension) => ("extension", catalog.extension_name(extension)),
                Target::Resource(_) => continue,
            };
            let range = catalog.range(need).map(crate::Range::text);
            let key = (own, kind, id, range, requirement.optional);
            known.insert(key);
            let meeting: Vec<_> = set
                .iter()
                .copied()
                .filter(|&other| rules.meets(other, need))
                .collect();
            let named = |other: &u32| catalog.extension_name(catalog.release(*other).extension);
            let holds = |row: &Row| {
                let met = match (kind, &row.resolved_provider, &row.resolved_version) {
                    ("capability", Some(provider), _) => meeting.iter().any(|other| named(other) == provider),
                    ("extension", None, Some(version)) => meeting
                        .iter()
                        .any(|other| catalog.release(*other).version.to_string() == *version),
                    (_, None, None) => requirement.optional && meeting.iter().all(|&other| other == release),
                    _ => false,
                };
                met && row.satisfied
            };
            if !rows
                .get(&key)
                .is_some_and(|rows| rows.iter().any(|row| holds(row)))
            {
                return Err(format!("it does not say what meets `{own}` requiring `{id}`"));
            }
        }
    }
    match rows.keys().find(|key| !known.contains(*key)) {
        Some((who, _, what, ..)) => Err(format!("`{who}` does not require `{what}` so")),
        None => Ok(()),
    }
}

/// That what is chosen is activated once or quarantined, and after what it requires.
fn ordered(claimed: &Claimed) -> Result<(), String> {
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    for (level, ids) in claimed.activation.iter().enumerate() {
        for id in ids {
            if levels.insert(id, level).is_some() {
                return Err(format!("`{id}` is activated twice"));
            }
        }
    }
    let quarantined: BTreeSet<&str> = claimed.quarantined.iter().map(String::as_str).collect();
    let chosen: BTreeSet<&str> = claimed.extensions.iter().map(|one| one.id.as_str()).collect();
    if let Some(id) = chosen
        .iter()
        .find(|id| levels.contains_key(**id) == quarantined.contains(**id))
    {
        return Err(format!("`{id}` is neither activated nor quarantined, or both"));
    }
    if let Some(id) = levels
        .keys()
        .chain(&quarantined)
        .find(|id| !chosen.contains(**id))
    {
        return Err(format!("`{id}` is activated or quarantined, and not chosen"));
    }
    for row in claimed.dependencies.iter().filter(|row| !row.optional) {
        let by = row.resolved_provider.as_deref().unwrap_or(&row.dependency_id);
        let Some(own) = levels.get(row.extension_id.as_str()) else {
            continue;
        };
        let after = levels.get(by).is_some_and(|level| level < own);
        if by != row.extension_id && !after {
            return Err(format!("`{}` is activated before `{by}`", row.extension_id));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
