//! The log of what happened to configurations at a site. Only ever added; old rows move to an archive that is as
//! immutable, and reading finds both.

use assay_domain::{AuditId, Digest, ExtensionId, SiteId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::Author;
use super::configs::extension;
use crate::{Cursor, Page, PageRequest, StoreError, Tx};

/// One row that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// Its id.
    pub id: AuditId,
    /// Where.
    pub site: SiteId,
    /// To which extension; none when it is about the site.
    pub extension: Option<&'a ExtensionId>,
    /// What happened, for example `activated`.
    pub action: &'a str,
    /// Who did it.
    pub author: &'a Author,
    /// When.
    pub at: DateTime<Utc>,
    /// What was configured before.
    pub old_hash: Option<Digest>,
    /// What is configured now.
    pub new_hash: Option<Digest>,
    /// Why.
    pub reason: Option<&'a str>,
    /// What else there is to say: an object.
    pub details: &'a Value,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// To which extension.
    pub extension: Option<ExtensionId>,
    /// What happened.
    pub action: String,
    /// Who did it: a user's id, or a token's subject.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What was configured before.
    pub old_hash: Option<Digest>,
    /// What is configured now.
    pub new_hash: Option<Digest>,
    /// Why.
    pub reason: Option<String>,
    /// What else there is to say.
    pub details: Value,
}

struct Row {
    audit_id: Uuid,
    extension_id: Option<String>,
    action: String,
    actor: String,
    changed_at: DateTime<Utc>,
    old_config_hash: Option<Vec<u8>>,
    new_config_hash: Option<Vec<u8>>,
    reason: Option<String>,
    details: Value,
}

impl Row {
    fn read(self, site: SiteId) -> Result<Entry, StoreError> {
        const TABLE: &str = "configuration_audit_log";
        let hash = |bytes: Option<Vec<u8>>| {
            let read = bytes.map(|bytes| Digest::try_from(bytes.as_slice())).transpose();
            read.map_err(StoreError::inconsistent(TABLE, "config_hash", self.audit_id))
        };
        let of = self
            .extension_id
            .map(|id| extension(TABLE, site, &id))
            .transpose()?;
        Ok(Entry {
            id: AuditId(self.audit_id),
            extension: of,
            action: self.action,
            actor: self.actor,
            at: self.changed_at,
            old_hash: hash(self.old_config_hash)?,
            new_hash: hash(self.new_config_hash)?,
            reason: self.reason,
            details: self.details,
        })
    }
}

impl Tx {
    /// Adds a row.
    pub async fn log_site(&mut self, new: &NewEntry<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO configuration_audit_log (
                 client_id, audit_id, site_id, extension_id, action, actor, changed_by, changed_at, old_config_hash,
                 new_config_hash, reason, details
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            self.client,
            new.id.0,
            new.site.0,
            new.extension.map(ExtensionId::as_str) as _,
            new.action,
            new.author.name,
            new.author.user.map(|id| id.0),
            new.at,
            new.old_hash.as_ref().map(|hash| hash.as_bytes().as_slice()) as _,
            new.new_hash.as_ref().map(|hash| hash.as_bytes().as_slice()) as _,
            new.reason,
            new.details
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What happened at a site, to one extension or in all, the newest first, archived rows included.
    pub async fn site_log(
        &mut self,
        site: SiteId,
        extension: Option<&ExtensionId>,
        page: &PageRequest,
    ) -> Result<Page<Entry>, StoreError> {
        self.in_order().await?;
        let (at, id) = page.before();
        let rows = match extension {
            Some(extension) => {
                sqlx::query_as!(
                    Row,
                    r#"SELECT audit_id AS "audit_id!", extension_id, action AS "action!", actor AS "actor!",
                         changed_at AS "changed_at!", old_config_hash, new_config_hash, reason, details AS "details!"
                     FROM v_configuration_audit
                     WHERE client_id = $1 AND site_id = $2 AND extension_id = $3
                         AND (changed_at, audit_id) < ($4, $5)
                     ORDER BY changed_at DESC, audit_id DESC LIMIT $6"#,
                    self.client,
                    site.0,
                    extension.as_str(),
                    at,
                    id,
                    page.fetch()
                )
                .fetch_all(&mut *self.inner)
                .await?
            }
            None => {
                sqlx::query_as!(
                    Row,
                    r#"SELECT audit_id AS "audit_id!", extension_id, action AS "action!", actor AS "actor!",
                         changed_at AS "changed_at!", old_config_hash, new_config_hash, reason, details AS "details!"
                     FROM v_configuration_audit
                     WHERE client_id = $1 AND site_id = $2 AND (changed_at, audit_id) < ($3, $4)
                     ORDER BY changed_at DESC, audit_id DESC LIMIT $5"#,
                    self.client,
                    site.0,
                    at,
                    id,
                    page.fetch()
                )
                .fetch_all(&mut *self.inner)
                .await?
            }
        };
        let rows: Result<Vec<_>, _> = rows.into_iter().map(|row| row.read(site)).collect();
        Ok(page.page(rows?, |entry: &Entry| Cursor {
            at: entry.at,
            id: entry.id.0,
        }))
    }

    /// The last thing that happened to each extension of a site, by extension. Archived rows are not looked at.
    pub async fn last_changes(&mut self, site: SiteId) -> Result<Vec<Entry>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            // From one extension to the next in the index: as long as there are extensions, and not as long as the log.
            r#"WITH RECURSIVE last AS (
                 (SELECT audit_id, extension_id, action, actor, changed_at, old_config_hash, new_config_hash, reason,
                      details
                  FROM configuration_audit_log
                  WHERE client_id = $1 AND site_id = $2 AND extension_id IS NOT NULL
                  ORDER BY extension_id, changed_at DESC, audit_id DESC LIMIT 1)
                 UNION ALL
                 SELECT next.* FROM last CROSS JOIN LATERAL (
                     SELECT audit_id, extension_id, action, actor, changed_at, old_config_hash, new_config_hash, reason,
                         details
                     FROM configuration_audit_log
                     WHERE client_id = $1 AND site_id = $2 AND extension_id > last.extension_id
                     ORDER BY extension_id, changed_at DESC, audit_id DESC LIMIT 1
                 ) AS next
             )
             SELECT audit_id AS "audit_id!", extension_id, action AS "action!", actor AS "actor!",
                 changed_at AS "changed_at!", old_config_hash, new_config_hash, reason, details AS "details!"
             FROM last ORDER BY extension_id"#,
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(|row| row.read(site)).collect()
    }

    /// Moves at most `most` (1 to 10,000) of the client's rows from before a time to the archive, the oldest first.
    /// Returns how many.
    pub async fn archive_site_log(&mut self, before: DateTime<Utc>, most: i32) -> Result<i32, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT archive_configuration_audit($1, $2) AS "moved!""#,
            before,
            most
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }
}
