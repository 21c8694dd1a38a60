//! `plugin.toml`: what a plugin says of itself, embedded in the component as JSON.
//!
//! Invariant: a [`Manifest`] is complete and consistent in itself. Whether the component agrees with it (its exports,
//! its imports) is for the engine to say. Reading reports every reason at once, with its place.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{LimitRequest, PluginName, Problem, World};

mod fields;
use fields::Fields;

/// The only version of the manifest's format so far.
pub const FORMAT: u64 = 1;

/// A host function that needs a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// `assay:plugin/history`: what the host remembers of the same client's earlier documents.
    History,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::History];

    /// The name in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
        }
    }

    /// The import that needs it.
    pub const fn interface(self) -> &'static str {
        match self {
            Self::History => "assay:plugin/history",
        }
    }
}

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The plugin's name.
    pub name: PluginName,
    /// This release.
    pub version: Version,
    /// One sentence for people.
    pub description: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// SPDX expression.
    pub license: Option<String>,
    /// Where its source is.
    pub source: Option<String>,
    /// What it exports.
    pub worlds: Vec<World>,
    /// The rule language that its validator reads, for example `1.0`; none when it takes no rules.
    pub rules: Option<VersionReq>,
    /// The host functions that it needs.
    pub permissions: Vec<Permission>,
    /// The media types that its extractor reads.
    pub media_types: Vec<String>,
    /// JSON Schema (2020-12) of its settings.
    pub settings: Option<Value>,
    /// Limits other than the default that it needs.
    pub limits: LimitRequest,
    /// What it is as an extension.
    pub extension: Extension,
}

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

impl Manifest {
    /// Reads `plugin.toml`.
    ///
    /// # Errors
    /// Every reason why it can't be taken, each with its place.
    pub fn from_toml(text: &str) -> Result<Self, Vec<Problem>> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            vec![Problem::new(
                "",
                format!("not TOML: {}", error.to_string().trim()),
            )]
        })?;
        let value = serde_json::to_value(table).map_err(|error| vec![Problem::new("", error.to_string())])?;
        Self::from_json(&value)
    }

    /// Reads the embedded form.
    ///
    /// # Errors
    /// Every reason why it can't be taken, each with its place.
    pub fn from_json(value: &Value) -> Result<Self, Vec<Problem>> {
        let mut top = Fields::new(value);
        match top.value("manifest") {
            Some(format) if format.as_u64() == Some(FORMAT) => {}
            Some(_) => top.problem(
                "manifest",
                "is not a format that this host reads; write `manifest = 1`",
            ),
            None => top.problem("manifest", "is missing; write `manifest = 1` as the first line"),
        }
        let mut plugin = top.table("plugin", true);
        let name = plugin.parsed::<PluginName>("name");
        let version = plugin.parsed::<Version>("version");
        let description = plugin.text("description", true).unwrap_or_default();
        let authors = plugin.texts("authors");
        let license = plugin.text("license", false);
        let source = plugin.text("source", false);
        let worlds = plugin.parsed_list::<World>("worlds");
        if worlds.is_empty() {
            plugin.problem(
                "worlds",
                "names no world; write for example `worlds = [\"validator\"]`",
            );
        }
        let rules = plugin.optional::<VersionReq>("rules");
        let permissions = plugin
            .texts("permissions")
            .iter()
            .enumerate()
            .filter_map(|(index, text)| {
                let known = Permission::ALL
                    .into_iter()
                    .find(|permission| permission.as_str() == text);
                if known.is_none() {
                    plugin.problem(
                        &format!("permissions/{index}"),
                        "is not a permission; known is `history`",
                    );
                }
                known
            })
            .collect();
        let media_types = plugin.texts("media_types");
        if worlds.contains(&World::Extractor) && media_types.is_empty() {
            plugin.problem(
                "media_types",
                "is missing; an extractor names the media types that it reads",
            );
        }
        top.finish(plugin);

        let settings = top.value("settings").cloned();
        if settings.as_ref().is_some_and(|settings| !settings.is_object()) {
            top.problem("settings", "is not a table; it holds a JSON Schema");
        }
        let limits = top
            .value("limits")
            .cloned()
            .unwrap_or_else(|| Value::Object(Map::new()));
        let limits = serde_json::from_value(limits).unwrap_or_else(|error| {
            top.problem("limits", &error.to_string());
            LimitRequest::default()
        });
        let mut extension = top.table("extension", false);
        let parts = Extension {
            requires: extension.entries("requires", requirement),
            provides: extension.entries("provides", provision),
            resources: extension.entries("resources", resource),
            conflicts: extension.entries("conflicts", conflict),
        };
        top.finish(extension);

        let problems = top.done();
        match (name, version) {
            (Some(name), Some(version)) if problems.is_empty() => Ok(Self {
                name,
                version,
                description,
                authors,
                license,
                source,
                worlds,
                rules,
                permissions,
                media_types,
                settings,
                limits,
                extension: parts,
            }),
            _ => Err(problems),
        }
    }

    /// The embedded form, with sorted keys.
    pub fn to_json(&self) -> Value {
        let mut plugin = Map::new();
        plugin.insert("name".into(), self.name.as_str().into());
        plugin.insert("version".into(), self.version.to_string().into());
        plugin.insert("description".into(), self.description.as_str().into());
        plugin.insert(
            "worlds".into(),
            self.worlds.iter().map(|world| world.as_str()).collect(),
        );
        let lists: [(&str, Vec<&str>); 3] = [
            ("authors", self.authors.iter().map(String::as_str).collect()),
            (
                "permissions",
                self.permissions
                    .iter()
                    .map(|permission| permission.as_str())
                    .collect(),
            ),
            (
                "media_types",
                self.media_types.iter().map(String::as_str).collect(),
            ),
        ];
        for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            plugin.insert(key.into(), list.into_iter().collect());
        }
        let texts = [
            ("license", self.license.clone()),
            ("source", self.source.clone()),
            ("rules", self.rules.as_ref().map(ToString::to_string)),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                plugin.insert(key.into(), text.into());
            }
        }
        let mut top = Map::new();
        top.insert("manifest".into(), FORMAT.into());
        top.insert("plugin".into(), plugin.into());
        if let Some(settings) = &self.settings {
            top.insert("settings".into(), settings.clone());
        }
        if self.limits != LimitRequest::default() {
            top.insert(
                "limits".into(),
                serde_json::to_value(self.limits).unwrap_or_default(),
            );
        }
        let extension = self.extension.to_json();
        if !extension.is_empty() {
            top.insert("extension".into(), extension.into());
        }
        Value::Object(top)
    }
}

impl Extension {
    fn to_json(&self) -> Map<String, Value> {
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

#[cfg(test)]
mod tests;
