//! `.sqlx`: the query data of the checked queries, made by compiling the store against a throw-away database.
//!
//! sqlx's macros write what PostgreSQL says about a query into `SQLX_OFFLINE_DIR` when they are expanded with a
//! database at hand; that is all that `cargo sqlx prepare` does, so its installation is not needed.

use crate::console::say;
use crate::postgres::Cluster;
use crate::process;
use crate::repository::Repository;
use crate::scratch::Scratch;
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const FOLDER: &str = ".sqlx";
/// What a migration may presuppose: roles belong to the cluster, so migrations do not make them.
const ROLES: &str = "host/store/src/roles";

/// Writes the query data, or says how what is committed differs.
///
/// # Errors
/// A migration fails, or the store does not compile against the migrated database.
pub(super) fn run(repository: &Repository, check: bool) -> Result<Vec<String>> {
    let fresh = prepare(repository)?;
    let folder = repository.root().join(FOLDER);
    let committed = contents(&folder)?;
    if check {
        return Ok(differences(&committed, &fresh));
    }
    if committed != fresh {
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for name in committed.keys().filter(|name| !fresh.contains_key(*name)) {
            fs::remove_file(folder.join(name))
                .with_context(|| format!("{FOLDER}/{name} cannot be removed"))?;
        }
        for (name, content) in &fresh {
            fs::write(folder.join(name), content)
                .with_context(|| format!("{FOLDER}/{name} cannot be written"))?;
        }
    }
    say(&format!("generated: {FOLDER}, {} queries", fresh.len()));
    Ok(Vec::new())
}

/// Compiles the store against a migrated database and returns the query data by file name.
fn prepare(repository: &Repository) -> Result<BTreeMap<String, String>> {
    say("generated: migrating a throw-away database");
    let cluster = Cluster::start()?;
    let roles = files(&repository.root().join(ROLES), ".sql")?;
    let migrations = files(&repository.root().join("migrations"), ".up.sql")?;
    for file in roles.iter().chain(&migrations) {
        cluster.file(file)?;
    }
    say("generated: compiling the store against it");
    let output = Scratch::new("sqlx")?;
    // A compiled crate's macros are not expanded again unless a source is newer.
    let source = repository.root().join("host/store/src/lib.rs");
    fs::File::options()
        .write(true)
        .open(&source)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .with_context(|| format!("{} cannot be touched", source.display()))?;
    process::run(
        process::cargo()
            .current_dir(repository.root())
            .args(["check", "--package", "assay-store", "--all-targets"])
            .env("DATABASE_URL", cluster.url())
            .env("SQLX_OFFLINE", "false")
            .env("SQLX_OFFLINE_DIR", output.path()),
    )?;
    contents(output.path())
}

/// The files of a folder whose names end so, in the order of their names.
fn files(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let file = entry?.path();
        if file.to_string_lossy().ends_with(end) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The query data in a folder, by file name; none if there is no folder.
fn contents(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut contents = BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(contents),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", folder.display())),
    };
    for entry in entries {
        let file = entry?.path();
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.starts_with("query-") && file.extension().is_some_and(|extension| extension == "json") {
            let content =
                fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            contents.insert(name, content);
        }
    }
    Ok(contents)
}

fn differences(committed: &BTreeMap<String, String>, fresh: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&String> = committed.keys().chain(fresh.keys()).collect();
    names
        .into_iter()
        .filter(|name| committed.get(*name) != fresh.get(*name))
        .map(|name| {
            let how = match (committed.contains_key(name), fresh.contains_key(name)) {
                (true, false) => "belongs to no query of the store any more",
                (false, _) => "is missing",
                _ => "is not what PostgreSQL says now",
            };
            format!("{FOLDER}/{name} {how}; run `cargo xtask generated sqlx` and commit {FOLDER}")
        })
        .collect()
}

#[cfg(test)]
mod tests;
