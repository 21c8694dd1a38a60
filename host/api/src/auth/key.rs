//! Ed25519 keys: PKCS #8 PEM (RFC 8410) for signing, SubjectPublicKeyInfo PEM for verifying.
//!
//! A key's id is its JWK thumbprint (RFC 7638), so that nobody has to name keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest as _, Sha256};

/// Text that holds no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a private key.
    #[error(
        "not an Ed25519 private key in PKCS #8 PEM (`-----BEGIN PRIVATE KEY-----`); `openssl genpkey -algorithm ed25519` makes one"
    )]
    Private,
    /// Not a public key.
    #[error(
        "not an Ed25519 public key in PEM (`-----BEGIN PUBLIC KEY-----`); `openssl pkey -pubout` makes one of a private key"
    )]
    Public,
}

/// Signs tokens. Its text form never shows the key.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.verifying().id())
    }
}

impl SigningKey {
    /// The key with these 32 secret bytes, which the caller draws at random.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// Reads a key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim())
            .map(Self)
            .map_err(|_| KeyError::Private)
    }

    /// The key as text, to be kept secret.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self
            .0
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| KeyError::Private)?;
        Ok(pem.to_string())
    }

    /// What its signatures are checked with.
    pub fn verifying(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    pub(super) fn encoding(&self) -> Result<EncodingKey, KeyError> {
        let der = self.0.to_pkcs8_der().map_err(|_| KeyError::Private)?;
        Ok(EncodingKey::from_ed_der(der.as_bytes()))
    }
}

/// Checks the signatures of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Reads a key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key =
            ed25519_dalek::VerifyingKey::from_public_key_pem(pem.trim()).map_err(|_| KeyError::Public)?;
        // A weak key would let anybody sign.
        if key.is_weak() {
            Err(KeyError::Public)
        } else {
            Ok(Self(key))
        }
    }

    /// The key as text.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| KeyError::Public)
    }

    /// Its id: the JWK thumbprint.
    pub fn id(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.as_bytes());
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
    }

    pub(super) fn decoding(&self) -> DecodingKey {
        DecodingKey::from_ed_der(self.0.as_bytes())
    }
}
