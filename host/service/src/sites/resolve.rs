//! Asking a site's resolver, a plugin in the sandbox, by the documented JSON in both directions.
//!
//! Invariant: no transaction is open. What is asked was read first, so that a resolver is never asked what makes no sense;
//! releases that say what can't be read are left out and named, so that one of them does not keep all sites from being
//! changed. Whoever answers, the platform's plugin or a tenant's own, is gone by only after the independent checker has
//! agreed: a resolver may be stricter than the rules and prefer what it likes, and is refused by name when it passes off as
//! resolved what is not. Absent: this host's own crate as a stand-in. It checks, and does not answer for a plugin that is
//! not there: what a site's log says was resolved by a release then was.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use assay_domain::{ClientId, Digest};
use assay_resolver::{Catalog, Document, InputErrors, Request, verify};
use assay_store::sites::{Dependency, FoundConflict};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{Asked, ask};
use crate::Inner;
use crate::judge::Member;
use crate::queue::Overloaded;

/// The resolver did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ResolveError {
    /// What it was asked is wrong: a range, an id or a version that somebody wrote.
    #[error("{}", .0.iter().map(|(pointer, message)| format!("`{pointer}`: {message}")).collect::<Vec<_>>().join("; "))]
    Request(Vec<(String, String)>),
    /// It broke, or answered what does not hold.
    #[error("the resolver `{resolver}` {version} {what}")]
    Broken {
        resolver: String,
        version: String,
        what: String,
    },
    /// It is not the client's turn.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// This host broke.
    #[error("the resolver could not be asked: {0}")]
    Host(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Resolved,
    Conflict,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) because: Vec<String>,
}

/// What it answered, as far as it is used here. What is shown and not used stays as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) extensions: Vec<Chosen>,
    pub(crate) activation: Vec<Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) conflicts: Vec<FoundConflict>,
    pub(crate) warnings: Vec<String>,
    pub(crate) explanation: Vec<String>,
    pub(crate) fixes: Vec<Value>,
    /// SHA-256 of all that it depended on.
    pub(crate) key: Digest,
    /// All of it, as it came.
    pub(crate) whole: Value,
}

#[derive(Deserialize)]
struct Raw {
    status: Status,
    extensions: Vec<Chosen>,
    activation: Vec<Vec<String>>,
    dependencies: Vec<RawDependency>,
    conflicts: Vec<RawConflict>,
    warnings: Vec<String>,
    explanation: Vec<String>,
    fixes: Vec<Value>,
}

#[derive(Deserialize)]
struct RawDependency {
    extension_id: String,
    dependency_type: String,
    dependency_id: String,
    range: Option<String>,
    optional: bool,
    min_version: Option<String>,
    resolved_version: Option<String>,
    resolved_provider: Option<String>,
    satisfied: bool,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct RawConflict {
    id: String,
    extension_id_1: Option<String>,
    extension_id_2: Option<String>,
    extensions: Vec<String>,
    conflict_type: String,
    kind: String,
    scope: Option<String>,
    capability: Option<String>,
    resource: Option<String>,
    policy_1: Option<String>,
    policy_2: Option<String>,
    severity: String,
    reason: String,
}

/// A question that makes sense.
struct Read {
    catalog: Catalog,
    request: Request,
    texts: (String, String),
    left_out: Vec<String>,
}

/// Reads what is to be asked. `catalog` has its releases in `/extensions`.
fn readable(mut catalog: Value, request: &Value) -> Result<Read, ResolveError> {
    let mut left_out = Vec::new();
    let request = request.to_string();
    loop {
        let text = catalog.to_string();
        match Catalog::parse(text.as_bytes()) {
            Ok(catalog) => {
                let read = Request::parse(request.as_bytes(), catalog.dialect()).map_err(refused)?;
                return Ok(Read {
                    catalog,
                    request: read,
                    texts: (text, request),
                    left_out,
                });
            }
            Err(errors) => {
                let removed = leave_out(&mut catalog, &errors);
                if removed.is_empty() {
                    return Err(refused(errors));
                }
                left_out.extend(removed);
            }
        }
    }
}

/// Seconds of work in the worst case: not on a thread that serves.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ResolveError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ResolveError::Host(error.to_string()))
}

impl Inner {
    /// Asks a client's resolver, when it is the client's turn.
    pub(crate) async fn resolve(
        &self,
        client: ClientId,
        resolver: &Member,
        catalog: Value,
        request: Value,
    ) -> Result<Answer, ResolveError> {
        let read = Arc::new(apart(move || readable(catalog, &request)).await??);
        let (catalog, request) = (read.texts.0.as_str(), read.texts.1.as_str());
        let digest = resolver.release.sha256;
        let key = Digest::of(format!("{catalog}\n{request}\n{digest}").as_bytes());
        let Asked { answer, took } = {
            let mut place = self.queue.place(client).await?;
            // Who hangs up ends the call, and has had the time that it took.
            place.owe();
            let asked = ask(&self.engine, self.clock.as_ref(), resolver, (catalog, request)).await;
            place.settle();
            asked
        };
        self.queue.spend(client, took);
        let broken = |what: String| ResolveError::Broken {
            resolver: resolver.release.name.to_string(),
            version: resolver.release.version.to_string(),
            what,
        };
        let answer = answer.map_err(|error| broken(format!("gave no answer: {error}")))?;
        let asked = Arc::clone(&read);
        let whole = apart(move || {
            let whole: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
            verify(&asked.catalog, &asked.request, &whole).map(|()| whole)
        });
        let lies = |why: String| broken(format!("gave an answer that does not hold: {why}"));
        let whole = whole.await?.map_err(lies)?;
        let raw = Raw::deserialize(&whole).map_err(|error| lies(error.to_string()))?;
        Ok(read_answer(raw, key, read.left_out.clone(), whole))
    }
}

/// Takes the releases out of the catalog that can't be read, and says which.
fn leave_out(catalog: &mut Value, errors: &InputErrors) -> Vec<String> {
    let wrong: BTreeSet<usize> = errors
        .problems
        .iter()
        .filter(|problem| problem.document == Document::Catalog)
        .filter_map(|problem| {
            problem
                .pointer
                .strip_prefix("/extensions/")?
                .split('/')
                .next()?
                .parse()
                .ok()
        })
        .collect();
    let Some(releases) = catalog.get_mut("extensions").and_then(Value::as_array_mut) else {
        return Vec::new();
    };
    let mut said = Vec::new();
    for index in wrong
        .into_iter()
        .rev()
        .filter(|index| *index < releases.len())
        .collect::<Vec<_>>()
    {
        let release = releases.remove(index);
        let at = format!("/extensions/{index}");
        let of = |pointer: &str| {
            let rest = pointer.strip_prefix(&at);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let why = errors.problems.iter().find(|problem| of(&problem.pointer));
        said.push(format!(
            "`{}` {} is left out: {}",
            text(&release, "id"),
            text(&release, "version"),
            why.map(|problem| problem.message.as_str()).unwrap_or_default()
        ));
    }
    said
}

fn text<'a>(release: &'a Value, field: &str) -> &'a str {
    release.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn refused(errors: InputErrors) -> ResolveError {
    let problems = errors.problems.into_iter();
    ResolveError::Request(
        problems
            .map(|problem| (problem.pointer, problem.message))
            .collect(),
    )
}

fn read_answer(raw: Raw, key: Digest, left_out: Vec<String>, whole: Value) -> Answer {
    let dependencies = raw.dependencies.into_iter().map(|row| Dependency {
        extension_id: row.extension_id,
        dependency_type: row.dependency_type,
        dependency_id: row.dependency_id,
        range: row.range.unwrap_or_default(),
        optional: row.optional,
        min_version: row.min_version,
        resolved_version: row.resolved_version,
        resolved_provider: row.resolved_provider,
        satisfied: row.satisfied,
        reason: row.reason,
    });
    let conflicts = raw.conflicts.into_iter().map(|row| FoundConflict {
        conflict_id: row.id,
        extension_id_1: row.extension_id_1,
        extension_id_2: row.extension_id_2,
        extensions: row.extensions,
        conflict_type: row.conflict_type,
        kind: row.kind,
        scope: row.scope,
        capability: row.capability,
        resource: row.resource,
        policy_1: row.policy_1,
        policy_2: row.policy_2,
        severity: row.severity,
        reason: row.reason,
    });
    let mut warnings = raw.warnings;
    warnings.extend(left_out);
    Answer {
        status: raw.status,
        extensions: raw.extensions,
        activation: raw.activation,
        dependencies: dependencies.collect(),
        conflicts: conflicts.collect(),
        warnings,
        explanation: raw.explanation,
        fixes: raw.fixes,
        key,
        whole,
    }
}

/// Whether somebody may go ahead in spite of a conflict: what is missing can't be had by wishing.
pub(crate) fn can_be_forced(conflict: &FoundConflict) -> bool {
    matches!(
        conflict.kind.as_str(),
        "explicit" | "exclusive-capability" | "exclusive-resource" | "policy" | "site-policy" | "cycle"
    )
}

/// Takes out of a catalog and a request what makes these conflicts, so that what is left can be resolved.
pub(crate) fn relax<'a>(
    catalog: &mut Value,
    request: &mut Value,
    conflicts: impl Iterator<Item = &'a FoundConflict>,
) {
    for conflict in conflicts {
        let sides: BTreeSet<&str> = conflict.extensions.iter().map(String::as_str).collect();
        if conflict.kind == "site-policy"
            && let Some(policies) = request.get_mut("policies").and_then(Value::as_array_mut)
        {
            policies.retain(|policy| policy["capability"].as_str() != conflict.capability.as_deref());
        }
        let releases = catalog.get_mut("extensions").and_then(Value::as_array_mut);
        for release in releases.into_iter().flatten() {
            let own = release["id"].as_str().unwrap_or_default().to_owned();
            if !sides.contains(own.as_str()) {
                continue;
            }
            match conflict.kind.as_str() {
                "explicit" => each(release, "conflicts", |entry| {
                    let of = |key: &str| entry[key].as_str().map(str::to_owned);
                    let about = (of("extension"), of("capability"), of("resource"));
                    let meant = match about {
                        (Some(other), _, _) => other != own && sides.contains(other.as_str()),
                        (_, Some(capability), _) => Some(capability) == conflict.capability,
                        (_, _, resource) => resource == conflict.resource,
                    };
                    if meant {
                        entry["severity"] = json!("warning");
                    }
                }),
                "exclusive-capability" => each(release, "provides", |entry| {
                    if entry["capability"].as_str() == conflict.capability.as_deref() {
                        entry["exclusive"] = json!(false);
                    }
                }),
                "exclusive-resource" => each(release, "resources", |entry| {
                    if entry["resource"].as_str() == conflict.resource.as_deref() {
                        entry["mode"] = json!("shared");
                    }
                }),
                "policy" | "site-policy" => {
                    for list in ["provides", "requires"] {
                        each(release, list, |entry| {
                            let about = entry["capability"].as_str() == conflict.capability.as_deref();
                            if let (true, Some(entry)) = (about, entry.as_object_mut()) {
                                entry.remove("policy");
                            }
                        });
                    }
                }
                _ => {}
            }
        }
    }
}

fn each(release: &mut Value, list: &str, change: impl FnMut(&mut Value)) {
    let entries = release.get_mut(list).and_then(Value::as_array_mut);
    entries.into_iter().flatten().for_each(change);
}

/// What is asked for and all that it needs; the rest is there for nobody.
pub(crate) fn needed(answer: &Answer, requested: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut rows: BTreeMap<&str, Vec<&Dependency>> = BTreeMap::new();
    for row in answer
        .dependencies
        .iter()
        .filter(|row| !row.optional && row.satisfied)
    {
        rows.entry(&row.extension_id).or_default().push(row);
    }
    let mut needed: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = requested.collect();
    while let Some(next) = open.pop() {
        if needed.contains(&next) {
            continue;
        }
        for row in rows.get(next.as_str()).into_iter().flatten() {
            let other = match &row.resolved_provider {
                Some(provider) => provider.clone(),
                None if row.dependency_type == "extension" => row.dependency_id.clone(),
                None => continue,
            };
            open.push(other);
        }
        needed.insert(next);
    }
    needed
}
