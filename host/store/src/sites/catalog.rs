//! The releases that a site can choose from.

use assay_domain::{Digest, Manifest, ReleaseId, SiteId};

use crate::{StoreError, Tx};

/// A release that can be enabled at a site, or is.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogRelease {
    /// Its id.
    pub id: ReleaseId,
    /// SHA-256 of its component.
    pub digest: Digest,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Whether it may be newly chosen: in use for the client and not yanked.
    pub in_use: bool,
}

impl Tx {
    /// The releases of every plugin that a name means to the client, as far as they are or were in use for it, or are
    /// enabled at the site; by name and then in no order.
    pub async fn extension_catalog(&mut self, site: SiteId) -> Result<Vec<CatalogRelease>, StoreError> {
        let rows = sqlx::query!(
            r#"WITH named AS (
                 SELECT DISTINCT ON (name) name, plugin_id FROM plugins
                 ORDER BY name, client_id IS NOT DISTINCT FROM $1 DESC, client_id NULLS FIRST
             )
             SELECT r.release_id AS "release_id!", r.sha256 AS "sha256!", r.manifest AS "manifest!",
                 r.yanked_at IS NULL AND coalesce(own.active, general.active, false) AS "in_use!"
             FROM named JOIN plugin_releases AS r USING (plugin_id)
             LEFT JOIN plugin_activations AS own ON own.release_id = r.release_id AND own.client_id = $1
             LEFT JOIN plugin_activations AS general
                 ON general.release_id = r.release_id AND general.client_id IS NOT DISTINCT FROM r.client_id
             WHERE coalesce(own.activated_at, general.activated_at) IS NOT NULL
                 OR r.release_id IN (
                     SELECT c.release_id FROM site_extension_configs AS c
                     WHERE c.client_id = $1 AND c.site_id = $2 AND c.disabled_at IS NULL
                 )
             ORDER BY named.name"#,
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let key = row.release_id;
                let manifest = Manifest::from_json(&row.manifest).map_err(|problems| {
                    let all: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                    StoreError::inconsistent("plugin_releases", "manifest", key)(all.join("; "))
                })?;
                let digest = Digest::try_from(row.sha256.as_slice());
                Ok(CatalogRelease {
                    id: ReleaseId(key),
                    digest: digest.map_err(StoreError::inconsistent("plugin_releases", "sha256", key))?,
                    manifest,
                    in_use: row.in_use,
                })
            })
            .collect()
    }

    /// Whether none of these releases was withdrawn or put out of use for the client since it was looked up.
    pub async fn all_in_use(&mut self, releases: &[ReleaseId]) -> Result<bool, StoreError> {
        let ids: Vec<_> = releases.iter().map(|id| id.0).collect();
        let out = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM unnest($2::uuid[]) AS wanted (release_id)
             LEFT JOIN plugin_releases AS r ON r.release_id = wanted.release_id
             LEFT JOIN plugin_activations AS own ON own.release_id = r.release_id AND own.client_id = $1
             LEFT JOIN plugin_activations AS general
                 ON general.release_id = r.release_id AND general.client_id IS NOT DISTINCT FROM r.client_id
             WHERE r.release_id IS NULL OR r.yanked_at IS NOT NULL OR NOT coalesce(own.active, general.active, false)"#,
            self.client,
            &ids
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(out == 0)
    }
}
