//! The keys of secrets: which are in use, and moving all that is encrypted to the first one.
//!
//! Invariant: a secret's digest, and so a configuration's hash, does not change with the key that it is encrypted under.

use assay_domain::{Actor, ClientId, Role};
use serde::Serialize;

use super::SiteError;
use super::secrets::{HashKey, Sealer, hash_key_place};
use crate::Services;
use crate::access::NotAllowed;
use crate::vault::SecretError;

/// How many secrets are encrypted anew in one transaction.
const BATCH: i64 = 200;

/// How many secrets are under a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyUse {
    /// The key.
    pub key_id: String,
    /// How many secrets, clients' keys for digests included.
    pub secrets: u64,
    /// Whether this host has it.
    pub known: bool,
}

/// What moving to the first key did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rotation {
    /// The key that encrypts.
    pub key_id: String,
    /// How many were encrypted anew.
    pub moved: u64,
    /// How many can't be opened, and so stay as they are.
    pub unreadable: u64,
}

fn owner(actor: &Actor) -> Result<(), NotAllowed> {
    if actor.role == Role::Platform {
        return Ok(());
    }
    Err(NotAllowed {
        role: actor.role,
        needs: "the role `platform`",
    })
}

impl Services {
    /// What writes and opens a client's secrets. `make` gives the client its key for digests if it has none.
    pub(super) async fn sealer(&self, client: ClientId, make: bool) -> Result<Sealer, SiteError> {
        let vault = self.inner.sites.vault.clone();
        let kept = self.inner.hash_keys.get(&client);
        let hash = match kept {
            Some(key) => Ok(key),
            None if vault.current().is_none() => Err(SecretError::NoKey),
            None => self.hash_key(client, make).await?,
        };
        if let Ok(key) = &hash {
            self.inner.hash_keys.put(client, key.clone());
        }
        Ok(Sealer { client, vault, hash })
    }

    async fn hash_key(
        &self,
        client: ClientId,
        make: bool,
    ) -> Result<Result<HashKey, SecretError>, SiteError> {
        let (vault, place) = (&self.inner.sites.vault, hash_key_place(client));
        let mut tx = self.begin(client).await?;
        let mut sealed = tx.hash_key().await?;
        if sealed.is_none() && make {
            let new = vault.seal(&place, &vault.fresh()?)?;
            tx.insert_hash_key(&new).await?;
            // Whoever was first: there is one.
            sealed = tx.hash_key().await?;
            tx.commit().await?;
        }
        let Some(sealed) = sealed else {
            return Ok(Err(SecretError::Missing));
        };
        Ok(vault.open(&place, &sealed).map(|bytes| HashKey::new(&bytes)))
    }

    /// How many secrets of all clients are under which key.
    ///
    /// # Errors
    /// See [`SiteError`]; for the host's owner alone.
    pub async fn secret_keys(&self, actor: &Actor) -> Result<Vec<KeyUse>, SiteError> {
        owner(actor)?;
        let mut uses: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
        for client in self.all_clients().await? {
            let mut tx = self.begin(client).await?;
            for (key, count) in tx.secrets_by_key().await? {
                *uses.entry(key).or_default() += u64::try_from(count).unwrap_or_default();
            }
            tx.rollback().await?;
        }
        let vault = &self.inner.sites.vault;
        let uses = uses.into_iter().map(|(key_id, secrets)| KeyUse {
            known: vault.knows(&key_id),
            key_id,
            secrets,
        });
        Ok(uses.collect())
    }

    /// Encrypts everything under the first key that is under another one, a batch at a time; can be cut short and begun
    /// again, and several hosts can do it at once. Once it is done, the other keys are not needed any more.
    ///
    /// # Errors
    /// See [`SiteError`]; for the host's owner alone.
    pub async fn rotate_secrets(&self, actor: &Actor) -> Result<Rotation, SiteError> {
        owner(actor)?;
        let vault = self.inner.sites.vault.clone();
        let key_id = vault.current().ok_or(SecretError::NoKey)?.to_owned();
        let mut rotation = Rotation {
            key_id: key_id.clone(),
            ..Rotation::default()
        };
        for client in self.all_clients().await? {
            self.rotate_hash_key(client, &mut rotation).await?;
            let sealer = Sealer {
                client,
                vault: vault.clone(),
                hash: Err(SecretError::Missing),
            };
            let mut after = None;
            loop {
                let mut tx = self.begin(client).await?;
                let batch = tx.secrets_not_under(&key_id, after.as_ref(), BATCH).await?;
                after = batch.last().map(|last| (last.version, last.pointer.clone()));
                for secret in &batch {
                    match sealer.resealed(secret) {
                        Ok(moved) => {
                            tx.reseal_secret(&moved).await?;
                            rotation.moved += 1;
                        }
                        Err(error) => {
                            tracing::warn!(site = %secret.site, extension = %secret.extension, %error, "a secret stays under its key");
                            rotation.unreadable += 1;
                        }
                    }
                }
                tx.commit().await?;
                if batch.is_empty() {
                    break;
                }
            }
        }
        Ok(rotation)
    }

    async fn rotate_hash_key(&self, client: ClientId, rotation: &mut Rotation) -> Result<(), SiteError> {
        let (vault, place) = (&self.inner.sites.vault, hash_key_place(client));
        let mut tx = self.begin(client).await?;
        let was = tx.hash_key().await?;
        let Some(was) = was.filter(|was| was.key_id != rotation.key_id) else {
            return Ok(tx.rollback().await?);
        };
        match vault.open(&place, &was) {
            Ok(bytes) => {
                let is = vault.seal(&place, &bytes)?;
                rotation.moved += u64::from(tx.reseal_hash_key(&was, &is).await?);
            }
            Err(error) => {
                tracing::warn!(%client, %error, "a client's key for digests stays under its key");
                rotation.unreadable += 1;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Every client there is.
    pub(super) async fn all_clients(&self) -> Result<Vec<ClientId>, SiteError> {
        let mut tx = self.inner.store.begin_platform().await?;
        let clients = tx.clients().await?;
        tx.rollback().await?;
        Ok(clients.into_iter().map(|client| client.id).collect())
    }
}
