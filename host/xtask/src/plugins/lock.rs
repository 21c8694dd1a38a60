//! `plugins/built/plugins.lock`: of what sources each built component is, by which toolchain.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const FILE: &str = "plugins.lock";
const HEADER: &str =
    "# Written by `cargo xtask plugins`, compared by `cargo xtask plugins --check`. Do not edit.\n\n";

/// The lock.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    /// What is known of each plugin.
    #[serde(default)]
    pub(crate) plugin: BTreeMap<String, Locked>,
}

/// What is known of one built component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locked {
    /// The component, relative to the lock.
    pub(crate) file: String,
    /// The digest of what it was built from.
    pub(crate) source: String,
    /// The digest of the component with its manifest.
    pub(crate) component: String,
    /// What built it.
    pub(crate) toolchain: String,
}

impl Lock {
    /// Reads the lock; one that is not there is empty.
    ///
    /// # Errors
    /// It cannot be read or is not a lock.
    pub(crate) fn read(built: &Path) -> Result<Self> {
        let file = built.join(FILE);
        match fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text).with_context(|| {
                format!(
                    "{} is not a lock; remove it and run `cargo xtask plugins`",
                    file.display()
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
        }
    }

    /// Writes the lock in one step.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, built: &Path) -> Result<()> {
        let text = format!("{HEADER}{}", toml::to_string(self)?);
        let (file, new) = (built.join(FILE), built.join("plugins.lock.new"));
        fs::write(&new, text).with_context(|| format!("{} cannot be written", new.display()))?;
        fs::rename(&new, &file).with_context(|| format!("{} cannot be replaced", file.display()))
    }

    /// A sentence for each plugin that the lock knows and the sources do not.
    pub(crate) fn strangers<'a>(&self, plugins: impl Iterator<Item = &'a str>) -> Vec<String> {
        let known: Vec<&str> = plugins.collect();
        self.plugin
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| {
                format!("{name}: the lock has it, plugins/ does not; run `cargo xtask plugins` and commit plugins/built")
            })
            .collect()
    }
}

/// A sentence that says how a plugin's sources, component and lock disagree, and what to do.
pub(crate) fn disagreement(
    name: &str,
    locked: Option<&Locked>,
    source: &str,
    component: Option<&str>,
) -> Option<String> {
    let remedy = format!("run `cargo xtask plugins {name}` and commit plugins/built");
    let Some(locked) = locked else {
        return Some(format!("{name}: it was never built; {remedy}"));
    };
    if locked.source != source {
        return Some(format!(
            "{name}: its sources changed since it was built (they are {source}, the lock has {}); {remedy}",
            locked.source
        ));
    }
    match component {
        None => Some(format!(
            "{name}: plugins/built/{} is missing; {remedy}",
            locked.file
        )),
        Some(component) if component != locked.component => Some(format!(
            "{name}: plugins/built/{} is not what was built (it is {component}, the lock has {}); {remedy}",
            locked.file, locked.component
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
