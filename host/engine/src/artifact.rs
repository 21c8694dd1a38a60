//! Compiled components on disk.
//!
//! Invariant: only what this host wrote, with its key, for this digest and this exact engine, is ever loaded, and the
//! buffer that was verified is the buffer that is loaded. Anything else in the directory is as good as nothing: it is
//! compiled again and replaced.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use assay_domain::Digest;
use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::CacheOptions;

/// Bytes of the authentication code that a file begins with.
const CODE: usize = 32;

pub(crate) struct Artifacts {
    dir: PathBuf,
    key: [u8; 32],
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
        let mut hasher = Sha(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            dir: options.dir,
            key: options.key,
            engine: hasher.0.finalize().into(),
        })
    }

    /// The compiled component, when there is one that can be trusted.
    pub(crate) fn read(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let path = self.path(digest);
        let file = match fs::read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a compiled component can't be read; compiling it again");
                return None;
            }
        };
        let (code, compiled) = file.split_at_checked(CODE)?;
        if self.mac(digest, compiled).verify_slice(code).is_err() {
            tracing::warn!(
                path = %path.display(),
                "a compiled component is damaged or was not written with this host's key; compiling it again"
            );
            return None;
        }
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
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            ".{}-{}.tmp",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let temporary = self.dir.join(name);
        let write = || {
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary)?;
            file.write_all(&self.mac(digest, compiled).finalize().into_bytes())?;
            file.write_all(compiled)?;
            drop(file);
            fs::rename(&temporary, self.path(digest))
        };
        write().inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let engine = hex::encode(self.engine.get(..8).unwrap_or_default());
        Path::new(&self.dir).join(format!("{digest}-{engine}.cwasm"))
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

impl std::fmt::Debug for Artifacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Artifacts")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

#[expect(
    unsafe_code,
    reason = "wasmtime trusts the bytes that it is given here: they were just verified to be what this host wrote"
)]
fn deserialize(engine: &Engine, verified: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `verified` is authenticated with the host's key for this digest and this engine, and it is this very
    // buffer that is loaded, so nobody can have changed it in between.
    unsafe { Component::deserialize(engine, verified) }
}

/// A hasher that keeps all of its input's entropy.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.clone().finalize();
        hash.iter()
            .take(8)
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}
