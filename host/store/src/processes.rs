//! Processes: jobs of one or more documents under one configuration version and the releases pinned to it.

use assay_domain::{
    EventId, IngestionSource, ProcessId, ProcessStatus, ProcessTypeId, ReleaseId, Stage, Verdict, World,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::documents::NewDocument;
use crate::{StoreError, Tx};

mod list;

pub use list::ProcessFilter;

/// A process that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewProcess<'a> {
    /// Its id.
    pub id: ProcessId,
    /// Of which type.
    pub process_type: &'a ProcessTypeId,
    /// Under which version of the client's configuration.
    pub config_version: i32,
    /// Where it came from.
    pub source: IngestionSource,
    /// What ties its events together.
    pub correlation_id: Uuid,
    /// The host that takes it on; see [`crate::Store::announce`].
    pub host: Uuid,
    /// The event of its acceptance, which is the cause of those to come.
    pub received_event: Option<EventId>,
    /// Who submitted it: a token's subject.
    pub submitted_by: &'a str,
    /// When it came; the time that plugins see.
    pub received_at: DateTime<Utc>,
    /// What was submitted beside the documents.
    pub input: Option<&'a Value>,
    /// The exact release for each world.
    pub releases: &'a [(World, ReleaseId)],
    /// Its documents.
    pub documents: &'a [NewDocument<'a>],
}

/// What became of a process.
#[derive(Clone, Copy, Debug)]
pub struct FinishedProcess<'a> {
    /// Which.
    pub id: ProcessId,
    /// The status from which this was decided.
    pub expected: ProcessStatus,
    /// The new one.
    pub status: ProcessStatus,
    /// How far it came.
    pub stage: Stage,
    /// None exactly when it is neither completed nor in review.
    pub verdict: Option<Verdict>,
    /// Whether a person has to look.
    pub requires_review: bool,
    /// The lowest extraction confidence of its documents, 0 to 1.
    pub overall_confidence: Option<Decimal>,
    /// What extractors said.
    pub extraction_result: Option<&'a Value>,
    /// What the validator said: an object with `findings`.
    pub validation_result: Option<&'a Value>,
    /// What is handed on.
    pub final_output: Option<&'a Value>,
    /// What broke; required for `failed`.
    pub error: Option<&'a Value>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A process in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessSummary {
    /// Its id.
    pub id: ProcessId,
    /// Of which type.
    pub process_type: ProcessTypeId,
    /// Under which version of the client's configuration.
    pub config_version: i32,
    /// How far it is.
    pub status: ProcessStatus,
    /// Where it is.
    pub stage: Stage,
    /// What was decided.
    pub verdict: Option<Verdict>,
    /// Whether a person has to look.
    pub requires_review: bool,
    /// 0 to 1.
    pub overall_confidence: Option<Decimal>,
    /// Where it came from.
    pub source: IngestionSource,
    /// What ties its events together.
    pub correlation_id: Uuid,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
}

/// A process as it is stored; its documents are read beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredProcess {
    /// What lists show.
    pub summary: ProcessSummary,
    /// Who submitted it.
    pub submitted_by: String,
    /// The event of its acceptance; none when an older host took it in.
    pub received_event: Option<EventId>,
    /// What was submitted beside the documents.
    pub input: Option<Value>,
    /// What extractors said.
    pub extraction_result: Option<Value>,
    /// What the validator said.
    pub validation_result: Option<Value>,
    /// What is handed on.
    pub final_output: Option<Value>,
    /// What broke.
    pub error: Option<Value>,
    /// The exact release for each world.
    pub releases: Vec<(World, ReleaseId)>,
}

struct Row {
    process_id: Uuid,
    process_type_id: String,
    config_version: i32,
    status: String,
    current_stage: String,
    verdict: Option<String>,
    requires_review: bool,
    overall_confidence: Option<Decimal>,
    ingestion_source: String,
    correlation_id: Uuid,
    received_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<ProcessSummary, StoreError> {
        let key = self.process_id;
        let wrong = |column| move |error: String| StoreError::inconsistent("processes", column, key)(error);
        Ok(ProcessSummary {
            id: ProcessId(key),
            process_type: self.process_type_id.parse().map_err(StoreError::inconsistent(
                "processes",
                "process_type_id",
                key,
            ))?,
            config_version: self.config_version,
            status: self.status.parse().map_err(wrong("status"))?,
            stage: self.current_stage.parse().map_err(wrong("current_stage"))?,
            verdict: self
                .verdict
                .map(|text| text.parse())
                .transpose()
                .map_err(wrong("verdict"))?,
            requires_review: self.requires_review,
            overall_confidence: self.overall_confidence,
            source: self.ingestion_source.parse().map_err(wrong("ingestion_source"))?,
            correlation_id: self.correlation_id,
            received_at: self.received_at,
            completed_at: self.completed_at,
        })
    }
}

impl Tx {
    /// Stores a new process as `pending`, with its releases and documents. `Denied` when a release is not one that the
    /// client may see.
    pub async fn insert_process(&mut self, new: &NewProcess<'_>) -> Result<(), StoreError> {
        let worlds: Vec<_> = new
            .releases
            .iter()
            .map(|(world, _)| world.as_str().to_owned())
            .collect();
        let releases: Vec<_> = new.releases.iter().map(|(_, release)| release.0).collect();
        sqlx::query!(
            "WITH process AS (
                 INSERT INTO processes (
                     client_id, process_id, process_type_id, config_version, ingestion_source, correlation_id,
                     received_at, created_at, input, host_id, submitted_by, received_event_id
                 )
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $11, $12, $13)
             )
             INSERT INTO process_releases (client_id, process_id, world, release_id)
             SELECT $1, $2, world, release_id FROM unnest($9::text[], $10::uuid[]) AS pinned (world, release_id)",
            self.client,
            new.id.0,
            new.process_type.as_str(),
            new.config_version,
            new.source.as_str(),
            new.correlation_id,
            new.received_at,
            new.input as _,
            &worlds,
            &releases,
            new.host,
            new.submitted_by,
            new.received_event.map(|id| id.0)
        )
        .execute(&mut *self.inner)
        .await?;
        self.insert_documents(new.id, new.documents).await
    }

    /// Stores what became of a process, by compare-and-set on its status. False when somebody else finished it: then
    /// nothing else of this transaction should last either.
    pub async fn finish_process(&mut self, done: &FinishedProcess<'_>) -> Result<bool, StoreError> {
        let result = sqlx::query!(
            "UPDATE processes SET status = $3, current_stage = $4, verdict = $5, requires_review = $6,
                 overall_confidence = $7, extraction_result = $8, validation_result = $9, final_output = $10,
                 error = $11, completed_at = $12
             WHERE process_id = $1 AND status = $2",
            done.id.0,
            done.expected.as_str(),
            done.status.as_str(),
            done.stage.as_str(),
            done.verdict.map(Verdict::as_str) as _,
            done.requires_review,
            done.overall_confidence,
            done.extraction_result as _,
            done.validation_result as _,
            done.final_output as _,
            done.error as _,
            done.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(result.rows_affected() > 0)
    }

    /// One process.
    pub async fn process(&mut self, id: ProcessId) -> Result<Option<StoredProcess>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT p.process_id, p.process_type_id, p.config_version, p.status, p.current_stage, p.verdict,
                 p.requires_review, p.overall_confidence, p.ingestion_source, p.correlation_id, p.received_at,
                 p.completed_at, p.submitted_by, p.received_event_id, p.input, p.extraction_result, p.validation_result, p.final_output, p.error,
                 ARRAY(SELECT r.world FROM process_releases AS r
                       WHERE r.process_id = p.process_id ORDER BY r.world) AS "worlds!",
                 ARRAY(SELECT r.release_id FROM process_releases AS r
                       WHERE r.process_id = p.process_id ORDER BY r.world) AS "releases!"
             FROM processes AS p WHERE p.process_id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let releases = row
            .worlds
            .iter()
            .zip(row.releases)
            .map(|(world, release)| Ok((world.parse()?, ReleaseId(release))))
            .collect::<Result<_, String>>()
            .map_err(StoreError::inconsistent("process_releases", "world", id))?;
        let summary = Row {
            process_id: row.process_id,
            process_type_id: row.process_type_id,
            config_version: row.config_version,
            status: row.status,
            current_stage: row.current_stage,
            verdict: row.verdict,
            requires_review: row.requires_review,
            overall_confidence: row.overall_confidence,
            ingestion_source: row.ingestion_source,
            correlation_id: row.correlation_id,
            received_at: row.received_at,
            completed_at: row.completed_at,
        };
        Ok(Some(StoredProcess {
            summary: summary.read()?,
            submitted_by: row.submitted_by,
            received_event: row.received_event_id.map(EventId),
            input: row.input,
            extraction_result: row.extraction_result,
            validation_result: row.validation_result,
            final_output: row.final_output,
            error: row.error,
            releases,
        }))
    }

    /// Hands a process that is under way from one host to another, by compare-and-set on its host. False when somebody
    /// else has it by now, or it is done.
    pub async fn take_over_process(
        &mut self,
        id: ProcessId,
        from: Uuid,
        to: Uuid,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE processes SET host_id = $3
             WHERE process_id = $1 AND host_id = $2
                 AND status IN ('pending', 'ingested', 'classifying', 'extracting', 'validating')",
            id.0,
            from,
            to
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Counts a host that begins to judge a process which it took over, and returns which one in a row it is. None when
    /// somebody else has the process by now, or it is done.
    pub async fn attempt_process(&mut self, id: ProcessId, host: Uuid) -> Result<Option<i32>, StoreError> {
        Ok(sqlx::query_scalar!(
            "UPDATE processes SET attempts = attempts + 1
             WHERE process_id = $1 AND host_id = $2
                 AND status IN ('pending', 'ingested', 'classifying', 'extracting', 'validating')
             RETURNING attempts",
            id.0,
            host
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }
}
