//! Compiled components on disk.
//!
//! Invariant: only what this host wrote, with its key, for this digest and this exact engine, is ever loaded, and the
//! buffer that was verified is the buffer that is loaded. Anything else in the directory is as good as nothing: it is
//! compiled again and replaced. The directory stays within its bytes: what was not used longest goes first.
//! Hosts that share a directory lock what they compile ([`Artifacts::lock`]), which saves work and decides nothing.
//! Deliberately absent: an index. When a file was last used is its time of modification, which is set when it is read.

mod lock;
mod sweep;

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use assay_domain::Digest;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::{CacheOptions, config};
pub(crate) use lock::Lock;

/// Bytes of the authentication code that a file begins with.
const CODE: usize = 32;

pub(crate) struct Artifacts {
    dir: PathBuf,
    key: [u8; 32],
    most_bytes: u64,
    /// What may be written before it is looked again what there is: looking takes longer the more there is.
    room: Mutex<u64>,
    /// What the engine's version, target and settings hash to.
    engine: [u8; 32],
}

impl Artifacts {
    /// Makes the directory when it is not there, and makes it private.
    pub(crate) fn open(options: CacheOptions, engine: &Engine) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&options.dir)?;
        fs::set_permissions(&options.dir, fs::Permissions::from_mode(0o700))?;
        let room = sweep::sweep(&options.dir, options.most_bytes)?;
        Ok(Self {
            dir: options.dir,
            key: options.key,
            most_bytes: options.most_bytes,
            room: Mutex::new(room),
            engine: config::fingerprint(engine),
        })
    }

    /// The compiled component, when there is one that can be trusted.
    pub(crate) fn read(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let path = self.path(digest, sweep::COMPILED);
        let (file, content) = match open(&path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled component can't be read; compiling it again");
                return None;
            }
        };
        let (code, compiled) = content.split_at_checked(CODE)?;
        if self.mac(digest, compiled).verify_slice(code).is_err() {
            tracing::warn!(
                path = %path.display(),
                "a compiled component is damaged or was not written with this host's key; compiling it again"
            );
            return None;
        }
        // Not being able to is no reason not to use it: it only looks older than it is.
        file.set_modified(SystemTime::now()).ok();
        deserialize(engine, compiled)
            .inspect_err(|error| {
                let error = format!("{error:#}");
                tracing::warn!(path = %path.display(), error, "a compiled component can't be loaded; compiling it again");
            })
            .ok()
    }

    /// Writes a compiled component. Failing to is no reason to fail a call.
    pub(crate) fn write(&self, digest: &Digest, component: &Component) {
        let written = component
            .serialize()
            .map_err(|error| format!("{error:#}"))
            .and_then(|compiled| self.replace(digest, &compiled).map_err(|error| error.to_string()));
        if let Err(error) = written {
            tracing::warn!(dir = %self.dir.display(), error, "a compiled component can't be kept; it is compiled at the next start");
        }
    }

    fn replace(&self, digest: &Digest, compiled: &[u8]) -> io::Result<()> {
        let bytes = (CODE as u64).saturating_add(compiled.len() as u64);
        if bytes > self.most_bytes {
            let message = format!(
                "its {bytes} bytes are more than the cache may have ({})",
                self.most_bytes
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        // Only for this user from the start, and gone if it does not come to its name.
        let mut file = tempfile::Builder::new()
            .prefix(".")
            .suffix(sweep::TEMPORARY)
            .tempfile_in(&self.dir)?;
        file.write_all(&self.mac(digest, compiled).finalize().into_bytes())?;
        file.write_all(compiled)?;
        file.persist(self.path(digest, sweep::COMPILED))?;
        self.make_room(bytes)
    }

    /// Others may write here too, so this host does not write much without having looked.
    fn make_room(&self, written: u64) -> io::Result<()> {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        *room = match room.checked_sub(written) {
            Some(left) => left,
            None => sweep::sweep(&self.dir, self.most_bytes)?,
        };
        Ok(())
    }

    /// Locks a digest against whoever shares the directory; none when somebody else has it.
    pub(crate) fn lock(&self, digest: &Digest) -> io::Result<Option<Lock>> {
        Lock::take(self.path(digest, sweep::LOCK))
    }

    fn path(&self, digest: &Digest, suffix: &str) -> PathBuf {
        let engine = hex::encode(self.engine.get(..8).unwrap_or_default());
        Path::new(&self.dir).join(format!("{digest}-{engine}{suffix}"))
    }

    fn mac(&self, digest: &Digest, compiled: &[u8]) -> Hmac<Sha256> {
        // A key of this length is one block or less, so the constructor that takes any length never fails; the one for
        // a whole block is infallible by type.
        let mut block = [0_u8; 64];
        for (to, from) in block.iter_mut().zip(self.key) {
            *to = from;
        }
        let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into());
        mac.update(b"assay compiled component 1\0");
        mac.update(digest.as_bytes());
        mac.update(&self.engine);
        mac.update(compiled);
        mac
    }
}

fn open(path: &Path) -> io::Result<(fs::File, Vec<u8>)> {
    let mut file = fs::File::open(path)?;
    let mut content = Vec::with_capacity(usize::try_from(file.metadata()?.len()).unwrap_or_default());
    file.read_to_end(&mut content)?;
    Ok((file, content))
}

impl std::fmt::Debug for Artifacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Artifacts")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

#[expect(
    unsafe_code,
    reason = "wasmtime trusts the bytes that it is given here: they are what this host compiled"
)]
pub(crate) fn deserialize(engine: &Engine, own: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `own` was compiled by this very program. Either it is authenticated with the host's key for this digest and
    // this engine, and it is this very buffer that is loaded, so nobody can have changed it in between; or it has just
    // come through a pipe that only the child process holds which compiled it.
    unsafe { Component::deserialize(engine, own) }
}
