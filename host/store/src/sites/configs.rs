//! What is enabled at a site, and every version of every configuration there was, the refused ones included.

use assay_domain::{Digest, ExtensionId, ReleaseId, SiteId, VersionId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::Author;
use crate::{Cursor, Page, PageRequest, StoreError, Tx};

/// Reads an extension's id.
pub(super) fn extension(table: &'static str, key: SiteId, text: &str) -> Result<ExtensionId, StoreError> {
    text.parse()
        .map_err(StoreError::inconsistent(table, "extension_id", key))
}

/// An extension that is enabled at a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Enabled {
    /// The extension.
    pub extension: ExtensionId,
    /// The current version of its configuration.
    pub version_id: VersionId,
    /// Its number.
    pub config_version: i32,
    /// The extension's release.
    pub version: semver::Version,
    /// Its id.
    pub release: ReleaseId,
    /// SHA-256 of the canonical configuration.
    pub config_hash: Digest,
    /// The configuration, with a digest in the place of each secret.
    pub configuration: Value,
    /// Where its secrets are: JSON Pointers.
    pub secret_pointers: Vec<String>,
    /// Whether somebody asked for it; else another one needs it.
    pub requested: bool,
    /// With which range.
    pub requested_range: Option<String>,
    /// Whether the release accepts the configuration.
    pub validated: bool,
    /// What is wrong with it otherwise.
    pub validation_errors: Value,
    /// Extensions that it is in conflict with.
    pub detected_conflicts: Vec<String>,
    /// Whether it was enabled in spite of an error.
    pub forced: bool,
    /// Since when it is enabled.
    pub enabled_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
}

/// What became of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// It is the current one.
    Active,
    /// It was.
    Superseded,
    /// It never was.
    Refused,
}

impl VersionState {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
        }
    }
}

impl std::str::FromStr for VersionState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Active, Self::Superseded, Self::Refused]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("unknown state `{}`", text.escape_default()))
    }
}

/// A version of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// The extension.
    pub extension: ExtensionId,
    /// Its number, from 1.
    pub config_version: i32,
    /// The extension's release; none when it was refused before one was chosen.
    pub version: Option<String>,
    /// Its id.
    pub release: Option<ReleaseId>,
    /// Whether somebody asked for the extension.
    pub requested: bool,
    /// With which range.
    pub requested_range: Option<String>,
    /// The configuration, with a digest in the place of each secret.
    pub configuration: Value,
    /// Where its secrets are: JSON Pointers.
    pub secret_pointers: Vec<String>,
    /// SHA-256 of the canonical configuration.
    pub config_hash: Digest,
    /// What became of it.
    pub state: VersionState,
    /// What was wrong with it: a list.
    pub validation_errors: Value,
    /// What it was in conflict with: the resolver's rows.
    pub conflicts: Value,
    /// Why it was made.
    pub reason: Option<String>,
    /// Why it was enabled in spite of an error.
    pub forced_reason: Option<String>,
    /// Who made it: a user's id, or a token's subject.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A version that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewVersion<'a> {
    /// Its id.
    pub id: VersionId,
    /// Where.
    pub site: SiteId,
    /// Of what.
    pub extension: &'a ExtensionId,
    /// The extension's release.
    pub version: Option<&'a str>,
    /// Its id.
    pub release: Option<ReleaseId>,
    /// Whether somebody asks for the extension.
    pub requested: bool,
    /// With which range.
    pub requested_range: Option<&'a str>,
    /// The configuration, with a digest in the place of each secret.
    pub configuration: &'a Value,
    /// Where its secrets are: JSON Pointers.
    pub secret_pointers: &'a [String],
    /// Its canonical text (RFC 8785), which is hashed.
    pub canonical: &'a str,
    /// Whether it becomes the current one; else it is refused.
    pub active: bool,
    /// What is wrong with it: a list.
    pub validation_errors: &'a Value,
    /// What it is in conflict with: the resolver's rows.
    pub conflicts: &'a Value,
    /// Why it is made.
    pub reason: Option<&'a str>,
    /// Why it is enabled in spite of an error.
    pub forced_reason: Option<&'a str>,
    /// Who makes it.
    pub author: &'a Author,
    /// When.
    pub at: DateTime<Utc>,
}

struct Row {
    version_id: Uuid,
    site_id: Uuid,
    extension_id: String,
    config_version: i32,
    version: Option<String>,
    release_id: Option<Uuid>,
    requested: bool,
    requested_range: Option<String>,
    configuration: Value,
    secret_pointers: Vec<String>,
    config_hash: Vec<u8>,
    state: String,
    validation_errors: Value,
    conflicts: Value,
    reason: Option<String>,
    forced_reason: Option<String>,
    author: String,
    created_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Version, StoreError> {
        const TABLE: &str = "site_extension_config_versions";
        let hash = Digest::try_from(self.config_hash.as_slice());
        Ok(Version {
            id: VersionId(self.version_id),
            extension: extension(TABLE, SiteId(self.site_id), &self.extension_id)?,
            config_version: self.config_version,
            version: self.version,
            release: self.release_id.map(ReleaseId),
            requested: self.requested,
            requested_range: self.requested_range,
            configuration: self.configuration,
            secret_pointers: self.secret_pointers,
            config_hash: hash.map_err(StoreError::inconsistent(TABLE, "config_hash", self.version_id))?,
            state: self
                .state
                .parse()
                .map_err(StoreError::inconsistent(TABLE, "state", self.version_id))?,
            validation_errors: self.validation_errors,
            conflicts: self.conflicts,
            reason: self.reason,
            forced_reason: self.forced_reason,
            author: self.author,
            created_at: self.created_at,
        })
    }
}

impl Tx {
    /// What is enabled at a site, the newest first.
    pub async fn enabled_extensions(&mut self, site: SiteId) -> Result<Vec<Enabled>, StoreError> {
        let rows = sqlx::query!(
            "SELECT c.extension_id, c.version_id, c.config_version, c.version, c.release_id, c.config_hash,
                 v.configuration, v.secret_pointers, c.requested, c.requested_range, c.validated, c.validation_errors,
                 c.detected_conflicts, c.forced, c.enabled_at, c.updated_at
             FROM site_extension_configs AS c
             JOIN site_extension_config_versions AS v
                 ON v.client_id = c.client_id AND v.version_id = c.version_id
             WHERE c.client_id = $1 AND c.site_id = $2 AND c.disabled_at IS NULL
             ORDER BY c.enabled_at DESC, c.version_id DESC",
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                const TABLE: &str = "site_extension_configs";
                let hash = Digest::try_from(row.config_hash.as_slice());
                let version = semver::Version::parse(&row.version);
                Ok(Enabled {
                    extension: extension(TABLE, site, &row.extension_id)?,
                    version_id: VersionId(row.version_id),
                    config_version: row.config_version,
                    version: version.map_err(StoreError::inconsistent(TABLE, "version", site))?,
                    release: ReleaseId(row.release_id),
                    config_hash: hash.map_err(StoreError::inconsistent(TABLE, "config_hash", site))?,
                    configuration: row.configuration,
                    secret_pointers: row.secret_pointers,
                    requested: row.requested,
                    requested_range: row.requested_range,
                    validated: row.validated,
                    validation_errors: row.validation_errors,
                    detected_conflicts: row.detected_conflicts,
                    forced: row.forced,
                    enabled_at: row.enabled_at,
                    updated_at: row.updated_at,
                })
            })
            .collect()
    }

    /// Adds a version after the last one of its extension at its site, and makes it the current one if it is active.
    /// The site is held by this transaction ([`Tx::advance_site`], [`Tx::hold_site`]). Returns its number.
    pub async fn insert_config_version(&mut self, new: &NewVersion<'_>) -> Result<i32, StoreError> {
        if new.active {
            self.supersede(new.site, new.extension).await?;
        }
        let hash = Digest::of(new.canonical.as_bytes());
        let state = if new.active {
            VersionState::Active
        } else {
            VersionState::Refused
        };
        let number = sqlx::query_scalar!(
            "INSERT INTO site_extension_config_versions (
                 client_id, version_id, site_id, extension_id, config_version, version, release_id, requested,
                 requested_range, configuration, content, config_hash, state, validation_errors, conflicts, reason,
                 forced_reason, author, created_by, created_at, secret_pointers
             )
             SELECT $1, $2, $3, $4, coalesce(max(config_version), 0) + 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                 $15, $16, $17, $18, $19, $20
             FROM site_extension_config_versions WHERE client_id = $1 AND site_id = $3 AND extension_id = $4
             RETURNING config_version",
            self.client,
            new.id.0,
            new.site.0,
            new.extension.as_str(),
            new.version,
            new.release.map(|id| id.0),
            new.requested,
            new.requested_range,
            new.configuration,
            new.canonical.as_bytes(),
            hash.as_bytes().as_slice(),
            state.as_str(),
            new.validation_errors,
            new.conflicts,
            new.reason,
            new.forced_reason,
            new.author.name,
            new.author.user.map(|id| id.0),
            new.at,
            new.secret_pointers
        )
        .fetch_one(&mut *self.inner)
        .await?;
        if new.active {
            sqlx::query!(
                "INSERT INTO site_extension_configs AS c (
                     client_id, site_id, extension_id, version_id, config_version, version, release_id, config_hash,
                     requested, requested_range, forced, enabled_at, updated_at
                 )
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
                 ON CONFLICT (client_id, site_id, extension_id) DO UPDATE SET
                     version_id = excluded.version_id, config_version = excluded.config_version,
                     version = excluded.version, release_id = excluded.release_id,
                     config_hash = excluded.config_hash, requested = excluded.requested,
                     requested_range = excluded.requested_range, forced = excluded.forced,
                     validated = true, validation_errors = '[]',
                     enabled_at = CASE WHEN c.disabled_at IS NULL THEN c.enabled_at ELSE excluded.enabled_at END,
                     updated_at = excluded.updated_at, disabled_at = NULL",
                self.client,
                new.site.0,
                new.extension.as_str(),
                new.id.0,
                number,
                new.version,
                new.release.map(|id| id.0),
                hash.as_bytes().as_slice(),
                new.requested,
                new.requested_range,
                new.forced_reason.is_some(),
                new.at
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(number)
    }

    async fn supersede(&mut self, site: SiteId, extension: &ExtensionId) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE site_extension_config_versions SET state = 'superseded'
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND state = 'active'",
            self.client,
            site.0,
            extension.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Disables an extension: its versions stay, none is the current one.
    pub async fn disable_extension(
        &mut self,
        site: SiteId,
        extension: &ExtensionId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.supersede(site, extension).await?;
        sqlx::query!(
            "UPDATE site_extension_configs SET disabled_at = $4, updated_at = $4
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND disabled_at IS NULL",
            self.client,
            site.0,
            extension.as_str(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes that an enabled extension is asked for, or only needed by others. Its configuration stays as it is.
    pub async fn set_extension_requested(
        &mut self,
        site: SiteId,
        extension: &ExtensionId,
        requested: bool,
        range: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE site_extension_configs SET requested = $4, requested_range = $5, updated_at = $6
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND disabled_at IS NULL",
            self.client,
            site.0,
            extension.as_str(),
            requested,
            range,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Has the enabled extensions of a site say what they are in conflict with now, from what is stored of conflicts.
    pub async fn note_detected_conflicts(&mut self, site: SiteId) -> Result<(), StoreError> {
        sqlx::query!(
            "WITH now AS (
                 SELECT c.extension_id, coalesce(array_agg(DISTINCT other ORDER BY other)
                     FILTER (WHERE other IS NOT NULL), '{}') AS others
                 FROM site_extension_configs AS c
                 LEFT JOIN extension_conflicts_detected AS x
                     ON x.client_id = c.client_id AND x.site_id = c.site_id AND x.present
                         AND c.extension_id = ANY (x.extensions)
                 LEFT JOIN LATERAL unnest(x.extensions) AS other ON other <> c.extension_id
                 WHERE c.client_id = $1 AND c.site_id = $2 AND c.disabled_at IS NULL GROUP BY c.extension_id
             )
             UPDATE site_extension_configs AS c SET detected_conflicts = now.others FROM now
             WHERE c.client_id = $1 AND c.site_id = $2 AND c.extension_id = now.extension_id
                 AND c.detected_conflicts <> now.others",
            self.client,
            site.0
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// One version.
    pub async fn config_version(
        &mut self,
        site: SiteId,
        extension: &ExtensionId,
        number: i32,
    ) -> Result<Option<Version>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT version_id, site_id, extension_id, config_version, version, release_id, requested, requested_range,
                 configuration, secret_pointers, config_hash, state, validation_errors, conflicts, reason, forced_reason, author, created_at
             FROM site_extension_config_versions
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND config_version = $4",
            self.client,
            site.0,
            extension.as_str(),
            number
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// The versions with these ids that the transaction's site has, in no order.
    pub async fn config_versions_by_id(&mut self, ids: &[VersionId]) -> Result<Vec<Version>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            Row,
            "SELECT version_id, site_id, extension_id, config_version, version, release_id, requested, requested_range,
                 configuration, secret_pointers, config_hash, state, validation_errors, conflicts, reason, forced_reason, author, created_at
             FROM site_extension_config_versions WHERE client_id = $1 AND version_id = ANY ($2)",
            self.client,
            &ids
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// An extension's versions at a site below a number, the highest first; at most `most` and one more, which says that
    /// there are more.
    pub async fn config_versions(
        &mut self,
        site: SiteId,
        extension: &ExtensionId,
        below: Option<i32>,
        most: u16,
    ) -> Result<Vec<Version>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT version_id, site_id, extension_id, config_version, version, release_id, requested, requested_range,
                 configuration, secret_pointers, config_hash, state, validation_errors, conflicts, reason, forced_reason, author, created_at
             FROM site_extension_config_versions
             WHERE client_id = $1 AND site_id = $2 AND extension_id = $3 AND config_version < $4
             ORDER BY config_version DESC LIMIT $5",
            self.client,
            site.0,
            extension.as_str(),
            below.unwrap_or(i32::MAX),
            i64::from(most) + 1
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Which of a client's sites have an extension enabled, the newest first.
    pub async fn sites_with_extension(
        &mut self,
        extension: &ExtensionId,
        page: &PageRequest,
    ) -> Result<Page<(SiteId, DateTime<Utc>)>, StoreError> {
        let (at, id) = page.before();
        let rows = sqlx::query!(
            "SELECT site_id, enabled_at FROM site_extension_configs
             WHERE client_id = $1 AND extension_id = $2 AND disabled_at IS NULL AND (enabled_at, site_id) < ($3, $4)
             ORDER BY enabled_at DESC, site_id DESC LIMIT $5",
            self.client,
            extension.as_str(),
            at,
            id,
            page.fetch()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let rows = rows.into_iter().map(|row| (SiteId(row.site_id), row.enabled_at));
        Ok(page.page(rows.collect(), |(site, at): &(SiteId, _)| Cursor {
            at: *at,
            id: site.0,
        }))
    }
}
