//! Where things lie in the clone that this task was compiled in.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The clone.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// Finds the clone: above the manifest that cargo names when it runs the task, else above the working directory.
    ///
    /// # Errors
    /// Neither lies in a clone.
    pub(crate) fn find() -> Result<Self> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => std::env::current_dir().context("the working directory cannot be read")?,
        };
        let root = start
            .ancestors()
            .find(|folder| folder.join("host/xtask/Cargo.toml").is_file())
            .with_context(|| format!("{} is not in a clone of Assay; change into one", start.display()))?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// The root of the clone.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The plugins' workspace.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// The built components and their lock.
    pub(crate) fn built(&self) -> PathBuf {
        self.plugins().join("built")
    }

    /// The folder of the sources that every plugin is built from, for messages and digests: relative to the root.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
