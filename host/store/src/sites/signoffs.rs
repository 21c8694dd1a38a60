//! Who signed which aspect of which version, and what nobody has signed yet.
//!
//! Invariant: a signature is of one version, and does not pass on to the next; the database refuses one by the version's
//! author, and one in a role that the signer does not have at the site.

use assay_domain::{Aspect, Digest, ExtensionId, SignoffId, SiteId, SiteRole, UserId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::configs::extension;
use crate::{Cursor, Page, PageRequest, StoreError, Tx};

/// A signature that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewSignoff<'a> {
    /// Its id.
    pub id: SignoffId,
    /// Where.
    pub site: SiteId,
    /// Of which extension.
    pub extension: &'a ExtensionId,
    /// What of it.
    pub aspect: &'a Aspect,
    /// Who signs.
    pub signed_by: UserId,
    /// As what.
    pub role: &'a SiteRole,
    /// Which version.
    pub config_version: i32,
    /// Its hash.
    pub config_hash: Digest,
    /// Its author.
    pub author: &'a str,
    /// What the signer says.
    pub notes: Option<&'a str>,
    /// What else there is.
    pub metadata: Option<&'a Value>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Signoff {
    /// Its id.
    pub id: SignoffId,
    /// Of which extension.
    pub extension: ExtensionId,
    /// What of it.
    pub aspect: String,
    /// Who signed.
    pub signed_by: UserId,
    /// As what.
    pub signed_role: String,
    /// When.
    pub signed_at: DateTime<Utc>,
    /// Which version.
    pub config_version: i32,
    /// Its hash.
    pub config_hash: Digest,
    /// Whether that version is still the current one.
    pub current: bool,
    /// What the signer said.
    pub notes: Option<String>,
    /// What else there is.
    pub metadata: Option<Value>,
}

/// What is not signed of an extension's current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The extension.
    pub extension: ExtensionId,
    /// The current version.
    pub config_version: i32,
    /// The aspects, each with who signs it.
    pub aspects: Vec<(String, String)>,
}

struct Row {
    signoff_id: Uuid,
    extension_id: String,
    aspect: String,
    signed_by: Uuid,
    signed_role: String,
    signed_at: DateTime<Utc>,
    config_version: i32,
    config_hash: Vec<u8>,
    current: bool,
    notes: Option<String>,
    metadata: Option<Value>,
}

impl Row {
    fn read(self, site: SiteId) -> Result<Signoff, StoreError> {
        const TABLE: &str = "compliance_signoffs";
        let hash = Digest::try_from(self.config_hash.as_slice());
        Ok(Signoff {
            id: SignoffId(self.signoff_id),
            extension: extension(TABLE, site, &self.extension_id)?,
            aspect: self.aspect,
            signed_by: UserId(self.signed_by),
            signed_role: self.signed_role,
            signed_at: self.signed_at,
            config_version: self.config_version,
            config_hash: hash.map_err(StoreError::inconsistent(TABLE, "config_hash", self.signoff_id))?,
            current: self.current,
            notes: self.notes,
            metadata: self.metadata,
        })
    }
}

impl Tx {
    /// Adds a signature. `Conflict` of `compliance_signoffs_aspect_key` when the same user signed the same before, of
    /// `compliance_signoffs_author_check` when the version is the signer's own, of `compliance_signoffs_member_fkey` when
    /// the signer never had the role, of `compliance_signoffs_version_fkey` when there is no such version.
    pub async fn insert_signoff(&mut self, new: &NewSignoff<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO compliance_signoffs (
                 client_id, signoff_id, site_id, extension_id, aspect, signed_by, signed_role, signed_at, config_hash,
                 config_version, author, notes, metadata
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            self.client,
            new.id.0,
            new.site.0,
            new.extension.as_str(),
            new.aspect.as_str(),
            new.signed_by.0,
            new.role.as_str(),
            new.at,
            new.config_hash.as_bytes().as_slice(),
            new.config_version,
            new.author,
            new.notes,
            new.metadata
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The signatures at a site, of one extension or of all, the newest first.
    pub async fn signoffs(
        &mut self,
        site: SiteId,
        extension: Option<&ExtensionId>,
        page: &PageRequest,
    ) -> Result<Page<Signoff>, StoreError> {
        self.in_order().await?;
        let (at, id) = page.before();
        let rows =
            match extension {
                Some(extension) => sqlx::query_as!(
                    Row,
                    r#"SELECT g.signoff_id, g.extension_id, g.aspect, g.signed_by, g.signed_role, g.signed_at,
                         g.config_version, g.config_hash, g.notes, g.metadata,
                         EXISTS (
                             SELECT FROM site_extension_configs AS c
                             WHERE c.client_id = g.client_id AND c.site_id = g.site_id
                                 AND c.extension_id = g.extension_id AND c.config_version = g.config_version
                                 AND c.disabled_at IS NULL
                         ) AS "current!"
                     FROM compliance_signoffs AS g
                     WHERE g.client_id = $1 AND g.site_id = $2 AND g.extension_id = $3
                         AND (g.signed_at, g.signoff_id) < ($4, $5)
                     ORDER BY g.signed_at DESC, g.signoff_id DESC LIMIT $6"#,
                    self.client,
                    site.0,
                    extension.as_str(),
                    at,
                    id,
                    page.fetch()
                )
                .fetch_all(&mut *self.inner)
                .await?,
                None => sqlx::query_as!(
                    Row,
                    r#"SELECT g.signoff_id, g.extension_id, g.aspect, g.signed_by, g.signed_role, g.signed_at,
                         g.config_version, g.config_hash, g.notes, g.metadata,
                         EXISTS (
                             SELECT FROM site_extension_configs AS c
                             WHERE c.client_id = g.client_id AND c.site_id = g.site_id
                                 AND c.extension_id = g.extension_id AND c.config_version = g.config_version
                                 AND c.disabled_at IS NULL
                         ) AS "current!"
                     FROM compliance_signoffs AS g
                     WHERE g.client_id = $1 AND g.site_id = $2 AND (g.signed_at, g.signoff_id) < ($3, $4)
                     ORDER BY g.signed_at DESC, g.signoff_id DESC LIMIT $5"#,
                    self.client,
                    site.0,
                    at,
                    id,
                    page.fetch()
                )
                .fetch_all(&mut *self.inner)
                .await?,
            };
        let rows: Result<Vec<_>, _> = rows.into_iter().map(|row| row.read(site)).collect();
        Ok(page.page(rows?, |signoff: &Signoff| Cursor {
            at: signoff.signed_at,
            id: signoff.id.0,
        }))
    }

    /// The signatures under the current versions of a site, in no order.
    pub async fn current_signoffs(&mut self, site: SiteId) -> Result<Vec<Signoff>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT g.signoff_id, g.extension_id, g.aspect, g.signed_by, g.signed_role, g.signed_at,
                 g.config_version, g.config_hash, g.notes, g.metadata, true AS "current!"
             FROM compliance_signoffs AS g
             JOIN site_extension_configs AS c USING (client_id, site_id, extension_id, config_version)
             WHERE g.client_id = $1 AND g.site_id = $2 AND c.disabled_at IS NULL"#,
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(|row| row.read(site)).collect()
    }

    /// What nobody has signed at a site, by extension and aspect.
    pub async fn unsigned(&mut self, site: SiteId) -> Result<Vec<Unsigned>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT extension_id AS "extension_id!", config_version AS "config_version!",
                 unsigned_aspects AS "unsigned_aspects!", roles AS "roles!"
             FROM v_unsigned_compliance WHERE client_id = $1 AND site_id = $2 ORDER BY extension_id"#,
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Unsigned {
                    extension: extension("site_extension_configs", site, &row.extension_id)?,
                    config_version: row.config_version,
                    aspects: row.unsigned_aspects.into_iter().zip(row.roles).collect(),
                })
            })
            .collect()
    }
}
