//! Folders for temporary files that only this user can enter.

use anyhow::{Context as _, Result};
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A folder that is gone when it is dropped, or else when the next one for the same purpose is made.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder under the system's folder for temporary files; its path is short enough for a socket.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn new(purpose: &str) -> Result<Self> {
        let temporary = std::env::temp_dir();
        let prefix = format!("assay-{purpose}-");
        remove_leftovers(&temporary, &prefix);
        let folder = temporary.join(format!("{prefix}{}", std::process::id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| {
                format!(
                    "{} cannot be made; remove it if it is left over",
                    folder.display()
                )
            })?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes the entries `prefix` + process id of a folder whose process is no more.
pub(crate) fn remove_leftovers(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let process = name
            .strip_prefix(prefix)
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        if process.is_some_and(|id| Path::new("/proc").is_dir() && !Path::new("/proc").join(id).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
