//! Registrations of plugins: what became of each upload. A client's transaction sees its own, one of the platform the
//! platform's.
//!
//! Invariant: of the same bytes of one owner, one registration is under way, whichever host it is on; one whose host is
//! gone is none.

use assay_domain::{Digest, PluginName, RegistrationId, RegistrationStatus, ReleaseId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::page::{Cursor, Page, PageRequest};
use crate::{StoreError, Tx};

/// A registration that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewRegistration {
    /// Its id.
    pub id: RegistrationId,
    /// SHA-256 of what was uploaded.
    pub digest: Digest,
    /// Bytes of it.
    pub size: u64,
    /// The host that works on it.
    pub host: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What a registration is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// SHA-256 of what was uploaded.
    pub digest: Digest,
    /// Bytes of it.
    pub size: u64,
    /// How far it is, or how it ended.
    pub status: RegistrationStatus,
    /// What is done at the moment, in a word.
    pub progress: Option<String>,
    /// Why it was refused or failed: an array of objects with `code` and `message`.
    pub reasons: Value,
    /// What it became.
    pub release: Option<RegisteredAs>,
    /// The host that works on it, or did.
    pub host: Uuid,
    /// Whether it is under way and that host holds no lock.
    pub host_is_gone: bool,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it came as far as it is.
    pub updated_at: DateTime<Utc>,
}

/// The release that a registration became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredAs {
    /// Its id.
    pub id: ReleaseId,
    /// The plugin.
    pub name: PluginName,
    /// The version.
    pub version: String,
}

struct Row {
    registration_id: Uuid,
    sha256: Vec<u8>,
    size: i64,
    status: String,
    progress: Option<String>,
    reasons: Value,
    release_id: Option<Uuid>,
    name: Option<String>,
    version: Option<String>,
    host_id: Uuid,
    gone: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Registration, StoreError> {
        let key = self.registration_id;
        let inconsistent = |column| StoreError::inconsistent("plugin_registrations", column, key);
        let release = match (self.release_id, self.name, self.version) {
            (Some(id), Some(name), Some(version)) => Some(RegisteredAs {
                id: ReleaseId(id),
                name: name
                    .parse()
                    .map_err(StoreError::inconsistent("plugins", "name", id))?,
                version,
            }),
            _ => None,
        };
        Ok(Registration {
            id: RegistrationId(key),
            digest: Digest::try_from(self.sha256.as_slice()).map_err(inconsistent("sha256"))?,
            size: u64::try_from(self.size).unwrap_or_default(),
            status: self.status.parse().map_err(StoreError::inconsistent(
                "plugin_registrations",
                "status",
                key,
            ))?,
            progress: self.progress,
            reasons: self.reasons,
            release,
            host: self.host_id,
            host_is_gone: self.gone,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

impl Tx {
    /// Begins a registration. None when one of the same bytes is under way; see [`Self::registration_of`].
    pub async fn begin_registration(&mut self, new: &NewRegistration) -> Result<bool, StoreError> {
        let inserted = sqlx::query!(
            "INSERT INTO plugin_registrations (client_id, registration_id, sha256, size, status, host_id, created_at, updated_at)
             VALUES ($1, $2, $3, $4, 'queued', $5, $6, $6)
             ON CONFLICT (client_id, sha256) WHERE status IN ('queued', 'checking', 'compiling', 'testing') DO NOTHING",
            self.client,
            new.id.0,
            new.digest.as_bytes().as_slice(),
            i64::try_from(new.size).unwrap_or(i64::MAX),
            new.host,
            new.created_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// A registration that is under way comes further. False when it is at its end.
    pub async fn step_registration(
        &mut self,
        id: RegistrationId,
        status: RegistrationStatus,
        progress: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let updated = sqlx::query!(
            "UPDATE plugin_registrations SET status = $2, progress = $3, updated_at = $4
             WHERE registration_id = $1 AND status IN ('queued', 'checking', 'compiling', 'testing')",
            id.0,
            status.as_str(),
            progress,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// A registration became a release, whatever others took it for meanwhile.
    pub async fn registered(
        &mut self,
        id: RegistrationId,
        release: ReleaseId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE plugin_registrations
             SET status = 'registered', progress = NULL, reasons = '[]', release_id = $2, updated_at = $3
             WHERE registration_id = $1",
            id.0,
            release.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A registration that is under way on a host ends without a release. False when it is at its end already.
    pub async fn end_registration(
        &mut self,
        id: RegistrationId,
        status: RegistrationStatus,
        reasons: &Value,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let updated = sqlx::query!(
            "UPDATE plugin_registrations SET status = $2, progress = NULL, reasons = $3, updated_at = $4
             WHERE registration_id = $1 AND status IN ('queued', 'checking', 'compiling', 'testing')",
            id.0,
            status.as_str(),
            reasons,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// One registration. That its host is gone is found by its lock, which is held, shared, until the transaction ends.
    pub async fn registration(&mut self, id: RegistrationId) -> Result<Option<Registration>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT g.registration_id, g.sha256, g.size, g.status, g.progress, g.reasons, g.release_id,
                 p.name AS "name?", r.version AS "version?", g.host_id, g.created_at, g.updated_at,
                 CASE WHEN g.status IN ('queued', 'checking', 'compiling', 'testing')
                     THEN pg_try_advisory_xact_lock_shared(hashtextextended(g.host_id::text, 0)) ELSE false END AS "gone!"
             FROM plugin_registrations AS g
             LEFT JOIN plugin_releases AS r ON r.release_id = g.release_id
             LEFT JOIN plugins AS p ON p.plugin_id = r.plugin_id
             WHERE g.registration_id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// The registration of these bytes that is under way, be its host gone or not.
    pub async fn registration_of(&mut self, digest: Digest) -> Result<Option<Registration>, StoreError> {
        let id = sqlx::query_scalar!(
            "SELECT registration_id FROM plugin_registrations
             WHERE client_id IS NOT DISTINCT FROM $1 AND sha256 = $2
                 AND status IN ('queued', 'checking', 'compiling', 'testing')",
            self.client,
            digest.as_bytes().as_slice()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        match id {
            Some(id) => self.registration(RegistrationId(id)).await,
            None => Ok(None),
        }
    }

    /// The owner's registrations, newest first.
    pub async fn registrations(&mut self, request: &PageRequest) -> Result<Page<Registration>, StoreError> {
        let (at, id) = request.before();
        let rows = sqlx::query_as!(
            Row,
            r#"WITH g AS MATERIALIZED (
                 SELECT * FROM plugin_registrations
                 WHERE client_id IS NOT DISTINCT FROM $1 AND (created_at, registration_id) < ($2, $3)
                 ORDER BY created_at DESC, registration_id DESC LIMIT $4
             )
             SELECT g.registration_id, g.sha256, g.size, g.status, g.progress, g.reasons, g.release_id,
                 p.name AS "name?", r.version AS "version?", g.host_id, g.created_at, g.updated_at,
                 CASE WHEN g.status IN ('queued', 'checking', 'compiling', 'testing')
                     THEN pg_try_advisory_xact_lock_shared(hashtextextended(g.host_id::text, 0)) ELSE false END AS "gone!"
             FROM g
             LEFT JOIN plugin_releases AS r ON r.release_id = g.release_id
             LEFT JOIN plugins AS p ON p.plugin_id = r.plugin_id
             ORDER BY g.created_at DESC, g.registration_id DESC"#,
            self.client,
            at,
            id,
            request.fetch()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let items = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
        Ok(request.page(items, |item: &Registration| Cursor {
            at: item.created_at,
            id: item.id.0,
        }))
    }
}
