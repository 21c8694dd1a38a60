//! Takes away what a directory of compiled components need not have.
//!
//! Invariant: only what has the name of a compiled component, of a lock or of a temporary file is touched. Others may sweep at the
//! same time: what is gone already is as good as removed.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::lock::Lock;

/// How the name of a compiled component ends.
pub(super) const COMPILED: &str = ".cwasm";
/// How the name of a file ends that is being written.
pub(super) const TEMPORARY: &str = ".tmp";
/// How the name of a lock ends.
pub(super) const LOCK: &str = ".lock";
/// The part of the room that is written before it is looked again, at least.
const SHARE: u64 = 16;
/// No writing takes so long: whoever began it was killed.
const STALE: Duration = Duration::from_mins(10);

/// Removes what killed hosts left, and the compiled components that were not used longest until the rest has at most
/// `most_bytes`. Returns how much may be written before it is time for the next time.
pub(super) fn sweep(dir: &Path, most_bytes: u64) -> io::Result<u64> {
    let now = SystemTime::now();
    let mut compiled = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Some(metadata) = gone_is_none(entry.metadata())? else {
            continue;
        };
        let modified = metadata.modified()?;
        if name.ends_with(COMPILED) {
            compiled.push((modified, metadata.len(), entry.path()));
        } else if name.ends_with(TEMPORARY) && now.duration_since(modified).is_ok_and(|age| age > STALE) {
            gone_is_none(fs::remove_file(entry.path()))?;
        } else if name.ends_with(LOCK) && now.duration_since(modified).is_ok_and(|age| age > STALE) {
            // Taken and let go of, it is removed, unless somebody has it.
            drop(gone_is_none(Lock::take(entry.path()))?);
        }
    }
    compiled.sort_unstable();
    let mut bytes: u64 = compiled.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, freed, path) in compiled {
        if bytes <= most_bytes {
            break;
        }
        gone_is_none(fs::remove_file(path))?;
        bytes = bytes.saturating_sub(freed);
    }
    Ok(most_bytes.saturating_sub(bytes).min(most_bytes / SHARE))
}

fn gone_is_none<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
