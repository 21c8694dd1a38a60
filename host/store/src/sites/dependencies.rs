//! What the enabled extensions of a site depend on, as the resolver answered.

use assay_domain::{Digest, SiteId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{StoreError, Tx};

/// One dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// Who depends.
    pub extension_id: String,
    /// `extension` or `capability`.
    pub dependency_type: String,
    /// On which.
    pub dependency_id: String,
    /// In which versions, as it was written; empty for any.
    pub range: String,
    /// Whether it does without.
    pub optional: bool,
    /// The lowest version that will do.
    pub min_version: Option<String>,
    /// The version that was chosen.
    pub resolved_version: Option<String>,
    /// The extension that provides it.
    pub resolved_provider: Option<String>,
    /// Whether it is there.
    pub satisfied: bool,
    /// Why, in words.
    pub reason: Option<String>,
}

impl Tx {
    /// Puts what an answer said of a site's dependencies in the place of what was known. `key` is the SHA-256 of all that
    /// the answer depended on.
    pub async fn put_dependencies(
        &mut self,
        site: SiteId,
        dependencies: &[Dependency],
        key: Digest,
        at: DateTime<Utc>,
        expires: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let rows = serde_json::to_value(dependencies).unwrap_or_default();
        sqlx::query!(
            r#"INSERT INTO extension_dependency_cache (
                 client_id, site_id, extension_id, dependency_type, dependency_id, "range", optional, min_version,
                 resolved_version, resolved_provider, satisfied, reason, answer_key, cached_at, expires_at
             )
             SELECT DISTINCT ON (extension_id, dependency_type, dependency_id, "range", optional)
                 $1::uuid, $2::uuid, extension_id, dependency_type, dependency_id, "range", optional, min_version,
                 resolved_version, resolved_provider, satisfied, reason, $4::bytea, $5::timestamptz, $6::timestamptz
             FROM jsonb_to_recordset($3) AS d (
                 extension_id text, dependency_type text, dependency_id text, "range" text, optional boolean,
                 min_version text, resolved_version text, resolved_provider text, satisfied boolean, reason text
             )
             ORDER BY extension_id, dependency_type, dependency_id, "range", optional, satisfied
             ON CONFLICT (client_id, site_id, extension_id, dependency_type, dependency_id, "range", optional)
             DO UPDATE SET
                 min_version = excluded.min_version, resolved_version = excluded.resolved_version,
                 resolved_provider = excluded.resolved_provider, satisfied = excluded.satisfied,
                 reason = excluded.reason, answer_key = excluded.answer_key, cached_at = excluded.cached_at,
                 expires_at = excluded.expires_at, dropped_at = NULL"#,
            self.client,
            site.0,
            rows,
            key.as_bytes().as_slice(),
            at,
            expires
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "UPDATE extension_dependency_cache SET dropped_at = $4
             WHERE client_id = $1 AND site_id = $2 AND answer_key <> $3 AND dropped_at IS NULL",
            self.client,
            site.0,
            key.as_bytes().as_slice(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What a site's extensions depend on, by extension.
    pub async fn dependencies(&mut self, site: SiteId) -> Result<Vec<Dependency>, StoreError> {
        Ok(sqlx::query_as!(
            Dependency,
            r#"SELECT extension_id, dependency_type, dependency_id, "range", optional, min_version, resolved_version,
                 resolved_provider, satisfied, reason
             FROM extension_dependency_cache WHERE client_id = $1 AND site_id = $2 AND dropped_at IS NULL
             ORDER BY extension_id, dependency_type, dependency_id, "range", optional"#,
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }
}
