//! The audit log: what happened, for billing and compliance. Only ever added; the database refuses anything else.
//! A transaction of the platform writes the platform's own rows, which no client sees.

use assay_domain::{AuditId, AuditResult, PluginName, ProcessId, ProcessTypeId, Stage};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{Store, StoreError, Tx};

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct NewAudit<'a> {
    /// Its id.
    pub id: AuditId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened, for example `process.completed`.
    pub event_type: &'a str,
    /// Who did it: a token's subject, or `host`.
    pub actor: &'a str,
    /// How it went.
    pub result: AuditResult,
    /// To which process; none when it did not come to one.
    pub process: Option<ProcessId>,
    /// Of which type, or for which type it was refused.
    pub process_type: Option<&'a ProcessTypeId>,
    /// In which stage, when it is one of a process.
    pub stage: Option<Stage>,
    /// The plugin that was called.
    pub plugin: Option<&'a PluginName>,
    /// The documents, as their `storage_url`.
    pub document_urls: &'a [String],
    /// What else there is to say: an object.
    pub payload: &'a Value,
    /// What broke, for people.
    pub error_message: Option<&'a str>,
    /// Where: the chain of causes, or a guest's frames.
    pub error_stack: Option<&'a str>,
    /// What ties it to its process's events.
    pub correlation_id: Uuid,
}

impl Tx {
    /// Adds a row.
    pub async fn insert_audit(&mut self, new: &NewAudit<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            r#"INSERT INTO audit_logs (
                 client_id, audit_id, "timestamp", event_type, actor, result, process_id, process_type_id, stage_type,
                 process_plugin_name, document_urls, payload, error_message, error_stack, correlation_id
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"#,
            self.client,
            new.id.0,
            new.at,
            new.event_type,
            new.actor,
            new.result.as_str(),
            new.process.map(|id| id.0),
            new.process_type.map(ProcessTypeId::as_str) as _,
            new.stage.map(Stage::as_str) as _,
            new.plugin.map(PluginName::as_str) as _,
            new.document_urls,
            new.payload,
            new.error_message,
            new.error_stack,
            new.correlation_id
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Makes the partitions of this month and of `months` more (0 to 24), and returns how many were missing. To be
    /// called at start and once a day: rows of a month without one go to the default partition and stay there.
    pub async fn ensure_audit_partitions(&self, months: i32) -> Result<i32, StoreError> {
        let mut tx = self.begin_platform().await?;
        let made = sqlx::query_scalar!(r#"SELECT ensure_audit_partitions($1) AS "made!""#, months)
            .fetch_one(&mut *tx.inner)
            .await?;
        tx.commit().await?;
        Ok(made)
    }
}
