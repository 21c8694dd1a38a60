//! Tokens: JWTs (RFC 7519) signed with Ed25519 (RFC 8037), with a client and a role.
//!
//! Invariant: an [`Actor`] comes out only of a token with a known key id, a good signature, our issuer and audience,
//! and a time that holds now by the injected clock. jsonwebtoken checks signature, issuer and audience; the times are
//! checked here, since it reads the machine's clock. Deliberately absent: sessions and revocation; tokens are short.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_domain::{Actor, ClientId, Clock, Role};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::problem::{Code, Problem};

mod key;

pub use key::{KeyError, SigningKey, VerifyingKey};

/// `iss` and `aud` of every token.
const NAME: &str = "assay";

/// How far two machines' clocks may be apart, in seconds.
const LEEWAY: i64 = 30;

/// The longest a token may live from when it was issued, in seconds.
const LONGEST: i64 = 366 * 24 * 3600;

/// How many tokens are remembered whose signature was verified.
const VERIFIED: NonZeroUsize = NonZeroUsize::new(4_096).expect("a constant above zero");

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<ClientId>,
    role: Role,
    iat: i64,
    exp: i64,
}

/// Whose tokens are believed.
pub struct Auth {
    keys: BTreeMap<String, DecodingKey>,
    clock: Arc<dyn Clock>,
    /// Claims whose token's signature was verified, by the token's SHA-256: verifying costs more than all else that is
    /// done for a request that is refused. Time and role are looked at each time.
    verified: Mutex<LruCache<[u8; 32], Claims>>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("keys", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

impl Auth {
    /// Believes tokens signed with any of these keys; several, so that one can be replaced without a gap.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>, clock: Arc<dyn Clock>) -> Self {
        let keys = keys.into_iter().map(|key| (key.id(), key.decoding())).collect();
        Self {
            keys,
            clock,
            verified: Mutex::new(LruCache::new(VERIFIED)),
        }
    }

    /// The caller of a request.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (given.next(), given.next()) else {
            return Err(missing());
        };
        let token = header.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        self.verify(token.filter(|token| !token.is_empty()).ok_or_else(missing)?)
    }

    fn verify(&self, token: &str) -> Result<Actor, Problem> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let known = self.verified().get(&digest).cloned();
        if let Some(claims) = known {
            return self.actor(claims);
        }
        let claims = self.believe(token)?;
        self.verified().put(digest, claims.clone());
        self.actor(claims)
    }

    fn verified(&self) -> MutexGuard<'_, LruCache<[u8; 32], Claims>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The claims of a token whose signature holds. Whether they hold now is another question.
    fn believe(&self, token: &str) -> Result<Claims, Problem> {
        let header = decode_header(token).map_err(|_| invalid("it is not a JWT"))?;
        let key = header.kid.and_then(|id| self.keys.get(&id));
        let key = key.ok_or_else(|| invalid("its key id is not one of this service"))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[NAME]);
        validation.set_audience(&[NAME]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, key, &validation).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => invalid("its signature is wrong"),
            ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => {
                invalid("it was issued by or for somebody else")
            }
            ErrorKind::InvalidAlgorithm => invalid("its algorithm is not EdDSA"),
            _ => invalid("its claims are not those of this service"),
        })?;
        Ok(claims.claims)
    }

    fn actor(&self, claims: Claims) -> Result<Actor, Problem> {
        let now = self.clock.now().timestamp();
        if claims.iat.saturating_sub(LEEWAY) > now {
            return Err(invalid("it is from the future"));
        }
        if claims.exp.saturating_add(LEEWAY) <= now {
            let detail = "the token is no longer valid; get a new one (`assay token`)";
            return Err(Problem::new(Code::TokenExpired, detail).challenge(
                r#"Bearer realm="assay", error="invalid_token", error_description="the token expired""#,
            ));
        }
        if claims.exp.saturating_sub(claims.iat) > LONGEST {
            return Err(invalid("it lives longer than a year"));
        }
        if claims.client.is_none() != (claims.role == Role::Platform) {
            return Err(invalid(
                "only the role platform goes without a client, and always does",
            ));
        }
        if claims.sub.is_empty() || claims.sub.len() > 255 || claims.sub.chars().any(char::is_control) {
            return Err(invalid("its subject is empty, too long or not printable"));
        }
        Ok(Actor {
            client: claims.client,
            role: claims.role,
            subject: claims.sub,
        })
    }
}

fn missing() -> Problem {
    let detail = "send one header `Authorization: Bearer TOKEN`; `assay token` makes one";
    Problem::new(Code::TokenMissing, detail).challenge(r#"Bearer realm="assay""#)
}

fn invalid(why: &str) -> Problem {
    let detail = format!("the token can't be used: {why}; get a new one (`assay token`)");
    Problem::new(Code::TokenInvalid, detail).challenge(r#"Bearer realm="assay", error="invalid_token""#)
}

/// Signs a token for a caller, valid for `lifetime` from now on.
///
/// # Errors
/// The lifetime is longer than a year, or the role and the client don't fit together.
pub fn issue(
    key: &SigningKey,
    actor: &Actor,
    lifetime: Duration,
    clock: &dyn Clock,
) -> Result<String, IssueError> {
    if actor.client.is_none() != (actor.role == Role::Platform) {
        return Err(IssueError::Client);
    }
    let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    if !(1..=LONGEST).contains(&lifetime) {
        return Err(IssueError::Lifetime);
    }
    let now = clock.now().timestamp();
    let claims = Claims {
        iss: NAME.to_owned(),
        aud: NAME.to_owned(),
        sub: actor.subject.clone(),
        client: actor.client,
        role: actor.role,
        iat: now,
        exp: now + lifetime,
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key.verifying().id());
    let key: EncodingKey = key.encoding()?;
    Ok(encode(&header, &claims, &key)?)
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// A client's role without a client, or the platform's with one.
    #[error("every role but platform needs a client, and platform takes none")]
    Client,
    /// Too short or too long.
    #[error("a token lives from 1 second to 366 days")]
    Lifetime,
    /// The key can't be used.
    #[error("the key can't sign")]
    Key(#[from] KeyError),
    /// Signing failed.
    #[error("signing failed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

#[cfg(test)]
mod tests;
