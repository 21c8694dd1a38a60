//! Which plugins there are: every folder of `plugins/` with a `plugin.toml`, and everything in `plugins/fixtures/` that is
//! built. A folder with a `Cargo.toml` is Rust, one with a `package.json` is JavaScript.

use super::javascript;
use crate::repository::Repository;
use crate::toolchain::Target;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A plugin's sources.
#[derive(Debug, Clone)]
pub(crate) struct Plugin {
    /// The folder's name, which is also how the lock calls it.
    pub(crate) name: String,
    /// What it is written in.
    pub(crate) language: Language,
    /// The sources.
    pub(crate) folder: PathBuf,
    /// The manifest to embed; a fixture may have none.
    pub(crate) manifest: Option<PathBuf>,
    /// The component, relative to `plugins/built`.
    pub(crate) output: String,
}

/// What a plugin is written in, and what building it needs to know.
#[derive(Debug, Clone)]
pub(crate) enum Language {
    /// A package of the plugins' workspace.
    Rust {
        /// The cargo package.
        package: String,
        /// What it is compiled for.
        target: Target,
    },
    /// A package of npm.
    JavaScript {
        /// What builds it, with its exact version, as `package.json` names it.
        builder: String,
    },
}

#[derive(Debug, Deserialize)]
struct CargoManifest {
    package: Package,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    assay: AssayMetadata,
}

#[derive(Debug, Default, Deserialize)]
struct AssayMetadata {
    target: Option<String>,
}

/// The plugins of these names, all if there are none, in the order of their names.
///
/// # Errors
/// A name is no plugin's, or a manifest cannot be read.
pub(crate) fn find(repository: &Repository, names: &[String]) -> Result<Vec<Plugin>> {
    let root = repository.plugins();
    let mut plugins = Vec::new();
    for folder in folders(&root)? {
        if folder.join("plugin.toml").is_file() {
            plugins.push(plugin(&folder, "")?);
        }
    }
    let fixtures = root.join("fixtures");
    if fixtures.is_dir() {
        for folder in folders(&fixtures)? {
            plugins.push(plugin(&folder, "fixtures/")?);
        }
    }
    plugins.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(twice) = plugins.windows(2).find_map(|pair| match pair {
        [one, other] if one.name == other.name => Some(&one.name),
        _ => None,
    }) {
        bail!("there are two plugins {twice}; rename one");
    }
    if names.is_empty() {
        return Ok(plugins);
    }
    for name in names {
        if plugins.iter().all(|plugin| plugin.name != *name) {
            let known: Vec<&str> = plugins.iter().map(|plugin| plugin.name.as_str()).collect();
            bail!(
                "there is no plugin {name:?} under plugins/; there are {}",
                known.join(", ")
            );
        }
    }
    plugins.retain(|plugin| names.contains(&plugin.name));
    Ok(plugins)
}

/// The folders under `root` that hold something to build.
fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("{} cannot be read", root.display()))? {
        let folder = entry?.path();
        if ["Cargo.toml", "package.json"]
            .iter()
            .any(|manifest| folder.join(manifest).is_file())
        {
            folders.push(folder);
        }
    }
    Ok(folders)
}

fn plugin(folder: &Path, prefix: &str) -> Result<Plugin> {
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let manifest = folder.join("plugin.toml");
    Ok(Plugin {
        output: format!("{prefix}{name}.wasm"),
        language: language(folder, &name)?,
        name,
        folder: folder.to_path_buf(),
        manifest: manifest.is_file().then_some(manifest),
    })
}

fn language(folder: &Path, name: &str) -> Result<Language> {
    let npm = folder.join("package.json");
    if npm.is_file() {
        let builder =
            javascript::builder(&npm).with_context(|| format!("{} is not usable", npm.display()))?;
        return Ok(Language::JavaScript { builder });
    }
    let file = folder.join("Cargo.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let cargo: CargoManifest =
        toml::from_str(&text).with_context(|| format!("{} is not usable", file.display()))?;
    let target = target(name, cargo.package.metadata.assay.target.as_deref())
        .with_context(|| format!("{} is not usable", file.display()))?;
    Ok(Language::Rust {
        package: cargo.package.name,
        target,
    })
}

/// What a plugin is compiled for: as `package.metadata.assay.target` says, else by the end of its name.
fn target(name: &str, written: Option<&str>) -> Result<Target> {
    match written {
        Some("wasip2" | "wasm32-wasip2") => Ok(Target::Wasip2),
        Some("wasip1" | "wasm32-wasip1") => Ok(Target::Wasip1),
        Some(other) => bail!("package.metadata.assay.target is {other:?}; write \"wasip2\" or \"wasip1\""),
        None if name.ends_with("wasip1") => Ok(Target::Wasip1),
        None => Ok(Target::Wasip2),
    }
}

#[cfg(test)]
mod tests;
