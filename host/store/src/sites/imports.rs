//! Which entries of an import are done.

use assay_domain::{Digest, ExtensionId, SiteId};
use chrono::{DateTime, Utc};

use super::NewEntry;
use crate::{StoreError, Tx};

impl Tx {
    /// Which of these entries are done.
    pub async fn imported(&mut self, keys: &[Digest]) -> Result<Vec<Digest>, StoreError> {
        let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        let found = sqlx::query_scalar!(
            "SELECT entry_key FROM site_imports WHERE client_id = $1 AND entry_key = ANY ($2)",
            self.client,
            &keys
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let found = found.into_iter().map(|key| {
            let read = Digest::try_from(key.as_slice());
            read.map_err(StoreError::inconsistent("site_imports", "entry_key", "an entry"))
        });
        found.collect()
    }

    /// Notes that an entry is done; false when it is already.
    pub async fn insert_import(
        &mut self,
        site: SiteId,
        extension: &ExtensionId,
        key: Digest,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "INSERT INTO site_imports (client_id, site_id, entry_key, extension_id, imported_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id, entry_key) DO NOTHING",
            self.client,
            site.0,
            key.as_bytes().as_slice(),
            extension.as_str(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Adds a row of the log that has its id from what it says, unless the log or the archive has it.
    pub async fn log_site_once(&mut self, new: &NewEntry<'_>) -> Result<(), StoreError> {
        let there = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT FROM v_configuration_audit WHERE client_id = $1 AND audit_id = $2
             ) AS "there!""#,
            self.client,
            new.id.0
        )
        .fetch_one(&mut *self.inner)
        .await?;
        if there {
            return Ok(());
        }
        self.log_site(new).await
    }

    /// The client's sites with these names.
    pub async fn sites_by_name(&mut self, names: &[String]) -> Result<Vec<(String, SiteId)>, StoreError> {
        let rows = sqlx::query!(
            "SELECT name, site_id FROM sites WHERE client_id = $1 AND name = ANY ($2)",
            self.client,
            names
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.name, SiteId(row.site_id)))
            .collect())
    }
}
