//! The host's own keys, in its data directory: for tokens, and for the compiled plugins on disk.
//!
//! Invariant: a key file is readable by its owner alone and written whole or not at all.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use assay_api::auth::{SigningKey, VerifyingKey};
use rand::TryRngCore as _;

use crate::config::Config;
use crate::failure::UsageError;

/// The private key for tokens, in the data directory.
const SIGNING: &str = "token.pem";
/// The public key beside it, for hosts that only believe tokens.
const VERIFYING: &str = "token.pub.pem";
/// What compiled plugins on disk are sealed with.
const CACHE: &str = "cache.key";

/// Makes the data directory, for this user alone.
pub(crate) fn data_dir(config: &Config) -> anyhow::Result<PathBuf> {
    let dir = &config.data_dir;
    // The embedded database's own user has to get through, so others may pass and not look.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(dir)
        .with_context(|| {
            format!(
                "can't make the data directory {}; name another with --data-dir",
                dir.display()
            )
        })?;
    dir.canonicalize()
        .with_context(|| format!("can't use the data directory {}", dir.display()))
}

/// The key that tokens are signed with; made in the data directory when none is named.
pub(crate) fn signing(config: &Config) -> anyhow::Result<SigningKey> {
    if let Some(path) = &config.signing_key {
        return read_signing(path);
    }
    let dir = data_dir(config)?;
    let path = dir.join(SIGNING);
    if !path.exists() {
        let key = SigningKey::from_secret(&random()?);
        create(&path, key.to_pem()?.as_bytes())?;
    }
    let key = read_signing(&path)?;
    let public = dir.join(VERIFYING);
    if !public.exists() {
        create(&public, key.verifying().to_pem()?.as_bytes())?;
    }
    Ok(key)
}

fn read_signing(path: &Path) -> anyhow::Result<SigningKey> {
    let pem =
        std::fs::read_to_string(path).with_context(|| format!("can't read the key {}", path.display()))?;
    SigningKey::from_pem(&pem).with_context(|| format!("can't use the key {}", path.display()))
}

/// The keys whose tokens are believed: those that are named, else the one in the data directory.
pub(crate) fn verifying(config: &Config) -> anyhow::Result<Vec<VerifyingKey>> {
    let default = config.data_dir.join(VERIFYING);
    let paths = match config.token_keys.as_slice() {
        [] if default.exists() => vec![default],
        [] => {
            let message = "no key says whose tokens are believed; name a public key with --token-key (ASSAY_TOKEN_KEYS), \
                           or let `assay token` or `assay up` make one in the data directory";
            return Err(UsageError(message.to_owned()).into());
        }
        named => named.to_vec(),
    };
    let read = |path: &PathBuf| {
        let pem = std::fs::read_to_string(path)
            .with_context(|| format!("can't read the key {}", path.display()))?;
        VerifyingKey::from_pem(&pem).with_context(|| format!("can't use the key {}", path.display()))
    };
    paths.iter().map(read).collect()
}

/// The key for compiled plugins on disk.
pub(crate) fn cache(config: &Config) -> anyhow::Result<[u8; 32]> {
    let path = data_dir(config)?.join(CACHE);
    if !path.exists() {
        create(&path, &random()?)?;
    }
    let bytes = std::fs::read(&path).with_context(|| format!("can't read the key {}", path.display()))?;
    bytes.try_into().map_err(|_| {
        anyhow::anyhow!(
            "{} is not a key of 32 bytes; delete it, a new one is made",
            path.display()
        )
    })
}

/// Bytes by chance, for a key.
pub(crate) fn random() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .context("the system gives no random bytes")?;
    Ok(bytes)
}

/// Another process may make the same key at the same moment: then the first one stays.
fn create(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        match std::fs::hard_link(&partial, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    };
    let written = write();
    // Whether it was written or not: nobody needs the partial file.
    let _ = std::fs::remove_file(&partial);
    written.with_context(|| format!("can't write the key {}", path.display()))
}
