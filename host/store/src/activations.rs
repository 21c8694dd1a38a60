//! Which releases are in use, for all who see a plugin or for one client; and who sees another client's plugin.
//!
//! Invariant: what was ever in use is remembered, so that going back leads only to what was tried. A transaction of the
//! platform decides for all about the platform's releases, a client's for itself, or for all who see its own plugin.

use assay_domain::{ClientId, PluginId, ReleaseId};
use chrono::{DateTime, Utc};
use semver::Version;

use crate::plugins::version;
use crate::{StoreError, Tx};

/// A release as far as it matters for selecting one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectable {
    /// Its id.
    pub id: ReleaseId,
    /// Its version.
    pub version: Version,
    /// Whether it was withdrawn.
    pub yanked: bool,
    /// Whether it is in use, for the transaction's client.
    pub active: bool,
    /// Whether it ever was.
    pub was_active: bool,
}

impl Tx {
    /// A plugin's releases as the transaction's client selects from them, in no order.
    pub async fn selectable(&mut self, plugin: PluginId) -> Result<Vec<Selectable>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT r.release_id, r.version, r.yanked_at IS NOT NULL AS "yanked!",
                 coalesce(own.active, general.active, false) AS "active!",
                 coalesce(own.activated_at, general.activated_at) IS NOT NULL AS "was_active!"
             FROM plugin_releases AS r
             LEFT JOIN plugin_activations AS own ON own.release_id = r.release_id AND own.client_id = $2
             LEFT JOIN plugin_activations AS general
                 ON general.release_id = r.release_id AND general.client_id IS NOT DISTINCT FROM r.client_id
             WHERE r.plugin_id = $1"#,
            plugin.0,
            self.client
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Selectable {
                    id: ReleaseId(row.release_id),
                    version: version(row.release_id, &row.version)?,
                    yanked: row.yanked,
                    active: row.active,
                    was_active: row.was_active,
                })
            })
            .collect()
    }

    /// Lets nobody else change which releases of a plugin are in use for whom the transaction decides, until it ends.
    pub async fn lock_activations(&mut self, plugin: PluginId) -> Result<(), StoreError> {
        let decider = self.client.map(|client| client.to_string()).unwrap_or_default();
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))",
            format!("activations {decider} {plugin}")
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Puts a release in or out of use, for whom the transaction decides. `Denied` when it does not see the release.
    pub async fn set_active(
        &mut self,
        release: ReleaseId,
        active: bool,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO plugin_activations AS a (client_id, release_id, active, activated_at, changed_at, changed_by)
             VALUES ($1, $2, $3::boolean, CASE WHEN $3 THEN $4::timestamptz END, $4, $5)
             ON CONFLICT (client_id, release_id) DO UPDATE SET
                 active = excluded.active,
                 activated_at = coalesce(a.activated_at, excluded.activated_at),
                 changed_at = excluded.changed_at,
                 changed_by = excluded.changed_by",
            self.client,
            release.0,
            active,
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets another client use a plugin of the transaction's client. False when it may already.
    pub async fn grant_plugin(
        &mut self,
        plugin: PluginId,
        to: ClientId,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "INSERT INTO plugin_grants (client_id, plugin_id, grantee_id, granted_at, granted_by)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (client_id, plugin_id, grantee_id) DO UPDATE SET
                 granted_at = excluded.granted_at, granted_by = excluded.granted_by, revoked_at = NULL
             WHERE plugin_grants.revoked_at IS NOT NULL",
            self.client,
            plugin.0,
            to.0,
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Takes a grant back. What was pinned meanwhile keeps its release. False when there is none.
    pub async fn revoke_plugin(
        &mut self,
        plugin: PluginId,
        from: ClientId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE plugin_grants SET revoked_at = $3
             WHERE plugin_id = $1 AND grantee_id = $2 AND revoked_at IS NULL",
            plugin.0,
            from.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
