//! What a plugin requires, provides and conflicts with as an extension (configuration-validator.md).

use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};
use serde_json::{Map, Value};

use super::fields::Fields;
use crate::{Aspect, SiteRole};

/// Requirements and claims as an extension (configuration-validator.md).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    /// Extensions or capabilities that must be there.
    pub requires: Vec<Requirement>,
    /// Capabilities that it brings.
    pub provides: Vec<Provision>,
    /// Resources that it uses, and whether alone.
    pub resources: Vec<ResourceClaim>,
    /// What it can't be enabled with.
    pub conflicts: Vec<ConflictClaim>,
    /// Which aspects of its configuration at a site are signed, and by which role there.
    pub signoff: Vec<Signoff>,
}

/// One entry of `signoff`. An aspect stands once: one role signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signoff {
    /// What is signed.
    pub aspect: Aspect,
    /// Who signs it.
    pub role: SiteRole,
}

/// What a requirement, a provision or a conflict is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An extension, by id.
    Extension(String),
    /// A capability.
    Capability(String),
    /// A resource.
    Resource(String),
}

/// One entry of `requires`.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// An extension or a capability.
    pub subject: Subject,
    /// Which versions.
    pub range: VersionReq,
    /// Whether it does without.
    pub optional: bool,
    /// The policy that the capability must follow.
    pub policy: Option<String>,
}

/// One entry of `provides`.
#[derive(Clone, Debug, PartialEq)]
pub struct Provision {
    /// The capability.
    pub capability: String,
    /// Its version.
    pub version: Option<Version>,
    /// The policy that it follows.
    pub policy: Option<String>,
    /// Whether nobody else may provide it at the same site.
    pub exclusive: bool,
}

/// One entry of `resources`.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceClaim {
    /// The resource.
    pub resource: String,
    /// Whether nobody else may use it.
    pub exclusive: bool,
}

/// One entry of `conflicts`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictClaim {
    /// With what.
    pub subject: Subject,
    /// With which versions of it.
    pub range: VersionReq,
    /// `global`, `capability` or `resource`.
    pub scope: String,
    /// `error` or `warning`.
    pub severity: String,
    /// Why.
    pub reason: String,
}

impl Extension {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            requires: fields.entries("requires", requirement),
            provides: fields.entries("provides", provision),
            resources: fields.entries("resources", resource),
            conflicts: fields.entries("conflicts", conflict),
            signoff: signoffs(fields),
        }
    }

    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for entry in &self.requires {
            let mut fields = entry.subject.to_json();
            fields.insert("range".into(), entry.range.to_string().into());
            fields.insert("optional".into(), entry.optional.into());
            fields.extend(
                entry
                    .policy
                    .iter()
                    .map(|policy| ("policy".to_owned(), policy.as_str().into())),
            );
            lists.entry("requires").or_default().push(fields.into());
        }
        for entry in &self.provides {
            let mut fields = Map::from_iter([("capability".to_owned(), entry.capability.as_str().into())]);
            fields.insert("exclusive".into(), entry.exclusive.into());
            fields.extend(
                entry
                    .version
                    .iter()
                    .map(|version| ("version".to_owned(), version.to_string().into())),
            );
            fields.extend(
                entry
                    .policy
                    .iter()
                    .map(|policy| ("policy".to_owned(), policy.as_str().into())),
            );
            lists.entry("provides").or_default().push(fields.into());
        }
        for entry in &self.resources {
            let mode = if entry.exclusive { "exclusive" } else { "shared" };
            let fields = [("resource", entry.resource.as_str()), ("mode", mode)];
            lists.entry("resources").or_default().push(
                fields
                    .map(|(key, text)| (key, Value::from(text)))
                    .into_iter()
                    .collect(),
            );
        }
        for entry in &self.conflicts {
            let mut fields = entry.subject.to_json();
            for (key, text) in [
                ("range", entry.range.to_string()),
                ("scope", entry.scope.clone()),
                ("severity", entry.severity.clone()),
                ("reason", entry.reason.clone()),
            ] {
                fields.insert(key.into(), text.into());
            }
            lists.entry("conflicts").or_default().push(fields.into());
        }
        for entry in &self.signoff {
            let fields = [("aspect", entry.aspect.as_str()), ("role", entry.role.as_str())];
            lists.entry("signoff").or_default().push(
                fields
                    .map(|(key, text)| (key, Value::from(text)))
                    .into_iter()
                    .collect(),
            );
        }
        lists
            .into_iter()
            .map(|(key, list)| (key.to_owned(), list.into()))
            .collect()
    }
}

impl Subject {
    fn to_json(&self) -> Map<String, Value> {
        let (key, id) = match self {
            Self::Extension(id) => ("extension", id),
            Self::Capability(id) => ("capability", id),
            Self::Resource(id) => ("resource", id),
        };
        Map::from_iter([(key.to_owned(), id.as_str().into())])
    }
}

fn requirement(fields: &mut Fields<'_>) -> Option<Requirement> {
    Some(Requirement {
        subject: fields.subject(&["extension", "capability"])?,
        range: fields.optional("range").unwrap_or(VersionReq::STAR),
        optional: fields.flag("optional"),
        policy: fields.text("policy", false),
    })
}

fn provision(fields: &mut Fields<'_>) -> Option<Provision> {
    let Some(Subject::Capability(capability)) = fields.subject(&["capability"]) else {
        return None;
    };
    Some(Provision {
        capability,
        version: fields.optional("version"),
        policy: fields.text("policy", false),
        exclusive: fields.flag("exclusive"),
    })
}

fn resource(fields: &mut Fields<'_>) -> Option<ResourceClaim> {
    let Some(Subject::Resource(resource)) = fields.subject(&["resource"]) else {
        return None;
    };
    let mode = fields.one_of("mode", &["shared", "exclusive"])?;
    Some(ResourceClaim {
        resource,
        exclusive: mode == "exclusive",
    })
}

fn conflict(fields: &mut Fields<'_>) -> Option<ConflictClaim> {
    Some(ConflictClaim {
        subject: fields.subject(&["extension", "capability", "resource"])?,
        range: fields.optional("range").unwrap_or(VersionReq::STAR),
        scope: fields.one_of("scope", &["global", "capability", "resource"])?,
        severity: fields.one_of("severity", &["error", "warning"])?,
        reason: fields.text("reason", true)?,
    })
}

fn signoffs(fields: &mut Fields<'_>) -> Vec<Signoff> {
    let signoffs = fields.entries("signoff", |fields| {
        let (aspect, role) = (fields.parsed("aspect"), fields.parsed("role"));
        Some(Signoff {
            aspect: aspect?,
            role: role?,
        })
    });
    let mut seen = BTreeSet::new();
    for (index, signoff) in signoffs.iter().enumerate() {
        if !seen.insert(&signoff.aspect) {
            let message = format!(
                "names the aspect `{}` a second time; one role signs it",
                signoff.aspect
            );
            fields.problem(&format!("signoff/{index}"), &message);
        }
    }
    signoffs
}
