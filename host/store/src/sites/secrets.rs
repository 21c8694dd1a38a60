//! Ciphertexts of secret settings, each beside the version that it belongs to, and the client's key for digests.
//!
//! Invariant: nothing here can be read without the host's keys. A ciphertext's place never changes; it may be encrypted
//! anew under another key.

use assay_domain::{ExtensionId, SiteId, VersionId};
use uuid::Uuid;

use super::configs::extension;
use crate::{StoreError, Tx};

/// Something encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Under which key.
    pub key_id: String,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// The ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// One secret of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    /// The version.
    pub version: VersionId,
    /// Its site.
    pub site: SiteId,
    /// Its extension.
    pub extension: ExtensionId,
    /// The place in the configuration.
    pub pointer: String,
    /// What is there.
    pub sealed: Sealed,
}

struct Row {
    version_id: Uuid,
    site_id: Uuid,
    extension_id: String,
    pointer: String,
    key_id: String,
    nonce: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<StoredSecret, StoreError> {
        let site = SiteId(self.site_id);
        Ok(StoredSecret {
            version: VersionId(self.version_id),
            site,
            extension: extension("site_extension_config_secrets", site, &self.extension_id)?,
            pointer: self.pointer,
            sealed: Sealed {
                key_id: self.key_id,
                nonce: self.nonce,
                ciphertext: self.ciphertext,
            },
        })
    }
}

impl Tx {
    /// Keeps the secrets of a version that this transaction makes.
    pub async fn insert_secrets(&mut self, secrets: &[StoredSecret]) -> Result<(), StoreError> {
        for secret in secrets {
            sqlx::query!(
                "INSERT INTO site_extension_config_secrets (
                     client_id, version_id, pointer, site_id, extension_id, key_id, nonce, ciphertext
                 )
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                self.client,
                secret.version.0,
                secret.pointer,
                secret.site.0,
                secret.extension.as_str(),
                secret.sealed.key_id,
                secret.sealed.nonce,
                secret.sealed.ciphertext
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }

    /// The secrets of these versions, in no order.
    pub async fn secrets_of(&mut self, versions: &[VersionId]) -> Result<Vec<StoredSecret>, StoreError> {
        let ids: Vec<_> = versions.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            Row,
            "SELECT version_id, site_id, extension_id, pointer, key_id, nonce, ciphertext
             FROM site_extension_config_secrets WHERE client_id = $1 AND version_id = ANY ($2)",
            self.client,
            &ids
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// At most `most` of the client's secrets that are not under a key, after a place, locked until the transaction ends;
    /// those that somebody else has locked are left out.
    pub async fn secrets_not_under(
        &mut self,
        key: &str,
        after: Option<&(VersionId, String)>,
        most: i64,
    ) -> Result<Vec<StoredSecret>, StoreError> {
        let (version, pointer) = after.map_or((Uuid::nil(), ""), |(id, at)| (id.0, at.as_str()));
        let rows = sqlx::query_as!(
            Row,
            "SELECT version_id, site_id, extension_id, pointer, key_id, nonce, ciphertext
             FROM site_extension_config_secrets WHERE client_id = $1 AND key_id <> $2
                 AND (version_id, pointer) > ($3, $4)
             ORDER BY version_id, pointer LIMIT $5 FOR UPDATE SKIP LOCKED",
            self.client,
            key,
            version,
            pointer,
            most
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// How many of the client's secrets are under which key, its key for digests included, by key.
    pub async fn secrets_by_key(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT key_id AS "key_id!", sum(count)::bigint AS "count!" FROM (
                 SELECT key_id, count(*) FROM site_extension_config_secrets WHERE client_id = $1 GROUP BY key_id
                 UNION ALL SELECT key_id, 1 FROM client_hash_keys WHERE client_id = $1
             ) AS both_kinds GROUP BY key_id ORDER BY key_id"#,
            self.client
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(|row| (row.key_id, row.count)).collect())
    }

    /// Puts the same secret in the place of what is there, encrypted anew.
    pub async fn reseal_secret(&mut self, secret: &StoredSecret) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE site_extension_config_secrets SET key_id = $4, nonce = $5, ciphertext = $6
             WHERE client_id = $1 AND version_id = $2 AND pointer = $3",
            self.client,
            secret.version.0,
            secret.pointer,
            secret.sealed.key_id,
            secret.sealed.nonce,
            secret.sealed.ciphertext
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The client's key for digests, encrypted; none when it has none yet.
    pub async fn hash_key(&mut self) -> Result<Option<Sealed>, StoreError> {
        Ok(sqlx::query_as!(
            Sealed,
            "SELECT key_id, nonce, ciphertext FROM client_hash_keys WHERE client_id = $1",
            self.client
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// Gives the client its key for digests, unless it has one.
    pub async fn insert_hash_key(&mut self, sealed: &Sealed) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO client_hash_keys (client_id, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4)
             ON CONFLICT (client_id) DO NOTHING",
            self.client,
            sealed.key_id,
            sealed.nonce,
            sealed.ciphertext
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Puts the same key in the place of what is there, encrypted anew; false when somebody else was faster.
    pub async fn reseal_hash_key(&mut self, was: &Sealed, is: &Sealed) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE client_hash_keys SET key_id = $3, nonce = $4, ciphertext = $5 WHERE client_id = $1 AND nonce = $2",
            self.client,
            was.nonce,
            is.key_id,
            is.nonce,
            is.ciphertext
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
