//! Digests of what a plugin is built from, and of what was built.
//!
//! Invariant: the digest of sources depends on relative paths and contents only, and covers everything that decides the
//! component apart from the toolchain: the plugin, and of a Rust one the SDK, the rules, the WIT package, the workspace's
//! manifest and lock; a JavaScript one has its own lock and links to the WIT package. Deliberately left out is what never reaches a component: readmes, tests, fixtures and build output.

use super::tree::{Language, Plugin};
use crate::repository::Repository;
use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Names that are not built from, as files or folders, wherever they lie below a source folder.
const IGNORED: [&str; 7] = [
    "target",
    "node_modules",
    "fixtures",
    "tests",
    "tests.rs",
    "benches",
    "examples",
];

/// The digest of the sources of a plugin, as `sha256:` and lower-case hex.
///
/// # Errors
/// A file cannot be read, or a part that every plugin needs is missing.
pub(crate) fn sources(repository: &Repository, plugin: &Plugin) -> Result<String> {
    let root = repository.root();
    let plugins = repository.plugins();
    let (mut folders, mut files) = (vec![plugin.folder.clone()], Vec::new());
    if matches!(plugin.language, Language::Rust { .. }) {
        folders.extend([plugins.join("sdk"), root.join("host/rules"), root.join("wit")]);
        let manifest = String::from_utf8(content(&plugin.folder.join("Cargo.toml"))?).unwrap_or_default();
        if manifest.contains("assay-resolver") {
            folders.push(root.join("host/resolver"));
        }
        files.extend([plugins.join("Cargo.toml"), plugins.join("Cargo.lock")]);
    }
    for folder in folders {
        collect(&folder, &mut files)?;
    }
    let mut named = files
        .into_iter()
        .map(|file| (repository.relative(&file).to_string_lossy().into_owned(), file))
        .collect::<Vec<_>>();
    named.sort();
    named.dedup();
    of_files(&named)
}

/// The digest of a file, as `sha256:` and lower-case hex.
///
/// # Errors
/// It cannot be read.
pub(crate) fn file(path: &Path) -> Result<String> {
    Ok(written(&Sha256::digest(content(path)?)))
}

fn of_files(files: &[(String, PathBuf)]) -> Result<String> {
    let mut sha = Sha256::new();
    for (name, path) in files {
        let content = content(path)?;
        // Both lengths go first, so that no two lists of files are the same bytes.
        sha.update((name.len() as u64).to_le_bytes());
        sha.update((content.len() as u64).to_le_bytes());
        sha.update(name);
        sha.update(content);
    }
    Ok(written(&sha.finalize()))
}

fn written(digest: &[u8]) -> String {
    format!("sha256:{}", hex::encode(digest))
}

fn content(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Adds the files below a folder that a build can read.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.')
            || IGNORED.contains(&&*name)
            || name.to_ascii_lowercase().starts_with("readme")
        {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
