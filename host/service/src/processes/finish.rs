//! One short transaction: everything that was decided about a process, or nothing of it.

use assay_domain::{AuditResult, DocumentStatus, NotificationId, PluginName, ProcessStatus, Stage, Verdict};
use assay_store::documents::FinishedDocument;
use assay_store::history::HistoryLocks;
use assay_store::invocations::Invocation;
use assay_store::notifications::{NewNotification, NotificationSeverity, NotificationType};
use assay_store::processes::FinishedProcess;
use assay_store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::view::ProcessFinding;
use super::{Accepted, Job, Process};
use crate::Services;
use crate::history::{self, Asker};
use crate::judge::{Invoked, Judged, position};
use crate::process_error::ProcessError;
use crate::record::record;

/// What there is to show for a process that ended; nothing when it was not judged.
#[derive(Default)]
struct Results<'a> {
    confidence: Option<Decimal>,
    extraction: Option<&'a Value>,
    validation: Option<&'a Value>,
    output: Option<&'a Value>,
}

/// Whether a result was stored.
pub(super) enum Finished {
    /// It was, or somebody else's.
    Stored(Box<Process>),
    /// It was not: the history has changed since it was asked.
    Stale,
}

impl Services {
    /// Stores the result of a process, if the history still says what it was decided from. When somebody else did so
    /// meanwhile, theirs is the answer.
    pub(super) async fn finish(
        &self,
        accepted: &Accepted,
        asker: &Asker,
        judged: &Judged,
        locks: &HistoryLocks,
    ) -> Result<Finished, StoreError> {
        let now = self.inner.clock.now();
        let (job, ending) = (&accepted.job, Ending::of(judged));
        let findings = serde_json::to_value(finding_list(judged)).unwrap_or_default();
        let validation = json!({ "findings": findings });
        let extraction = extraction_result(judged);
        let output = json!({
            "verdict": ending.verdict,
            "overall_confidence": judged.confidence,
            "requires_review": ending.requires_review,
        });
        let results = Results {
            confidence: judged.confidence,
            extraction: Some(&extraction),
            validation: Some(&validation),
            output: ending.verdict.is_some().then_some(&output),
        };
        let (turns, store) = (&self.inner.turns, &self.inner.store);
        let mut tx = turns.begin(store, job.client, locks).await?;
        let plugin = Some(&accepted.configuration.draft.plugin_name);
        if !self.end(&mut tx, job, plugin, &ending, &results, now).await? {
            let stored = self.stored(&mut tx, job.process_id).await?;
            tx.rollback().await?;
            let process = stored.unwrap_or_else(|| accepted.view(judged, Some(now)));
            return Ok(Finished::Stored(Box::new(process)));
        }
        // Only now: what an earlier try stored whose answer was lost is in the history already.
        if !history::still_holds(&mut tx, asker, judged).await? {
            tx.rollback().await?;
            return Ok(Finished::Stale);
        }
        for (id, document) in accepted.document_ids.iter().zip(&judged.documents) {
            let flags = document
                .signals
                .as_ref()
                .map(|signals| serde_json::to_value(signals).unwrap_or_default());
            tx.finish_document(&FinishedDocument {
                id: *id,
                status: document.status,
                extracted_data: document.data.as_deref(),
                extraction_confidence: document.confidence,
                fraud_score: document.score,
                fraud_flags: flags.as_ref(),
            })
            .await?;
        }
        for call in &judged.invocations {
            if let Some(invocation) = invocation(accepted, call) {
                tx.insert_invocation(&invocation).await?;
            }
        }
        history::remember(&mut tx, asker, judged).await?;
        tx.commit().await?;
        ending.count();
        Ok(Finished::Stored(Box::new(accepted.view(judged, Some(now)))))
    }

    /// Stores that a process broke before it could be judged, from no more than what names it. When somebody else
    /// finished it meanwhile, that stays.
    pub(crate) async fn fail(&self, job: &Job, error: &ProcessError) -> Result<(), StoreError> {
        let ending = Ending::failed(error, Stage::Process);
        let now = self.inner.clock.now();
        let mut tx = self.begin(job.client).await?;
        if self
            .end(&mut tx, job, None, &ending, &Results::default(), now)
            .await?
        {
            tx.commit().await?;
            ending.count();
        }
        Ok(())
    }

    /// The process's new status with its audit row, event and notification. False when it is finished already.
    async fn end(
        &self,
        tx: &mut Tx,
        job: &Job,
        plugin: Option<&PluginName>,
        ending: &Ending<'_>,
        results: &Results<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let error = ending
            .error
            .map(|error| serde_json::to_value(error).unwrap_or_default());
        let finished = tx
            .finish_process(&FinishedProcess {
                id: job.process_id,
                expected: ProcessStatus::Pending,
                status: ending.status,
                stage: ending.stage,
                verdict: ending.verdict,
                requires_review: ending.requires_review,
                overall_confidence: results.confidence,
                extraction_result: results.extraction,
                validation_result: results.validation,
                final_output: results.output,
                error: error.as_ref(),
                at: now,
            })
            .await?;
        if !finished {
            return Ok(false);
        }
        let event = job
            .event(ending.event, ending.audited)
            .caused_by(job.received_event)
            .plugin(plugin)
            .result(ending.audit, ending.error.map(|error| error.message.clone()))
            .with(json!({
                "process_id": job.process_id,
                "process_type_id": job.process_type,
                "config_version": job.config_version,
                "status": ending.status,
                "verdict": ending.verdict,
                "error": error,
            }));
        record(tx, self.inner.clock.as_ref(), &event).await?;
        notify(tx, job, ending, NotificationId::new(now), now).await?;
        Ok(true)
    }
}

/// How a process ended.
pub(super) struct Ending<'a> {
    pub(super) status: ProcessStatus,
    pub(super) stage: Stage,
    pub(super) verdict: Option<Verdict>,
    pub(super) requires_review: bool,
    pub(super) error: Option<&'a ProcessError>,
    audit: AuditResult,
    /// The stage that the audit row is about.
    audited: Stage,
    event: &'static str,
}

impl<'a> Ending<'a> {
    pub(super) fn of(judged: &'a Judged) -> Self {
        match &judged.outcome {
            Ok(decision) => Self {
                status: decision.status,
                stage: if decision.status == ProcessStatus::Completed {
                    Stage::Output
                } else {
                    Stage::Process
                },
                verdict: Some(decision.verdict),
                requires_review: decision.requires_review,
                error: None,
                audit: decision.audit,
                audited: Stage::Process,
                event: if decision.status == ProcessStatus::HitlReview {
                    "process.review_required"
                } else {
                    "process.completed"
                },
            },
            Err(error) => {
                let extracting = judged
                    .documents
                    .iter()
                    .any(|document| document.status == DocumentStatus::Failed && document.data.is_none());
                Self::failed(error, if extracting { Stage::Ocr } else { Stage::Process })
            }
        }
    }

    fn failed(error: &'a ProcessError, stage: Stage) -> Self {
        Self {
            status: ProcessStatus::Failed,
            stage,
            verdict: None,
            requires_review: false,
            error: Some(error),
            audit: AuditResult::Failed,
            audited: stage,
            event: "process.failed",
        }
    }

    fn count(&self) {
        metrics::counter!("assay_processes_total", "status" => self.status.as_str()).increment(1);
    }
}

fn extraction_result(judged: &Judged) -> Value {
    let documents = judged.documents.iter().zip(0_u32..);
    let documents: Vec<_> = documents
        .map(|(document, index)| {
            json!({"document": index, "status": document.status, "confidence": document.confidence})
        })
        .collect();
    json!({ "documents": documents })
}

fn invocation(accepted: &Accepted, call: &Invoked) -> Option<Invocation> {
    Some(Invocation {
        id: call.id,
        process: accepted.job.process_id,
        document: accepted.document_ids.get(call.document).copied(),
        // What is stored was pinned from stored releases.
        release: call.release_id?,
        world: call.release.world,
        limits: call.limits,
        usage: call.usage,
        outcome: call.outcome.clone(),
        input: call.input,
        settings: call.settings,
        rules: call.rules,
        configuration: accepted.configuration.digest,
        log: call.log.clone(),
        host_answers: serde_json::to_value(&call.host_answers).unwrap_or_default(),
        received_at: accepted.received,
        replayable: call.replayable,
    })
}

/// Tells the client's people what needs them: a process that waits for review or that broke.
async fn notify(
    tx: &mut Tx,
    job: &Job,
    ending: &Ending<'_>,
    id: NotificationId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (kind, severity, title, message) = match (ending.error, ending.status) {
        (Some(error), _) => (
            NotificationType::ProcessFailed,
            NotificationSeverity::Error,
            "A process failed",
            format!(
                "`{}` ended with {}: {}",
                job.process_type, error.code, error.message
            ),
        ),
        (None, ProcessStatus::HitlReview) => (
            NotificationType::HitlRequired,
            NotificationSeverity::Warning,
            "A process waits for review",
            format!("`{}` needs a person to decide.", job.process_type),
        ),
        _ => return Ok(()),
    };
    tx.insert_notification(&NewNotification {
        id,
        process: Some(job.process_id),
        user: None,
        kind,
        severity,
        title,
        message: &message,
        at,
    })
    .await
}

/// The findings of all documents, in order.
pub(super) fn finding_list(judged: &Judged) -> Vec<ProcessFinding> {
    let documents = judged.documents.iter().enumerate();
    documents
        .flat_map(|(index, document)| {
            let document_index = position(index).unwrap_or(u32::MAX);
            document
                .findings
                .iter()
                .map(move |finding| ProcessFinding::new(document_index, finding))
        })
        .collect()
}
