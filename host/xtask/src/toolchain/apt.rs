//! apt with a private configuration: it reads and downloads packages, and changes nothing of the machine's own apt.
//!
//! Deliberately absent: installing. What is needed is unpacked elsewhere.

use super::sources::{self, Source};
use crate::process;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// apt with its own sources, lists and cache.
#[derive(Debug)]
pub(crate) struct Apt {
    folder: PathBuf,
}

impl Apt {
    /// Makes the configuration in a folder and reads the package lists of `sources`.
    ///
    /// # Errors
    /// The folder cannot be written, or a list cannot be read; apt says which.
    pub(crate) fn new(folder: PathBuf, sources: &[Source]) -> Result<Self> {
        for part in ["parts", "state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(part))?;
        }
        fs::write(folder.join("parts/private.sources"), sources::write(sources))?;
        let apt = Self { folder };
        process::run(
            apt.command("apt-get")
                .args(["--quiet=2", "update", "--error-on=any"]),
        )
        .context("the package lists cannot be read; see what apt says above")?;
        Ok(apt)
    }

    /// An apt program that uses this configuration.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (option, value) in [
            ("Dir::Etc::sourcelist", "/dev/null".into()),
            ("Dir::Etc::sourceparts", self.folder.join("parts")),
            ("Dir::State", self.folder.join("state")),
            ("Dir::Cache", self.folder.join("cache")),
        ] {
            command.arg("-o").arg(format!("{option}={}", value.display()));
        }
        for option in [
            "Acquire::Languages=none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
            "APT::Sandbox::User=root", // its own user could not write into the cache of the person who runs this
        ] {
            command.args(["-o", option]);
        }
        command
    }

    /// The package whose name starts with `prefix` that `package` depends on.
    ///
    /// # Errors
    /// The archive has no such package, or it has no such dependency.
    pub(crate) fn dependency(&self, package: &str, prefix: &str) -> Result<String> {
        let listed = process::quiet(self.command("apt-cache").args(["depends", package])).with_context(|| {
            format!("Debian's archive has no {package} for this release; is its security suite among apt's sources?")
        })?;
        depends(&listed, prefix).with_context(|| {
            format!("{package} no longer depends on a {prefix}*: the archive's packages changed")
        })
    }
}

/// The first dependency with this prefix in what `apt-cache depends` prints.
fn depends(listed: &str, prefix: &str) -> Option<String> {
    let mut names = listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.find(|name| name.starts_with(prefix)).map(str::to_owned)
}

#[cfg(test)]
mod tests;
