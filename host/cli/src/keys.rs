//! The host's own keys, in its data directory: for tokens, and for the compiled plugins on disk.
//!
//! Invariant: a key file is readable by its owner alone and written whole or not at all.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use assay_api::auth::{SigningKey, VerifyingKey};
use assay_service::WrittenKeys;
use rand::TryRngCore as _;

use crate::config::Config;
use crate::failure::UsageError;

/// The private key for tokens, in the data directory.
const SIGNING: &str = "token.pem";
/// The public key beside it, for hosts that only believe tokens.
const VERIFYING: &str = "token.pub.pem";
/// What secret settings at sites are encrypted with, where the database is the data directory's own.
const SECRET: &str = "secret.key";
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

/// The keys for secret settings: those that are written down; else, where the database is in the data directory too, one
/// beside it. Hosts that share a database need the same ones, so that none is made for them.
pub(crate) fn secrets(config: &Config) -> anyhow::Result<WrittenKeys> {
    if let Some(text) = &config.secret_keys {
        return WrittenKeys::parse(&text.0)
            .map_err(|error| UsageError(format!("ASSAY_SECRET_KEYS: {error}")).into());
    }
    if config.database_url.is_some() {
        return Ok(WrittenKeys::default());
    }
    let path = data_dir(config)?.join(SECRET);
    if !path.exists() {
        create(&path, &random()?)?;
    }
    let bytes = std::fs::read(&path).with_context(|| format!("can't read the key {}", path.display()))?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| {
        anyhow::anyhow!(
            "{} is not a key of 32 bytes; secret settings can't be opened without the one that was there",
            path.display()
        )
    })?;
    Ok(WrittenKeys::one("local", &bytes))
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
