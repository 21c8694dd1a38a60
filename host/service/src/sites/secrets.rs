//! Secret settings on their way: given in plain, told to the plugin in plain, and kept as a digest with a ciphertext
//! beside it.
//!
//! Invariant: a configuration with its secrets in plain is a [`Plain`], which has no `Debug` that shows it and is never
//! written; what is written is a [`Form`]. The digest is an HMAC under a key of the client's: equal for equal secrets at
//! the same place of the same extension, nothing to whoever has the database alone, and the same under whatever key the
//! secret is encrypted.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use assay_domain::manifest::secret::{HIDDEN, MARK, Secrets};
use assay_domain::{ClientId, ExtensionId, SiteId, VersionId, json};
use assay_store::sites::{Sealed, StoredSecret};
use ring::hmac;
use serde_json::{Value, json};

use crate::vault::{SecretError, Vault, place};

/// Most secrets of one configuration: each is a row.
const MOST_SECRETS: usize = 1_000;

/// A configuration with its secrets in plain.
#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) value: Value,
    /// Places that are secret whatever the release says, because the value there was kept as a secret before.
    kept: BTreeSet<String>,
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

impl Plain {
    /// As somebody gave it.
    pub(crate) fn given(value: Value) -> Self {
        Self {
            value,
            kept: BTreeSet::new(),
        }
    }

    /// Puts the secrets of what is there in the place of the marks that stand for them; where there is no mark, nobody looks
    /// what is there.
    pub(crate) fn keep(
        &mut self,
        there: impl FnOnce() -> Result<Self, SecretError>,
    ) -> Result<(), SecretError> {
        if !self.has_marks() {
            return Ok(());
        }
        let there = there()?;
        let shown = covered(
            &there.value,
            &there.kept.iter().cloned().collect::<Vec<_>>(),
            |_| Some(Value::from(HIDDEN)),
        );
        keep(
            &mut self.value,
            &shown,
            &there.value,
            &mut String::new(),
            &mut self.kept,
        );
        Ok(())
    }

    /// Whether it has a mark anywhere.
    fn has_marks(&self) -> bool {
        let mut open = vec![&self.value];
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) if text == HIDDEN => return true,
                Value::Array(items) => open.extend(items),
                Value::Object(members) => open.extend(members.values()),
                _ => {}
            }
        }
        false
    }

    /// Where it says what stands for the digest of a secret, which nobody may write.
    pub(crate) fn forged(&self) -> Option<String> {
        forged(&self.value, &mut String::new())
    }

    /// Where a release finds secrets in it, with those that were kept as such.
    fn places(&self, secrets: &Secrets) -> Vec<String> {
        let mut places: BTreeSet<String> = secrets.places(&self.value).into_iter().collect();
        let kept = self.kept.iter().filter(|at| self.value.pointer(at).is_some());
        places.extend(kept.cloned());
        let within = |at: &str| {
            let mut above = at;
            while let Some((outer, _)) = above.rsplit_once('/') {
                if places.contains(outer) {
                    return true;
                }
                above = outer;
            }
            false
        };
        places.iter().filter(|at| !within(at)).cloned().collect()
    }

    /// The same, with what a release finds secret kept as such.
    pub(crate) fn also(&self, secrets: &Secrets) -> Self {
        let mut plain = self.clone();
        plain.kept.extend(secrets.places(&self.value));
        plain
    }

    /// What must not be said, for a release that finds secrets so.
    pub(crate) fn unsaid(&self, secrets: &Secrets) -> Unsaid {
        let mut unsaid = Unsaid::default();
        for at in self.places(secrets) {
            if let Some(value) = self.value.pointer(&at) {
                unsaid.add(value);
            }
            unsaid.places.push(at);
        }
        unsaid
    }
}

/// Marks of `new` are where `shown` has the same mark and `plain` something else: there the secret is kept. Items of a
/// list are the same when they are shown the same, at the same place or at exactly one other.
fn keep(new: &mut Value, shown: &Value, plain: &Value, at: &mut String, kept: &mut BTreeSet<String>) {
    let length = at.len();
    match (&mut *new, shown) {
        (Value::String(mark), Value::String(hidden)) if mark == HIDDEN && hidden == HIDDEN => {
            *new = plain.clone();
            kept.insert(at.clone());
        }
        (Value::Object(members), Value::Object(others)) => {
            for (key, value) in members {
                if let (Some(shown), Some(plain)) = (others.get(key), plain.get(key)) {
                    json::push_pointer(at, key);
                    keep(value, shown, plain, at, kept);
                    at.truncate(length);
                }
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            // Where each item is shown; none where it is shown twice.
            let mut places: HashMap<String, Option<usize>> = HashMap::new();
            for (index, other) in others.iter().enumerate() {
                let place = places.entry(other.to_string());
                place.and_modify(|place| *place = None).or_insert(Some(index));
            }
            for (index, item) in items.iter_mut().enumerate() {
                let from = if others.get(index) == Some(item) {
                    Some(index)
                } else {
                    places.get(&item.to_string()).copied().flatten()
                };
                let Some(from) = from else { continue };
                if let (Some(shown), Some(plain)) = (others.get(from), plain.get(from)) {
                    json::push_pointer(at, &index.to_string());
                    keep(item, shown, plain, at, kept);
                    at.truncate(length);
                }
            }
        }
        _ => {}
    }
}

fn forged(value: &Value, at: &mut String) -> Option<String> {
    let length = at.len();
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                json::push_pointer(at, key);
                if key == MARK {
                    return Some(at.clone());
                }
                if let Some(found) = forged(value, at) {
                    return Some(found);
                }
                at.truncate(length);
            }
            None
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(index, value)| {
            json::push_pointer(at, &index.to_string());
            let found = forged(value, at);
            at.truncate(length);
            found
        }),
        _ => None,
    }
}

/// The value with something else at these places.
fn covered(value: &Value, places: &[String], with: impl Fn(&str) -> Option<Value>) -> Value {
    let mut value = value.clone();
    for at in places {
        if let (Some(found), Some(with)) = (value.pointer_mut(at), with(at)) {
            *found = with;
        }
    }
    value
}

/// A stored configuration as it may be shown.
pub(super) fn shown(configuration: &Value, places: &[String]) -> Value {
    covered(configuration, places, |_| Some(Value::from(HIDDEN)))
}

/// A configuration as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// With a digest in the place of each secret.
    pub(crate) configuration: Value,
    /// The same as canonical text, which is hashed.
    pub(crate) canonical: String,
    /// Where the secrets are.
    pub(crate) places: Vec<String>,
    /// In plain.
    pub(crate) plain: Plain,
}

/// The client's key for digests.
#[derive(Clone)]
pub(crate) struct HashKey(hmac::Key);

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey")
    }
}

impl HashKey {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// A digest of what is called so.
    pub(crate) fn digest(&self, name: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.0, name);
        let mut digest = [0; 32];
        digest.copy_from_slice(tag.as_ref());
        digest
    }
}

/// The place of a client's key for digests.
pub(crate) fn hash_key_place(client: ClientId) -> Vec<u8> {
    place("assay hash key 1", &[client.0.as_bytes()])
}

/// The place of a secret.
pub(crate) fn secret_place(
    client: ClientId,
    site: SiteId,
    extension: &ExtensionId,
    version: VersionId,
    pointer: &str,
) -> Vec<u8> {
    place(
        "assay site secret 1",
        &[
            client.0.as_bytes(),
            site.0.as_bytes(),
            extension.as_str().as_bytes(),
            version.0.as_bytes(),
            pointer.as_bytes(),
        ],
    )
}

/// Writes and opens the secrets of one client.
#[derive(Clone, Debug)]
pub(crate) struct Sealer {
    pub(crate) client: ClientId,
    pub(crate) vault: Vault,
    /// The key for digests, or why there is none.
    pub(crate) hash: Result<HashKey, SecretError>,
}

impl Sealer {
    /// A configuration as it is written under a release that finds secrets so.
    pub(crate) fn form(
        &self,
        extension: &ExtensionId,
        plain: &Plain,
        secrets: &Secrets,
    ) -> Result<Form, SecretError> {
        let places = plain.places(secrets);
        if places.len() > MOST_SECRETS {
            return Err(SecretError::TooMany(MOST_SECRETS));
        }
        let mut configuration = plain.value.clone();
        for at in &places {
            let Some(found) = configuration.pointer_mut(at) else {
                continue;
            };
            // Without a key that encrypts there is nothing to be written, and that comes first.
            if self.vault.current().is_none() {
                return Err(SecretError::NoKey);
            }
            let key = self.hash.as_ref().map_err(Clone::clone)?;
            let text = json::canonical(found);
            let name = place(
                "assay secret digest 1",
                &[extension.as_str().as_bytes(), at.as_bytes(), text.as_bytes()],
            );
            *found = json!({MARK: hex::encode(key.digest(&name))});
        }
        Ok(Form {
            canonical: json::canonical(&configuration),
            configuration,
            places,
            plain: plain.clone(),
        })
    }

    /// The secrets of a form, encrypted for a version.
    pub(crate) fn sealed(
        &self,
        site: SiteId,
        extension: &ExtensionId,
        version: VersionId,
        form: &Form,
    ) -> Result<Vec<StoredSecret>, SecretError> {
        let secrets = form.places.iter().map(|at| {
            let value = form.plain.value.pointer(at).ok_or(SecretError::Missing)?;
            let place = secret_place(self.client, site, extension, version, at);
            Ok(StoredSecret {
                version,
                site,
                extension: extension.clone(),
                pointer: at.clone(),
                sealed: self.vault.seal(&place, value.to_string().as_bytes())?,
            })
        });
        secrets.collect()
    }

    /// What is in one row.
    pub(crate) fn open(&self, secret: &StoredSecret) -> Result<Vec<u8>, SecretError> {
        let place = secret_place(
            self.client,
            secret.site,
            &secret.extension,
            secret.version,
            &secret.pointer,
        );
        self.vault.open(&place, &secret.sealed)
    }

    /// A stored configuration in plain. `stored` are secrets of this version and maybe others.
    pub(crate) fn opened(
        &self,
        version: VersionId,
        configuration: &Value,
        places: &[String],
        stored: &[StoredSecret],
    ) -> Result<Plain, SecretError> {
        let mut value = configuration.clone();
        for at in places {
            let secret = stored
                .iter()
                .find(|secret| secret.version == version && secret.pointer == *at);
            let text = self.open(secret.ok_or(SecretError::Missing)?)?;
            let found = value.pointer_mut(at).ok_or(SecretError::Missing)?;
            *found = serde_json::from_slice(&text).map_err(|_| SecretError::Broken)?;
        }
        Ok(Plain {
            value,
            kept: places.iter().cloned().collect(),
        })
    }

    /// A secret encrypted anew under the first key.
    pub(crate) fn resealed(&self, secret: &StoredSecret) -> Result<StoredSecret, SecretError> {
        let plain = self.open(secret)?;
        let place = secret_place(
            self.client,
            secret.site,
            &secret.extension,
            secret.version,
            &secret.pointer,
        );
        let sealed: Sealed = self.vault.seal(&place, &plain)?;
        Ok(StoredSecret {
            sealed,
            ..secret.clone()
        })
    }
}

/// Characters of a secret within one another that give it away.
const WINDOW: usize = 6;

/// Characters of secrets that are looked for; who has more says nothing at all.
const MOST: usize = 32_768;

/// What stands where something was said that must not be.
const UNSAID: &str = "what the plugin says here holds a part of a secret, so that it is not shown";

/// What must not be said: parts of secrets, plainly or in a usual spelling. It can't keep a plugin from saying it in one
/// of its own.
#[derive(Clone, Default)]
pub(crate) struct Unsaid {
    parts: BTreeSet<String>,
    places: Vec<String>,
    /// Characters that were taken apart.
    taken: usize,
}

impl fmt::Debug for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unsaid")
    }
}

impl Unsaid {
    pub(crate) fn extend(&mut self, other: Self) {
        self.parts.extend(other.parts);
        self.places.extend(other.places);
        self.taken += other.taken;
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.add_text(&number.to_string()),
            Value::String(text) => self.add_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(members) => {
                for (key, value) in members {
                    self.add_text(key);
                    self.add(value);
                }
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
        let text: String = text.chars().take(MOST.saturating_sub(self.taken)).collect();
        self.taken += text.chars().count();
        let backwards: String = text.chars().rev().collect();
        let quoted = Value::from(text.as_str()).to_string();
        for spelling in [
            quoted.trim_matches('"').to_owned(),
            text.escape_default().to_string(),
            percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string(),
            STANDARD_NO_PAD.encode(&text),
            URL_SAFE_NO_PAD.encode(&text),
            hex::encode(&text),
            backwards,
            text,
        ] {
            let all: Vec<char> = spelling.to_lowercase().chars().collect();
            self.parts.extend(
                all.windows(WINDOW.min(all.len()).max(1))
                    .map(|part| part.iter().collect()),
            );
        }
    }

    /// Whether a text holds any of it.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        if self.parts.is_empty() || self.taken >= MOST {
            return !self.parts.is_empty();
        }
        let all: Vec<char> = text.to_lowercase().chars().collect();
        (1..=WINDOW).any(|length| {
            all.windows(length)
                .any(|part| self.parts.contains(&part.iter().collect::<String>()))
        })
    }

    /// The text, unless it holds any of it.
    pub(crate) fn said(&self, text: &str) -> String {
        if self.is_in(text) {
            UNSAID.to_owned()
        } else {
            text.to_owned()
        }
    }

    /// The problem, without any of it.
    pub(crate) fn problem(&self, problem: crate::Problem) -> crate::Problem {
        let within = self.places.iter().find(|at| {
            let rest = problem.pointer.strip_prefix(at.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        });
        let own = |at: &str| self.places.iter().any(|place| place == at);
        let pointer = match within {
            Some(at) => at.clone(),
            None if !own(&problem.pointer) && self.is_in(&problem.pointer) => String::new(),
            None => problem.pointer,
        };
        crate::Problem::new(pointer, self.said(&problem.message))
    }
}

#[cfg(test)]
mod tests;
