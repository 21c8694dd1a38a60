//! What is asked of the extensions at a site: policies for capabilities, and versions that are pinned.

use assay_domain::{ExtensionId, SiteId};
use chrono::{DateTime, Utc};
use semver::Version;

use crate::{StoreError, Tx};

/// The policy that every provider of a capability must follow at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The capability.
    pub capability: String,
    /// Its policy.
    pub policy: String,
}

/// The version that an extension has at a site if it is there at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The extension.
    pub extension: ExtensionId,
    /// Its version.
    pub version: Version,
}

impl Tx {
    /// Sets a site's policy for a capability.
    pub async fn set_site_policy(
        &mut self,
        site: SiteId,
        policy: &Policy,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO site_policies (client_id, site_id, capability, policy, set_at, set_by)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (client_id, site_id, capability) DO UPDATE SET
                 policy = excluded.policy, set_at = excluded.set_at, set_by = excluded.set_by, removed_at = NULL",
            self.client,
            site.0,
            policy.capability,
            policy.policy,
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes a site's policy for a capability back. False when it has none.
    pub async fn remove_site_policy(
        &mut self,
        site: SiteId,
        capability: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE site_policies SET removed_at = $4
             WHERE client_id = $1 AND site_id = $2 AND capability = $3 AND removed_at IS NULL",
            self.client,
            site.0,
            capability,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// A site's policies, by capability.
    pub async fn site_policies(&mut self, site: SiteId) -> Result<Vec<Policy>, StoreError> {
        Ok(sqlx::query_as!(
            Policy,
            "SELECT capability, policy FROM site_policies
             WHERE client_id = $1 AND site_id = $2 AND removed_at IS NULL ORDER BY capability",
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    /// Pins an extension at a site.
    pub async fn set_site_pin(
        &mut self,
        site: SiteId,
        pin: &Pin,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO site_pins (client_id, site_id, extension_id, version, set_at, set_by)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (client_id, site_id, extension_id) DO UPDATE SET
                 version = excluded.version, set_at = excluded.set_at, set_by = excluded.set_by, removed_at = NULL",
            self.client,
            site.0,
            pin.extension.as_str(),
            pin.version.to_string(),
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes a pin back. False when there is none.
    pub async fn remove_site_pin(
        &mut self,
        site: SiteId,
        extension: &ExtensionId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE site_pins SET removed_at = $4
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND removed_at IS NULL",
            self.client,
            site.0,
            extension.as_str(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// A site's pins, by extension.
    pub async fn site_pins(&mut self, site: SiteId) -> Result<Vec<Pin>, StoreError> {
        let rows = sqlx::query!(
            "SELECT extension_id, version FROM site_pins
             WHERE client_id = $1 AND site_id = $2 AND removed_at IS NULL ORDER BY extension_id",
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let version = Version::parse(&row.version);
                Ok(Pin {
                    version: version.map_err(StoreError::inconsistent("site_pins", "version", site))?,
                    extension: super::configs::extension("site_pins", site, &row.extension_id)?,
                })
            })
            .collect()
    }
}
