//! Who compiles something, among hosts that share a directory.
//!
//! Invariant: the lock is the kernel's (flock), so that it ends with whoever had it; its file is removed by whoever has
//! it, and counts only while it has its name.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// None when somebody else has it, or had it a moment ago.
    pub(super) fn take(path: PathBuf) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(is_named(&file, &path)?.then_some(Self { path, _file: file }))
    }
}

/// Whether a file still has the name that it was opened by.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let own = file.metadata()?;
    Ok((own.dev(), own.ino()) == (there.dev(), there.ino()))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before it is unlocked, so that nobody else's file is removed. One that stays is swept away later.
        fs::remove_file(&self.path).ok();
    }
}
