//! Finding PostgreSQL's programs. Distributions keep the server's out of `PATH`.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{EmbeddedError, EmbeddedOptions};

/// The oldest major version that the migrations run on.
const OLDEST: u32 = 15;

/// Folders with one subfolder per version: Debian, Red Hat, Homebrew on both kinds of Mac, MacPorts.
const USUAL: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
];

/// The programs of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) bindir: PathBuf,
    pub(super) major: u32,
    /// For example `15.8`.
    pub(super) version: String,
}

impl Programs {
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.bindir.join(program)
    }
}

/// What there is, the newest first; where a folder is named, only what is in it.
pub(super) fn find(options: &EmbeddedOptions) -> Result<Vec<Programs>, EmbeddedError> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<_> = candidates(options)
        .into_iter()
        .filter(|bindir| seen.insert(fs::canonicalize(bindir).unwrap_or_else(|_| bindir.clone())))
        .filter_map(|bindir| probe(&bindir))
        .filter(|programs| programs.major >= OLDEST)
        .collect();
    if found.is_empty() {
        return Err(missing(options));
    }
    // Stable: of equal versions the one from `PATH` stays first.
    found.sort_by_key(|programs| Reverse(programs.major));
    Ok(found)
}

pub(super) fn missing(options: &EmbeddedOptions) -> EmbeddedError {
    let searched = match &options.bindir {
        Some(bindir) => bindir.display().to_string(),
        None => "PATH, nor in /usr/lib/postgresql/*/bin and the like".to_owned(),
    };
    EmbeddedError::Missing { searched }
}

fn candidates(options: &EmbeddedOptions) -> Vec<PathBuf> {
    if let Some(bindir) = &options.bindir {
        return vec![bindir.clone()];
    }
    let mut candidates: Vec<_> = options
        .search_path
        .iter()
        .flat_map(std::env::split_paths)
        .filter(|folder| folder.is_absolute())
        .collect();
    for (parent, prefix, bin) in USUAL {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        candidates.extend(named.map(|entry| entry.path().join(bin)));
    }
    candidates.push("/usr/local/pgsql/bin".into());
    candidates
}

fn probe(bindir: &Path) -> Option<Programs> {
    if !bindir.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(bindir.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let (major, version) = parse_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Programs {
        bindir: bindir.to_owned(),
        major,
        version,
    })
}

/// From `postgres (PostgreSQL) 15.8 (Debian 15.8-1)` or `… 18beta1`.
fn parse_version(line: &str) -> Option<(u32, String)> {
    let version = line.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, version.to_owned()))
}

#[cfg(test)]
mod tests;
