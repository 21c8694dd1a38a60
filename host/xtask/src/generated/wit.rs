//! `wit/*.sha256`: a released WIT package never changes, since built plugins carry its names.

use crate::console::say;
use crate::repository::Repository;
use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const PACKAGES: [&str; 2] = ["wit/plugin-v1", "wit/resolver-v1"];

/// Says how the package differs from its digests, or writes them when `write` is set.
///
/// Without `write` the digests are never touched: regenerating them is a decision, not a chore.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn run(repository: &Repository, write: bool) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for package in PACKAGES {
        differences.extend(frozen(repository, package, write)?);
    }
    Ok(differences)
}

fn frozen(repository: &Repository, package: &str, write: bool) -> Result<Vec<String>> {
    let now = digests(&repository.root().join(package))?;
    let name = format!("{package}.sha256");
    let file = repository.root().join(&name);
    if write {
        fs::write(&file, written(package, &now))
            .with_context(|| format!("{} cannot be written", file.display()))?;
        say(&format!("generated: {name}"));
        return Ok(Vec::new());
    }
    let frozen = match fs::read_to_string(&file) {
        Ok(text) => parsed(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(vec![format!(
                "{name} is missing; run `cargo xtask generated --write-wit wit` and commit it"
            )]);
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    Ok(differences(package, &frozen, &now))
}

/// The digest of each WIT file of a folder.
fn digests(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "wit") {
            let content = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            digests.insert(name, hex::encode(Sha256::digest(content)));
        }
    }
    Ok(digests)
}

/// The form of sha256sum(1), with paths from the root.
fn written(package: &str, digests: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, digest) in digests {
        let _ = writeln!(text, "{digest}  {package}/{name}");
    }
    text
}

fn parsed(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let (digest, path) = line.split_once("  ")?;
            Some((path.rsplit('/').next()?.to_owned(), digest.to_owned()))
        })
        .collect()
}

fn differences(
    package: &str,
    frozen: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = frozen.keys().chain(now.keys()).collect();
    names
        .into_iter()
        .filter(|name| frozen.get(*name) != now.get(*name))
        .map(|name| {
            let how = match (frozen.get(name), now.get(name)) {
                (Some(_), None) => "is gone",
                (None, _) => "is new",
                _ => "changed",
            };
            format!(
                "{package}/{name} {how}, but the released package is frozen: undo it and put what is new into another \
                 version of the package; if no plugin was ever built against this one, run \
                 `cargo xtask generated --write-wit wit`"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
