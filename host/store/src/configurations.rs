//! Configurations: every version that a client ever wrote.
//!
//! The stored bytes are the truth and what the digest is of; the typed columns beside them are for queries. A version
//! is only ever added; what changes is which one is active.

use assay_domain::{ConfigId, Configuration, ConfigurationDraft, Digest, PluginName, ProcessTypeId, json};
use chrono::{DateTime, Utc};

use crate::page::{Cursor, Page, PageRequest};
use crate::{StoreError, Tx};

/// A version that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewConfiguration<'a> {
    /// Its id.
    pub id: ConfigId,
    /// For which process type.
    pub process_type: &'a ProcessTypeId,
    /// What it says.
    pub draft: &'a ConfigurationDraft,
    /// The newest version that the author had seen (0 for none); none to come after whatever is there.
    pub after: Option<i32>,
    /// Who wrote it: a token's subject.
    pub submitted_by: &'a str,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What became of a version that was to be.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and taken apart at once"
)]
pub enum Inserted {
    /// It is there, inactive.
    Version(Configuration),
    /// Somebody else wrote one meanwhile: the newest version now.
    Stale(i32),
}

/// A version in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigurationSummary {
    /// Its id.
    pub id: ConfigId,
    /// For which process type.
    pub process_type: ProcessTypeId,
    /// Counted from 1 per client and process type.
    pub version: i32,
    /// Whether processes use it.
    pub active: bool,
    /// The validator.
    pub plugin_name: PluginName,
    /// SHA-256 of its content.
    pub digest: Digest,
    /// Who wrote it: a token's subject; none for versions from before it was kept.
    pub submitted_by: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// The canonical bytes of a draft (RFC 8785).
pub fn canonical(draft: &ConfigurationDraft) -> Result<Vec<u8>, serde_json::Error> {
    Ok(json::canonical(&serde_json::to_value(draft)?).into_bytes())
}

struct Row {
    client_id: uuid::Uuid,
    config_id: uuid::Uuid,
    process_type_id: String,
    version: i32,
    is_active: bool,
    content: Vec<u8>,
    content_sha256: Vec<u8>,
    submitted_by: Option<String>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Configuration, StoreError> {
        let key = self.config_id;
        let wrong =
            |column| move |error: String| StoreError::inconsistent("configurations", column, key)(error);
        let digest = Digest::of(&self.content);
        if digest.as_bytes() != self.content_sha256.as_slice() {
            return Err(wrong("content_sha256")("not the content's digest".to_owned()));
        }
        Ok(Configuration {
            id: ConfigId(self.config_id),
            client: self.client_id.into(),
            process_type: self.process_type_id.parse().map_err(StoreError::inconsistent(
                "configurations",
                "process_type_id",
                key,
            ))?,
            version: self.version,
            active: self.is_active,
            digest,
            draft: serde_json::from_slice(&self.content)
                .map_err(|error| wrong("content")(error.to_string()))?,
            submitted_by: self.submitted_by,
            created_at: self.created_at,
        })
    }
}

impl Tx {
    /// Adds a version after the newest one, by compare-and-set on the newest one that the author had seen. Two at the
    /// same moment: one is a `Conflict` of `configurations_version_key`.
    pub async fn insert_configuration(&mut self, new: &NewConfiguration<'_>) -> Result<Inserted, StoreError> {
        let draft = new.draft;
        let content = canonical(draft).map_err(|error| StoreError::Unexpected(error.into()))?;
        let newest = sqlx::query_scalar!(
            r#"SELECT coalesce(max(version), 0) AS "newest!" FROM configurations WHERE process_type_id = $1"#,
            new.process_type.as_str()
        )
        .fetch_one(&mut *self.inner)
        .await?;
        if new.after.is_some_and(|after| after != newest) {
            return Ok(Inserted::Stale(newest));
        }
        let range = draft.plugin_range.to_string();
        let digest = Digest::of(&content);
        let row = sqlx::query_as!(
            Row,
            "INSERT INTO configurations (
                 client_id, config_id, process_type_id, version, input_schema, output_schema, validation_rules,
                 plugin_name, plugin_range, extractor_name, scorer_name, enable_fraud_detection, enable_hitl,
                 confidence_threshold, fraud_threshold, content, content_sha256, submitted_by, created_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
             RETURNING client_id, config_id, process_type_id, version, is_active, content, content_sha256,
                 submitted_by, created_at",
            self.client,
            new.id.0,
            new.process_type.as_str(),
            newest + 1,
            draft.input_schema.as_ref() as _,
            draft.output_schema.as_ref() as _,
            draft.validation_rules,
            draft.plugin_name.as_str(),
            range,
            draft.extractor.as_ref().map(|choice| choice.plugin_name.as_str()) as _,
            draft.scorer.as_ref().map(|choice| choice.plugin_name.as_str()) as _,
            draft.enable_fraud_detection,
            draft.enable_hitl,
            draft.confidence_threshold,
            draft.fraud_threshold,
            content,
            digest.as_bytes().as_slice(),
            new.submitted_by,
            new.created_at
        )
        .fetch_one(&mut *self.inner)
        .await?;
        row.read().map(Inserted::Version)
    }

    /// Makes a version the active one of its process type, instead of the one that was. False when there is no such
    /// version. Two at the same moment: one is a `Conflict` of `configurations_active_key`.
    pub async fn activate_configuration(
        &mut self,
        process_type: &ProcessTypeId,
        version: i32,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        sqlx::query!(
            "UPDATE configurations SET is_active = false
             WHERE process_type_id = $1 AND version <> $2 AND is_active",
            process_type.as_str(),
            version
        )
        .execute(&mut *self.inner)
        .await?;
        let done = sqlx::query!(
            "UPDATE configurations SET is_active = true, activated_at = $3
             WHERE process_type_id = $1 AND version = $2",
            process_type.as_str(),
            version,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The active version; else the one that the process type names as default; else none.
    pub async fn effective_configuration(
        &mut self,
        process_type: &ProcessTypeId,
    ) -> Result<Option<Configuration>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT c.client_id, c.config_id, c.process_type_id, c.version, c.is_active, c.content, c.content_sha256,
                 c.submitted_by, c.created_at
             FROM configurations AS c JOIN process_types AS t USING (process_type_id)
             WHERE process_type_id = $1 AND (c.is_active OR c.version = t.default_version)
             ORDER BY c.is_active DESC LIMIT 1",
            process_type.as_str()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// One version.
    pub async fn configuration(
        &mut self,
        process_type: &ProcessTypeId,
        version: i32,
    ) -> Result<Option<Configuration>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT client_id, config_id, process_type_id, version, is_active, content, content_sha256,
                 submitted_by, created_at
             FROM configurations WHERE process_type_id = $1 AND version = $2",
            process_type.as_str(),
            version
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// The versions for a process type, newest first.
    pub async fn configurations(
        &mut self,
        process_type: &ProcessTypeId,
        request: &PageRequest,
    ) -> Result<Page<ConfigurationSummary>, StoreError> {
        let rows = sqlx::query!(
            "SELECT config_id, process_type_id, version, is_active, plugin_name, content_sha256,
                 submitted_by, created_at
             FROM configurations WHERE process_type_id = $1 AND version < $2
             ORDER BY version DESC LIMIT $3",
            process_type.as_str(),
            i32::try_from(request.before_version()).unwrap_or(i32::MAX),
            request.fetch()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let items = rows
            .into_iter()
            .map(|row| {
                let key = row.config_id;
                Ok(ConfigurationSummary {
                    id: ConfigId(key),
                    process_type: row.process_type_id.parse().map_err(StoreError::inconsistent(
                        "configurations",
                        "process_type_id",
                        key,
                    ))?,
                    version: row.version,
                    active: row.is_active,
                    plugin_name: row.plugin_name.parse().map_err(StoreError::inconsistent(
                        "configurations",
                        "plugin_name",
                        key,
                    ))?,
                    digest: Digest::try_from(row.content_sha256.as_slice())
                        .map_err(StoreError::inconsistent("configurations", "content_sha256", key))?,
                    submitted_by: row.submitted_by,
                    created_at: row.created_at,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(request.page(items, |item: &ConfigurationSummary| {
            Cursor::of_version(item.version)
        }))
    }
}
