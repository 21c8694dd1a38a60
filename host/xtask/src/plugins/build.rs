//! Compiles a plugin and gives it its manifest.

use super::javascript;
use super::tree::{Language, Plugin};
use crate::assay;
use crate::process;
use crate::repository::Repository;
use crate::toolchain::Toolchain;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a plugin and returns where it was left. `locked` refuses to change the workspace's lock.
///
/// # Errors
/// It does not compile, or is no component.
pub(crate) fn compile(
    repository: &Repository,
    toolchain: Option<&Toolchain>,
    plugin: &Plugin,
    locked: bool,
) -> Result<PathBuf> {
    match &plugin.language {
        Language::Rust { package, target } => {
            let toolchain = toolchain.context("there is no toolchain for plugins of Rust")?;
            let cargo = toolchain.cargo_build(repository, *target)?;
            rust(cargo, package, plugin, locked)
        }
        Language::JavaScript { .. } => javascript::compile(repository, &plugin.name, &plugin.folder),
    }
}

/// Each plugin is built by itself: together, cargo would unite the features they ask of shared crates, and what is
/// in a component would depend on what else was built.
fn rust(mut cargo: Command, package: &str, plugin: &Plugin, locked: bool) -> Result<PathBuf> {
    cargo.args(["--package", package]);
    if locked {
        cargo.arg("--locked");
    }
    let manifest = plugin.folder.join("Cargo.toml");
    let built = assay::artifacts(&mut cargo).with_context(|| format!("{} does not build", plugin.name))?;
    built
        .into_iter()
        .filter(|artifact| artifact.manifest_path == manifest)
        .flat_map(|artifact| artifact.filenames)
        .find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
        .with_context(|| {
            format!(
                "{} is no component; write `crate-type = [\"cdylib\"]` under [lib]",
                plugin.name
            )
        })
}

/// Compiles a plugin and writes it to `output`, with its manifest put in by the program `packer` if it has one.
///
/// # Errors
/// It does not compile, or `assay plugin pack` refuses it.
pub(crate) fn finished(
    repository: &Repository,
    toolchain: Option<&Toolchain>,
    packer: Option<&Path>,
    plugin: &Plugin,
    output: &Path,
    locked: bool,
) -> Result<()> {
    let bare = compile(repository, toolchain, plugin, locked)?;
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    match plugin.manifest.as_ref().zip(packer) {
        Some((manifest, assay)) => process::quiet(
            Command::new(assay)
                .args(["plugin", "pack"])
                .arg(&bare)
                .arg("--manifest")
                .arg(manifest)
                .arg("--out")
                .arg(output),
        )
        .map(|_| ())
        .with_context(|| format!("{} cannot be packed", plugin.name)),
        None => fs::copy(&bare, output)
            .map(|_| ())
            .with_context(|| format!("{} cannot be written", output.display())),
    }
}
