//! Invocations: every call of a plugin, with what a replay needs. Only ever added.

use assay_domain::{
    Digest, DocumentId, ErrorCode, Failure, InvocationId, Limits, LogLine, Outcome, Phase, ProcessId,
    ReleaseId, Usage, World,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, Tx};

/// A call, as it was made and as it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Its id.
    pub id: InvocationId,
    /// For which process.
    pub process: ProcessId,
    /// On which document; none when it was on all.
    pub document: Option<DocumentId>,
    /// Of which release.
    pub release: ReleaseId,
    /// Which of its worlds.
    pub world: World,
    /// What it might use up.
    pub limits: Limits,
    /// What it used up.
    pub usage: Usage,
    /// How it ended; a result's bytes are those that the host copied.
    pub outcome: Outcome<Vec<u8>>,
    /// SHA-256 of what it got.
    pub input: Digest,
    /// SHA-256 of its settings.
    pub settings: Digest,
    /// SHA-256 of its rules.
    pub rules: Digest,
    /// SHA-256 of the configuration.
    pub configuration: Digest,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// What the host answered it, in order.
    pub host_answers: Value,
    /// The time that it saw.
    pub received_at: DateTime<Utc>,
    /// Whether it ended by itself, so that the same again gives the same bytes.
    pub replayable: bool,
}

struct Row {
    invocation_id: Uuid,
    process_id: Uuid,
    document_id: Option<Uuid>,
    release_id: Uuid,
    world: String,
    limits: Value,
    usage: Value,
    outcome: String,
    error_code: Option<String>,
    error_phase: Option<String>,
    error_message: Option<String>,
    error_backtrace: Option<Vec<String>>,
    input_sha256: Vec<u8>,
    settings_sha256: Vec<u8>,
    rules_sha256: Vec<u8>,
    config_sha256: Vec<u8>,
    output: Option<Vec<u8>>,
    log: Value,
    host_answers: Value,
    received_at: DateTime<Utc>,
    replayable: bool,
}

impl Row {
    fn outcome(&mut self) -> Option<Outcome<Vec<u8>>> {
        let message = self.error_message.take().unwrap_or_default();
        match (self.outcome.as_str(), self.output.take(), self.error_code.take()) {
            ("done", Some(output), None) => Some(Outcome::Done(output)),
            ("declined", None, Some(case)) => Some(Outcome::Declined { case, message }),
            ("failed", None, Some(code)) => {
                let phase = Value::String(self.error_phase.take()?);
                Some(Outcome::Failed(Failure {
                    code: ErrorCode::ALL.into_iter().find(|known| known.as_str() == code)?,
                    phase: serde_json::from_value::<Phase>(phase).ok()?,
                    message,
                    backtrace: self.error_backtrace.take().unwrap_or_default(),
                }))
            }
            _ => None,
        }
    }

    fn read(mut self) -> Result<Invocation, StoreError> {
        let key = self.invocation_id;
        let outcome = self.outcome().ok_or_else(|| {
            StoreError::inconsistent("plugin_invocations", "outcome", key)(
                "outcome, output and error don't agree",
            )
        })?;
        let digest = |column, bytes: &[u8]| {
            Digest::try_from(bytes).map_err(StoreError::inconsistent("plugin_invocations", column, key))
        };
        Ok(Invocation {
            id: InvocationId(key),
            process: ProcessId(self.process_id),
            document: self.document_id.map(DocumentId),
            release: ReleaseId(self.release_id),
            world: self.world.parse().map_err(StoreError::inconsistent(
                "plugin_invocations",
                "world",
                key,
            ))?,
            limits: from_json("limits", key, self.limits)?,
            usage: from_json("usage", key, self.usage)?,
            outcome,
            input: digest("input_sha256", &self.input_sha256)?,
            settings: digest("settings_sha256", &self.settings_sha256)?,
            rules: digest("rules_sha256", &self.rules_sha256)?,
            configuration: digest("config_sha256", &self.config_sha256)?,
            log: from_json("log", key, self.log)?,
            host_answers: self.host_answers,
            received_at: self.received_at,
            replayable: self.replayable,
        })
    }
}

fn from_json<T: DeserializeOwned>(column: &'static str, key: Uuid, value: Value) -> Result<T, StoreError> {
    serde_json::from_value(value).map_err(StoreError::inconsistent("plugin_invocations", column, key))
}

fn to_json<T: Serialize>(value: &T) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Unexpected(error.into()))
}

impl Tx {
    /// Adds a call. `Denied` when its release is not one that the client may see.
    pub async fn insert_invocation(&mut self, new: &Invocation) -> Result<(), StoreError> {
        let (outcome, output, failure) = match &new.outcome {
            Outcome::Done(output) => ("done", Some(output), None),
            Outcome::Declined { case, message } => {
                ("declined", None, Some((case.as_str(), None, message, None)))
            }
            Outcome::Failed(failure) => {
                let error = (
                    failure.code.as_str(),
                    Some(failure.phase.as_str()),
                    &failure.message,
                    Some(&failure.backtrace).filter(|frames| !frames.is_empty()),
                );
                ("failed", None, Some(error))
            }
        };
        let (code, phase, message, backtrace) = match failure {
            Some((code, phase, message, backtrace)) => (Some(code), phase, Some(message), backtrace),
            None => (None, None, None, None),
        };
        let duration = i64::try_from(new.usage.total_us()).unwrap_or(i64::MAX);
        sqlx::query!(
            "INSERT INTO plugin_invocations (
                 client_id, invocation_id, process_id, document_id, release_id, world, limits, usage, outcome,
                 error_code, error_phase, error_message, error_backtrace, input_sha256, settings_sha256,
                 rules_sha256, config_sha256, output, output_sha256, log, host_answers, received_at, replayable,
                 duration_us
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                 $22, $23, $24)",
            self.client,
            new.id.0,
            new.process.0,
            new.document.map(|id| id.0),
            new.release.0,
            new.world.as_str(),
            to_json(&new.limits)?,
            to_json(&new.usage)?,
            outcome,
            code as _,
            phase as _,
            message as _,
            backtrace as _,
            new.input.as_bytes().as_slice(),
            new.settings.as_bytes().as_slice(),
            new.rules.as_bytes().as_slice(),
            new.configuration.as_bytes().as_slice(),
            output as _,
            output.map(|bytes| Digest::of(bytes).as_bytes().to_vec()),
            to_json(&new.log)?,
            new.host_answers,
            new.received_at,
            new.replayable,
            duration
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// One call.
    pub async fn invocation(&mut self, id: InvocationId) -> Result<Option<Invocation>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT invocation_id, process_id, document_id, release_id, world, limits, usage, outcome, error_code,
                 error_phase, error_message, error_backtrace, input_sha256, settings_sha256, rules_sha256,
                 config_sha256, output, log, host_answers, received_at, replayable
             FROM plugin_invocations WHERE invocation_id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// A process's calls, by id: in the order in which the ids were made.
    pub async fn invocations(&mut self, process: ProcessId) -> Result<Vec<Invocation>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT invocation_id, process_id, document_id, release_id, world, limits, usage, outcome, error_code,
                 error_phase, error_message, error_backtrace, input_sha256, settings_sha256, rules_sha256,
                 config_sha256, output, log, host_answers, received_at, replayable
             FROM plugin_invocations WHERE process_id = $1 ORDER BY invocation_id",
            process.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }
}
