//! `plugin.toml`: what a plugin says of itself, embedded in the component as JSON.
//!
//! Invariant: a [`Manifest`] is complete and consistent in itself. Whether the component agrees with it (its exports,
//! its imports) is for the engine to say. Reading reports every reason at once, with its place.

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{LimitRequest, PluginName, Problem, World};

mod extension;
mod fields;
pub mod secret;
pub mod selftest;

pub use extension::{ConflictClaim, Extension, Provision, Requirement, ResourceClaim, Signoff, Subject};
use fields::Fields;
use selftest::SelfTest;

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
    /// Tests that a host runs before it puts the release into use.
    pub selftest: Vec<SelfTest>,
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
        for (pointer, message) in settings.iter().flat_map(secret::problems) {
            top.problem_at(&format!("/settings{pointer}"), message);
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
        let parts = Extension::read(&mut extension);
        top.finish(extension);
        if parts != Extension::default()
            && let Some(Err(error)) = name.as_ref().map(PluginName::extension_id)
        {
            let message = format!("can't be an extension's name: {error}");
            top.problem("extension", &message);
        }

        let selftest = tests(&mut top, &worlds);

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
                selftest,
            }),
            _ => Err(problems),
        }
    }

    /// Where the settings hold what is secret.
    pub fn secrets(&self) -> secret::Secrets {
        self.settings
            .as_ref()
            .map(secret::Secrets::of)
            .unwrap_or_default()
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
        if !self.selftest.is_empty() {
            let listed = serde_json::to_value(&self.selftest).unwrap_or_default();
            top.insert("selftest".into(), listed);
        }
        Value::Object(top)
    }
}

/// The plugin's own tests.
fn tests(top: &mut Fields<'_>, worlds: &[World]) -> Vec<SelfTest> {
    let listed = match top.value("selftest") {
        None => return Vec::new(),
        Some(Value::Array(listed)) => listed.clone(),
        Some(_) => {
            top.problem("selftest", "is not a list of tables; write `[[selftest]]`");
            return Vec::new();
        }
    };
    if listed.len() > selftest::MOST {
        let message = format!("has {} tests, and {} are allowed", listed.len(), selftest::MOST);
        top.problem("selftest", &message);
        return Vec::new();
    }
    let mut tests = Vec::new();
    for (index, test) in listed.into_iter().enumerate() {
        let at = format!("selftest/{index}");
        match serde_json::from_value::<SelfTest>(test) {
            Ok(test) => match test.problem(worlds) {
                Some(problem) => top.problem(&at, &problem),
                None => tests.push(test),
            },
            Err(error) => top.problem(&at, &error.to_string()),
        }
    }
    tests
}

#[cfg(test)]
mod tests;
