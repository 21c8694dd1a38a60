//! A process as it is shown, made from what was just judged or from what is stored: the same fields either way.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_domain::{
    ClientId, Digest, DocumentId, DocumentStatus, Finding, InvocationId, PluginName, ProcessId,
    ProcessStatus, ProcessTypeId, Severity, Signal, Stage, Verdict, World,
};
use assay_store::documents::StoredDocument;
use assay_store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Accepted;
use super::finish::{Ending, finding_list};
use crate::Services;
use crate::judge::{Judged, PinnedRelease, position};
use crate::process_error::{ProcessError, outcome_name};

/// A finding and the document that it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessFinding {
    /// The document, from 0.
    pub document: u32,
    /// The rule that speaks.
    pub rule: String,
    /// What it weighs.
    pub severity: Severity,
    /// JSON Pointer (RFC 6901) into the document's data.
    pub pointer: String,
    /// A sentence for the person who reviews.
    pub message: String,
    /// What should have been there.
    pub expected: Option<Value>,
    /// What was there.
    pub actual: Option<Value>,
    /// Whether it asks for a person to look.
    pub review: bool,
}

impl ProcessFinding {
    pub(super) fn new(document: u32, finding: &Finding) -> Self {
        let Finding {
            rule,
            severity,
            pointer,
            message,
            expected,
            actual,
            review,
        } = finding.clone();
        Self {
            document,
            rule,
            severity,
            pointer,
            message,
            expected,
            actual,
            review,
        }
    }
}

/// A process with everything that was said of it.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its id; none when nothing was stored.
    pub process_id: Option<ProcessId>,
    /// Whose it is.
    pub client_id: ClientId,
    /// What it is.
    pub process_type_id: ProcessTypeId,
    /// Under which version of the configuration.
    pub config_version: i32,
    /// Its status.
    pub status: ProcessStatus,
    /// How far it came.
    pub current_stage: Stage,
    /// The verdict; none until decided, or when something broke.
    pub verdict: Option<Verdict>,
    /// The lowest extraction confidence of its documents.
    pub overall_confidence: Option<Decimal>,
    /// Whether a person has to look.
    pub requires_review: bool,
    /// What the validator said, in the order of the documents.
    pub findings: Vec<ProcessFinding>,
    /// Its documents in order.
    pub documents: Vec<ProcessDocument>,
    /// Why there is no verdict.
    pub error: Option<ProcessError>,
    /// The releases that were pinned to it.
    pub plugins: Vec<PinnedRelease>,
    /// The calls that were made, in order.
    pub invocations: Vec<InvocationSummary>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// When it was done.
    pub completed_at: Option<DateTime<Utc>>,
    /// What belongs together.
    pub correlation_id: Uuid,
}

/// A document of a process.
#[derive(Clone, Debug)]
pub struct ProcessDocument {
    /// Its id; none when nothing was stored.
    pub document_id: Option<DocumentId>,
    /// The file's name.
    pub file_name: Option<String>,
    /// The media type.
    pub mime_type: String,
    /// Bytes.
    pub file_size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// How far it came.
    pub status: DocumentStatus,
    /// The extraction's confidence; 1 for submitted data.
    pub confidence: Option<Decimal>,
    /// The data, submitted or extracted; shared with what was judged as long as that is there.
    pub extracted_data: Option<Arc<Value>>,
    /// The scorer's score.
    pub fraud_score: Option<Decimal>,
    /// The scorer's reasons.
    pub fraud_flags: Option<Vec<Signal>>,
}

/// One call that was made for a process.
#[derive(Clone, Debug, Serialize)]
pub struct InvocationSummary {
    /// Its id; none when nothing was stored.
    pub invocation_id: Option<InvocationId>,
    /// As what the plugin was called.
    pub world: World,
    /// The plugin.
    pub plugin: PluginName,
    /// The release.
    pub version: semver::Version,
    /// The document, from 0.
    pub document: u32,
    /// `done`, `declined` or `failed`.
    pub outcome: String,
    /// The whole call, microseconds.
    pub duration_us: u64,
}

impl Accepted {
    /// The process as it was just judged; without ids when nothing of it is stored.
    pub(super) fn view(&self, judged: &Judged, completed_at: Option<DateTime<Utc>>) -> Process {
        let ending = Ending::of(judged);
        // In the order in which they are stored.
        let mut plugins: Vec<_> = self.chosen.iter().map(|chosen| chosen.pinned.clone()).collect();
        plugins.sort_by_key(|pinned| pinned.world.as_str());
        let documents = self
            .documents
            .iter()
            .zip(&self.document_ids)
            .zip(&judged.documents);
        let documents = documents.map(|((intake, id), document)| ProcessDocument {
            document_id: self.stored.then_some(*id),
            file_name: intake.file_name.clone(),
            mime_type: intake.media_type.clone(),
            file_size: u64::try_from(intake.content.len()).unwrap_or(u64::MAX),
            sha256: intake.sha256,
            status: document.status,
            confidence: document.confidence,
            extracted_data: document.data.clone(),
            fraud_score: document.score,
            fraud_flags: document.signals.clone(),
        });
        let invocations = judged.invocations.iter().map(|call| InvocationSummary {
            invocation_id: self.stored.then_some(call.id),
            world: call.release.world,
            plugin: call.release.name.clone(),
            version: call.release.version.clone(),
            document: position(call.document).unwrap_or(u32::MAX),
            outcome: outcome_name(&call.outcome).to_owned(),
            duration_us: call.usage.total_us(),
        });
        Process {
            process_id: self.stored.then_some(self.job.process_id),
            client_id: self.job.client,
            process_type_id: self.job.process_type.clone(),
            config_version: self.job.config_version,
            status: ending.status,
            current_stage: ending.stage,
            verdict: ending.verdict,
            overall_confidence: judged.confidence,
            requires_review: ending.requires_review,
            findings: finding_list(judged),
            documents: documents.collect(),
            error: ending.error.cloned(),
            plugins,
            invocations: invocations.collect(),
            received_at: self.received,
            completed_at,
            correlation_id: self.job.correlation,
        }
    }
}

impl Services {
    /// The process as it is stored.
    pub(super) async fn stored(&self, tx: &mut Tx, id: ProcessId) -> Result<Option<Process>, StoreError> {
        let Some(stored) = tx.process(id).await? else {
            return Ok(None);
        };
        let Some(client) = tx.client().await? else {
            return Ok(None);
        };
        let mut plugins = Vec::new();
        let mut names = BTreeMap::new();
        for (world, release) in &stored.releases {
            if let Some(release) = tx.release(*release).await? {
                let pinned = PinnedRelease::of(&release.manifest, release.digest, *world);
                names.insert(release.id, pinned.clone());
                plugins.push(pinned);
            }
        }
        let documents = tx.documents(id).await?;
        let positions: BTreeMap<_, _> = documents
            .iter()
            .map(|document| (document.id, document.position))
            .collect();
        let invocations = tx.invocations(id).await?.into_iter().filter_map(|call| {
            let release = names.get(&call.release)?;
            let place = call
                .document
                .and_then(|document| positions.get(&document))
                .copied()
                .unwrap_or_default();
            Some(InvocationSummary {
                invocation_id: Some(call.id),
                world: call.world,
                plugin: release.name.clone(),
                version: release.version.clone(),
                document: u32::try_from(place).unwrap_or_default(),
                outcome: outcome_name(&call.outcome).to_owned(),
                duration_us: call.usage.total_us(),
            })
        });
        let invocations = invocations.collect();
        let findings = stored
            .validation_result
            .as_ref()
            .and_then(|result| result.get("findings"))
            .cloned();
        let findings = findings.map(serde_json::from_value).transpose();
        let error = stored.error.map(serde_json::from_value).transpose();
        let documents = documents.into_iter().map(document).collect::<Result<_, _>>();
        let wrong = |column| {
            move |error: serde_json::Error| StoreError::Inconsistent {
                table: "processes",
                column,
                key: id.to_string(),
                source: error.into(),
            }
        };
        let summary = stored.summary;
        Ok(Some(Process {
            process_id: Some(id),
            client_id: client.id,
            process_type_id: summary.process_type,
            config_version: summary.config_version,
            status: summary.status,
            current_stage: summary.stage,
            verdict: summary.verdict,
            overall_confidence: summary.overall_confidence,
            requires_review: summary.requires_review,
            findings: findings.map_err(wrong("validation_result"))?.unwrap_or_default(),
            documents: documents.map_err(wrong("fraud_flags"))?,
            error: error.map_err(wrong("error"))?,
            plugins,
            invocations,
            received_at: summary.received_at,
            completed_at: summary.completed_at,
            correlation_id: summary.correlation_id,
        }))
    }
}

fn document(stored: StoredDocument) -> Result<ProcessDocument, serde_json::Error> {
    Ok(ProcessDocument {
        document_id: Some(stored.id),
        file_name: stored.file_name,
        mime_type: stored.media_type,
        file_size: u64::try_from(stored.file_size).unwrap_or_default(),
        sha256: stored.digest.unwrap_or_else(|| Digest::of(b"")),
        status: stored.status,
        confidence: stored.extraction_confidence,
        extracted_data: stored.extracted_data.map(Arc::new),
        fraud_score: stored.fraud_score,
        fraud_flags: stored.fraud_flags.map(serde_json::from_value).transpose()?,
    })
}
