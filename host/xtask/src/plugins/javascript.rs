//! Builds a plugin of JavaScript: `npm ci`, then the `build` of its `package.json`.
//!
//! Invariant: what builds it is named with its exact version and pinned by `package-lock.json`, and no package's own
//! scripts run. Deliberately absent: comparing a second build with the first. The engine's state that a component starts
//! from holds random numbers of the build (the seeds of its hash tables), so two builds differ in some bytes; the lock
//! holds the digests of the sources and of the component that is committed.

use crate::process;
use crate::repository::Repository;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(rename = "devDependencies", default)]
    dev_dependencies: BTreeMap<String, String>,
}

/// What builds a plugin, from its `package.json`: name and version.
///
/// # Errors
/// It is no such file, or names not exactly one package with an exact version.
pub(crate) fn builder(manifest: &Path) -> Result<String> {
    let text = fs::read_to_string(manifest)?;
    let manifest: Manifest = serde_json::from_str(&text)?;
    let mut packages = manifest.dev_dependencies.into_iter();
    let (Some((name, version)), None) = (packages.next(), packages.next()) else {
        bail!("`devDependencies` must name one package: what builds the plugin");
    };
    if !version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        bail!("`devDependencies` names {name} {version}; write an exact version");
    }
    Ok(format!("{name} {version}, npm"))
}

/// Builds a plugin in a folder of its own and returns where the component lies.
///
/// # Errors
/// There is no npm, the lock does not fit, or it does not build.
pub(crate) fn compile(repository: &Repository, name: &str, folder: &Path) -> Result<PathBuf> {
    if !process::in_path("npm") {
        bail!(
            "{name} is JavaScript and npm is not in PATH; install Node.js 20 or later, or name other plugins"
        );
    }
    let place = repository.plugins().join("target/javascript").join(name);
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("{} cannot be removed", place.display()))?;
    }
    copy(folder, &place)?;
    let npm = |arguments: &[&str]| {
        process::quiet(Command::new("npm").args(arguments).current_dir(&place))
            .with_context(|| format!("{name} does not build"))
    };
    npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    npm(&["run", "build"])?;
    let component = place.join("target").join(format!("{name}.wasm"));
    if !component.is_file() {
        bail!("the script `build` of {name} left no target/{name}.wasm");
    }
    Ok(component)
}

/// Copies a folder without what was built in it; what links lead to is copied too.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "node_modules" || name == "target" {
            continue;
        }
        let (path, copied) = (entry.path(), to.join(&name));
        if path.is_dir() {
            copy(&path, &copied)?;
        } else {
            fs::copy(&path, &copied).with_context(|| format!("{} cannot be copied", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
