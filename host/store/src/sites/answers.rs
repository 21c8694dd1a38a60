//! What the resolver's last answer for a site depended on, and which sites have to be looked at again.

use assay_domain::{Digest, SiteId};
use chrono::{DateTime, Utc};

use crate::{StoreError, Tx};

/// What is known of a site's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAnswer {
    /// The site's revision that it is of.
    pub revision: i64,
    /// Which releases the client could use then.
    pub catalog_stamp: String,
    /// SHA-256 of exactly what it depends on.
    pub key: Digest,
    /// When it was answered.
    pub cached_at: DateTime<Utc>,
    /// When it is answered anew whatever happens.
    pub expires_at: DateTime<Utc>,
    /// The key of what the site was last held against.
    pub checked: Option<Digest>,
    /// Which releases the client could use then.
    pub checked_stamp: Option<String>,
}

impl Tx {
    /// A digest of which releases of which plugins the client can use now, and whether they may be newly chosen. While it
    /// is the same, so is [`Tx::extension_catalog`] of each site at the same revision.
    pub async fn catalog_stamp(&mut self) -> Result<String, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"WITH named AS (
                 SELECT DISTINCT ON (name) name, plugin_id FROM plugins
                 ORDER BY name, client_id IS NOT DISTINCT FROM $1 DESC, client_id NULLS FIRST
             )
             SELECT md5(coalesce(string_agg(
                 concat_ws(' ', r.release_id, r.yanked_at IS NULL, coalesce(own.active, general.active, false),
                     coalesce(own.activated_at, general.activated_at) IS NOT NULL),
                 ',' ORDER BY r.release_id), '')) AS "stamp!"
             FROM named JOIN plugin_releases AS r USING (plugin_id)
             LEFT JOIN plugin_activations AS own ON own.release_id = r.release_id AND own.client_id = $1
             LEFT JOIN plugin_activations AS general
                 ON general.release_id = r.release_id AND general.client_id IS NOT DISTINCT FROM r.client_id"#,
            self.client
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// What is known of a site's answer.
    pub async fn site_answer(&mut self, site: SiteId) -> Result<Option<KnownAnswer>, StoreError> {
        const TABLE: &str = "site_answers";
        let row = sqlx::query!(
            "SELECT revision, catalog_stamp, answer_key, cached_at, expires_at, checked_key, checked_stamp
             FROM site_answers WHERE client_id = $1 AND site_id = $2",
            self.client,
            site.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(|row| {
            let key = Digest::try_from(row.answer_key.as_slice());
            let checked = row.checked_key.map(|key| Digest::try_from(key.as_slice()));
            Ok(KnownAnswer {
                revision: row.revision,
                catalog_stamp: row.catalog_stamp,
                key: key.map_err(StoreError::inconsistent(TABLE, "answer_key", site))?,
                cached_at: row.cached_at,
                expires_at: row.expires_at,
                checked: checked
                    .transpose()
                    .map_err(StoreError::inconsistent(TABLE, "checked_key", site))?,
                checked_stamp: row.checked_stamp,
            })
        })
        .transpose()
    }

    /// Notes what is known of a site's answer. The site is held by this transaction.
    pub async fn put_site_answer(&mut self, site: SiteId, known: &KnownAnswer) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO site_answers (
                 client_id, site_id, revision, catalog_stamp, answer_key, cached_at, expires_at, checked_key,
                 checked_stamp
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (client_id, site_id) DO UPDATE SET
                 revision = excluded.revision, catalog_stamp = excluded.catalog_stamp, answer_key = excluded.answer_key,
                 cached_at = excluded.cached_at, expires_at = excluded.expires_at, checked_key = excluded.checked_key,
                 checked_stamp = excluded.checked_stamp",
            self.client,
            site.0,
            known.revision,
            known.catalog_stamp,
            known.key.as_bytes().as_slice(),
            known.cached_at,
            known.expires_at,
            known.checked.as_ref().map(|key| key.as_bytes().as_slice()) as _,
            known.checked_stamp
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The client's sites after one, by id, with something enabled, that were not looked at since the catalog was as this
    /// stamp says.
    pub async fn sites_to_check(
        &mut self,
        stamp: &str,
        after: Option<SiteId>,
        most: i64,
    ) -> Result<Vec<SiteId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "SELECT s.site_id FROM sites AS s
             LEFT JOIN site_answers AS a ON a.client_id = s.client_id AND a.site_id = s.site_id
             WHERE s.client_id = $1 AND s.status = 'active' AND a.checked_stamp IS DISTINCT FROM $2
                 AND EXISTS (
                     SELECT FROM site_extension_configs AS c
                     WHERE c.client_id = s.client_id AND c.site_id = s.site_id AND c.disabled_at IS NULL
                 )
                 AND s.site_id > $3
             ORDER BY s.site_id LIMIT $4",
            self.client,
            stamp,
            after.map_or(uuid::Uuid::nil(), |site| site.0),
            most
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(ids.into_iter().map(SiteId).collect())
    }

    /// Notes whether the release of an enabled extension accepts its configuration, and what is wrong otherwise.
    pub async fn set_validated(
        &mut self,
        site: SiteId,
        extension: &assay_domain::ExtensionId,
        errors: &serde_json::Value,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let valid = errors.as_array().is_none_or(Vec::is_empty);
        sqlx::query!(
            "UPDATE site_extension_configs SET validated = $4, validation_errors = $5, updated_at = $6
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND disabled_at IS NULL",
            self.client,
            site.0,
            extension.as_str(),
            valid,
            errors,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
