//! What is secret, encrypted: AES-256-GCM under the host's keys, each ciphertext bound to its place.
//!
//! Invariant: a plaintext or a key is in no error, no log and no `Debug`; a ciphertext opens at its own place and nowhere
//! else; nonces are random, 96 bits, so that one key is good for some 2^32 secrets.
//! Deliberately absent: which settings are secret, and where ciphertexts are kept.

use std::fmt;
use std::sync::Arc;

use assay_domain::{NoRandomness, Randomness};
use assay_store::sites::Sealed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::SecureRandom as _;

/// Bytes of a key.
const KEY: usize = 32;

/// Most characters of a key's id.
const LONGEST_ID: usize = 32;

/// Something secret can't be encrypted or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no key.
    #[error(
        "this configuration holds a secret, and this host has no key to encrypt it with; the host's owner sets one with ASSAY_SECRET_KEYS"
    )]
    NoKey,
    /// It was encrypted under a key that is not here.
    #[error(
        "a secret was encrypted under the key `{0}`, which this host does not have; add it to ASSAY_SECRET_KEYS"
    )]
    UnknownKey(String),
    /// It is not what was encrypted at this place.
    #[error(
        "a stored secret can't be opened: it was changed, moved from elsewhere, or its key is another one of the same id"
    )]
    Broken,
    /// One configuration has too many.
    #[error("a configuration has at most {0} secrets")]
    TooMany(usize),
    /// It is not there.
    #[error("a stored secret is missing")]
    Missing,
    /// No nonce can be had.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// What the host's owner wrote can't be taken as keys. Says nothing of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// It has another form.
    #[error("entry {0} is not ID:BASE64; write for example 2026a:<32 bytes as base64>")]
    Form(usize),
    /// The id can't be one.
    #[error("entry {0} has an id that is not 1 to {LONGEST_ID} of a-z, 0-9, `-` and `_`")]
    Id(usize),
    /// The key can't be one.
    #[error("the key of entry {0} is not {KEY} bytes as base64; make one with `openssl rand -base64 32`")]
    Key(usize),
    /// Two have the same id.
    #[error("entry {0} has the id of another one")]
    Twice(usize),
}

/// A key that encrypts.
pub struct SecretKey(LessSafeKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

impl SecretKey {
    /// The key with these bytes.
    pub fn new(bytes: &[u8; KEY]) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }
}

/// Where keys come from.
pub trait SecretKeys: Send + Sync + fmt::Debug {
    /// The id of the key that encrypts; none when there is no key.
    fn current(&self) -> Option<&str>;
    /// The key with an id.
    fn key(&self, id: &str) -> Option<&SecretKey>;
}

/// Keys that the host's owner wrote down: the first one encrypts, all of them open.
#[derive(Default)]
pub struct WrittenKeys(Vec<(String, SecretKey)>);

impl fmt::Debug for WrittenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

impl WrittenKeys {
    /// Reads `ID:BASE64,ID:BASE64`; nothing is no keys.
    ///
    /// # Errors
    /// See [`KeysError`].
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let mut keys: Vec<(String, SecretKey)> = Vec::new();
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        for (index, entry) in entries.enumerate() {
            let at = index + 1;
            let (id, key) = entry.split_once(':').ok_or(KeysError::Form(at))?;
            let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            if id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(known) {
                return Err(KeysError::Id(at));
            }
            if keys.iter().any(|(other, _)| other == id) {
                return Err(KeysError::Twice(at));
            }
            let bytes = STANDARD.decode(key.trim()).map_err(|_| KeysError::Key(at))?;
            let bytes: [u8; KEY] = bytes.try_into().map_err(|_| KeysError::Key(at))?;
            keys.push((id.to_owned(), SecretKey::new(&bytes).ok_or(KeysError::Key(at))?));
        }
        Ok(Self(keys))
    }

    /// One key.
    pub fn one(id: &str, bytes: &[u8; KEY]) -> Self {
        Self(
            SecretKey::new(bytes)
                .map(|key| (id.to_owned(), key))
                .into_iter()
                .collect(),
        )
    }
}

impl SecretKeys for WrittenKeys {
    fn current(&self) -> Option<&str> {
        self.0.first().map(|(id, _)| id.as_str())
    }

    fn key(&self, id: &str) -> Option<&SecretKey> {
        self.0.iter().find(|(other, _)| other == id).map(|(_, key)| key)
    }
}

/// The system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        ring::rand::SystemRandom::new()
            .fill(bytes)
            .map_err(|_| NoRandomness)
    }
}

/// Encrypts and opens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    keys: Arc<dyn SecretKeys>,
    randomness: Arc<dyn Randomness>,
}

impl Default for Vault {
    /// With no key: nothing secret is taken in.
    fn default() -> Self {
        Self::new(Arc::new(WrittenKeys::default()), Arc::new(SystemRandomness))
    }
}

impl Vault {
    /// Over these keys.
    pub fn new(keys: Arc<dyn SecretKeys>, randomness: Arc<dyn Randomness>) -> Self {
        Self { keys, randomness }
    }

    /// The id of the key that encrypts.
    pub(crate) fn current(&self) -> Option<&str> {
        self.keys.current()
    }

    /// Whether it has a key with this id.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.keys.key(id).is_some()
    }

    /// Random bytes for a key.
    pub(crate) fn fresh(&self) -> Result<[u8; KEY], SecretError> {
        let mut bytes = [0; KEY];
        self.randomness.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Encrypts for a place.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Sealed, SecretError> {
        let id = self.keys.current().ok_or(SecretError::NoKey)?;
        let key = self.keys.key(id).ok_or(SecretError::NoKey)?;
        let mut nonce = [0; NONCE_LEN];
        self.randomness.fill(&mut nonce)?;
        let mut bytes = plain.to_vec();
        key.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut bytes)
            .map_err(|_| SecretError::Broken)?;
        Ok(Sealed {
            key_id: id.to_owned(),
            nonce: nonce.to_vec(),
            ciphertext: bytes,
        })
    }

    /// Opens what was encrypted for this place.
    pub(crate) fn open(&self, place: &[u8], sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
        let key = self.keys.key(&sealed.key_id);
        let key = key.ok_or_else(|| SecretError::UnknownKey(sealed.key_id.clone()))?;
        let nonce = Nonce::try_assume_unique_for_key(&sealed.nonce).map_err(|_| SecretError::Broken)?;
        let mut bytes = sealed.ciphertext.clone();
        let plain = key.0.open_in_place(nonce, Aad::from(place), &mut bytes);
        Ok(plain.map_err(|_| SecretError::Broken)?.to_vec())
    }
}

/// The name of a place: what it is made of, each part with its length, so that no two places have the same name.
pub(crate) fn place(kind: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut name = Vec::new();
    for part in std::iter::once(kind.as_bytes()).chain(parts.iter().copied()) {
        name.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        name.extend(part);
    }
    name
}

#[cfg(test)]
mod tests;
