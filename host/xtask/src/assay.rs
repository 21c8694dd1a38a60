//! The binary `assay`, built when a task needs it.

use crate::process;
use crate::repository::Repository;
use anyhow::{Context as _, Result};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The parts of cargo's messages that say where what it built lies.
#[derive(Debug, Deserialize)]
pub(crate) struct Artifact {
    /// The kind of message.
    pub(crate) reason: String,
    /// The manifest of the package that was built.
    #[serde(default)]
    pub(crate) manifest_path: PathBuf,
    /// What was built.
    #[serde(default)]
    pub(crate) filenames: Vec<PathBuf>,
    /// The program that was built, if it is one.
    #[serde(default)]
    pub(crate) executable: Option<PathBuf>,
}

/// Runs a cargo command with its progress shown, and returns what it built.
///
/// # Errors
/// cargo fails, or writes messages of another form.
pub(crate) fn artifacts(cargo: &mut Command) -> Result<Vec<Artifact>> {
    let messages = process::read(
        cargo
            .arg("--message-format=json-render-diagnostics")
            .stdin(Stdio::null()),
    )?;
    let parsed = messages
        .lines()
        .map(serde_json::from_str::<Artifact>)
        .collect::<Result<Vec<_>, _>>();
    let parsed = parsed.context("cargo's messages have an unknown form")?;
    Ok(parsed
        .into_iter()
        .filter(|message| message.reason == "compiler-artifact")
        .collect())
}

/// What is built along with `assay`. Cargo unites the features of what it builds at once, so each choice has a build of
/// the sandbox of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    /// Nothing: the quickest first build.
    Nothing,
    /// The programs of the whole workspace, so that the tests' build of the sandbox serves here too.
    Workspace,
}

/// Builds `assay` and returns its path.
///
/// # Errors
/// It does not compile.
pub(crate) fn build(repository: &Repository, along: Along) -> Result<PathBuf> {
    let mut cargo = process::cargo();
    cargo.current_dir(repository.root()).arg("build");
    match along {
        Along::Nothing => cargo.args(["--package", "assay-cli", "--bin", "assay"]),
        Along::Workspace => cargo.args(["--workspace", "--bins"]),
    };
    artifacts(&mut cargo)?
        .into_iter()
        .filter_map(|artifact| artifact.executable)
        .find(|program| program.file_stem().is_some_and(|stem| stem == "assay"))
        .context("cargo built no program `assay`")
}
