//! A process as a caller sees it.
//!
//! Text that came from plugins and documents is data in here: JSON escapes it, and whoever shows it has to as well.

use std::sync::Arc;

use assay_service::{Process, ProcessDocument, ProcessError, ProcessFinding};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::number;

/// A process with everything that was said of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProcessAnswer {
    /// Its id; null from `/v1/validate`, which stores nothing.
    process_id: Option<Uuid>,
    /// Whose it is.
    client_id: Uuid,
    /// What it is.
    #[schema(example = "payroll_v1")]
    process_type_id: String,
    /// The version of the configuration under which it ran.
    config_version: i32,
    /// `pending`, `ingested`, `classifying`, `extracting`, `validating`, `hitl_review`, `completed`, `failed` or
    /// `cancelled`.
    #[schema(example = "completed")]
    status: &'static str,
    /// `INGEST`, `INTELLIGENT_OCR`, `INTELLIGENT_PROCESS` or `OUTPUT`.
    current_stage: &'static str,
    /// `accepted`, `rejected` or `review`; null until decided, and when something broke.
    #[schema(example = "rejected")]
    verdict: Option<&'static str>,
    /// The lowest extraction confidence of its documents, 0 to 1; 1 for submitted data.
    #[schema(value_type = Option<f64>)]
    overall_confidence: Option<Number>,
    /// Whether a person has to look.
    requires_review: bool,
    /// What the validator said.
    validation_result: ValidationResult,
    /// The documents, in the order in which they were sent.
    documents: Vec<DocumentAnswer>,
    /// Why there is no verdict.
    error: Option<ErrorAnswer>,
    /// The releases that judged it.
    plugins: Vec<PinnedPlugin>,
    /// The calls that were made, in order.
    invocations: Vec<InvocationRow>,
    /// What belongs together; the submitter's id, or one that was made.
    correlation_id: Uuid,
    /// When it was received.
    received_at: DateTime<Utc>,
    /// When it was done.
    completed_at: Option<DateTime<Utc>>,
}

/// What the validator said.
#[derive(Debug, Serialize, ToSchema)]
struct ValidationResult {
    /// In the order of the documents.
    findings: Vec<FindingAnswer>,
}

/// One thing a validator said about a document.
#[derive(Debug, Serialize, ToSchema)]
struct FindingAnswer {
    /// The document, counted from 0.
    document: u32,
    /// The rule that speaks.
    #[schema(example = "net_is_gross_less_deductions")]
    rule: String,
    /// `error`, `warning` or `info`.
    #[schema(example = "error")]
    severity: &'static str,
    /// JSON Pointer (RFC 6901) into the document's data.
    #[schema(example = "/net")]
    pointer: String,
    /// A sentence for the person who reviews.
    message: String,
    /// What should have been there.
    #[schema(value_type = Option<Value>)]
    expected: Option<Value>,
    /// What was there.
    #[schema(value_type = Option<Value>)]
    actual: Option<Value>,
    /// Whether it asks for a person to look.
    review: bool,
}

/// One document of a process.
#[derive(Debug, Serialize, ToSchema)]
struct DocumentAnswer {
    /// Its id; null from `/v1/validate`.
    document_id: Option<Uuid>,
    /// The file's name, as it was sent.
    file_name: Option<String>,
    /// The media type.
    #[schema(example = "application/json")]
    mime_type: String,
    /// Bytes.
    file_size: u64,
    /// SHA-256 of the bytes, in hexadecimal digits.
    sha256: String,
    /// `pending`, `processing`, `completed` or `failed`.
    status: &'static str,
    /// The extraction's confidence, 0 to 1; 1 for submitted data.
    #[schema(value_type = Option<f64>)]
    confidence: Option<Number>,
    /// The data, submitted or extracted.
    #[schema(value_type = Option<Object>)]
    extracted_data: Option<Value>,
    /// How much speaks for fraud, 0 to 1; null until a scorer ran.
    #[schema(value_type = Option<f64>)]
    fraud_score: Option<Number>,
    /// Why; null until a scorer ran.
    fraud_flags: Option<Vec<FlagAnswer>>,
}

/// One reason for a fraud score.
#[derive(Debug, Serialize, ToSchema)]
struct FlagAnswer {
    /// The signal.
    name: String,
    /// What it adds to the score, 0 to 1.
    #[schema(value_type = f64)]
    weight: Option<Number>,
    /// JSON Pointer (RFC 6901) into the document's data.
    pointer: String,
    /// A sentence for the person who reviews.
    reason: String,
}

/// Why a process or a call has no result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorAnswer {
    /// `refused`, `deadline`, `memory`, `fuel`, `stack`, `trap`, `bad-output`, `denied`, `unavailable`, `declined` (the
    /// plugin said that it can't), `internal` (a defect of the host), `abandoned` (host after host ended while it was
    /// judged) or `unrestorable` (its host ended, and what is stored can't be judged any more).
    #[schema(example = "declined")]
    code: String,
    /// The case of the plugin's own error.
    #[schema(example = "malformed")]
    case: Option<String>,
    /// Where it broke: `queue`, `load`, `instantiate`, `prepare`, `call`, `host-call` or `result`.
    phase: Option<&'static str>,
    /// Which plugin.
    plugin: Option<String>,
    /// Which document, counted from 0.
    document: Option<u32>,
    /// One sentence.
    message: String,
    /// The plugin's stack at a trap, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    backtrace: Vec<String>,
}

/// The release that judged in a world.
#[derive(Debug, Serialize, ToSchema)]
struct PinnedPlugin {
    /// `extractor`, `validator` or `scorer`.
    world: &'static str,
    /// The plugin.
    #[schema(example = "payroll_standard_validator")]
    name: String,
    /// The release.
    #[schema(example = "1.0.0")]
    version: String,
    /// SHA-256 of the component, in hexadecimal digits.
    sha256: String,
}

/// One call that was made.
#[derive(Debug, Serialize, ToSchema)]
struct InvocationRow {
    /// Its id, for `/v1/invocations/{invocation_id}`; null from `/v1/validate`.
    invocation_id: Option<Uuid>,
    /// `extractor`, `validator` or `scorer`.
    world: &'static str,
    /// The plugin.
    plugin: String,
    /// The release.
    version: String,
    /// The document, counted from 0.
    document: u32,
    /// `done`, `declined` or `failed`.
    outcome: String,
    /// The whole call, in microseconds.
    duration_us: u64,
}

impl ProcessAnswer {
    /// Where the process is, when it was stored.
    pub(crate) fn location(&self) -> Option<String> {
        self.process_id.map(|id| format!("/v1/processes/{id}"))
    }
}

impl From<Process> for ProcessAnswer {
    fn from(process: Process) -> Self {
        let plugins = process.plugins.into_iter().map(|release| PinnedPlugin {
            world: release.world.as_str(),
            name: release.name.to_string(),
            version: release.version.to_string(),
            sha256: release.sha256.to_string(),
        });
        let invocations = process.invocations.into_iter().map(|call| InvocationRow {
            invocation_id: call.invocation_id.map(|id| id.0),
            world: call.world.as_str(),
            plugin: call.plugin.to_string(),
            version: call.version.to_string(),
            document: call.document,
            outcome: call.outcome,
            duration_us: call.duration_us,
        });
        Self {
            process_id: process.process_id.map(|id| id.0),
            client_id: process.client_id.0,
            process_type_id: process.process_type_id.to_string(),
            config_version: process.config_version,
            status: process.status.as_str(),
            current_stage: process.current_stage.as_str(),
            verdict: process.verdict.map(assay_domain::Verdict::as_str),
            overall_confidence: process.overall_confidence.and_then(number),
            requires_review: process.requires_review,
            validation_result: ValidationResult {
                findings: process.findings.into_iter().map(FindingAnswer::from).collect(),
            },
            documents: process.documents.into_iter().map(DocumentAnswer::from).collect(),
            error: process.error.map(ErrorAnswer::from),
            plugins: plugins.collect(),
            invocations: invocations.collect(),
            correlation_id: process.correlation_id,
            received_at: process.received_at,
            completed_at: process.completed_at,
        }
    }
}

impl From<ProcessFinding> for FindingAnswer {
    fn from(finding: ProcessFinding) -> Self {
        Self {
            document: finding.document,
            rule: finding.rule,
            severity: finding.severity.as_str(),
            pointer: finding.pointer,
            message: finding.message,
            expected: finding.expected,
            actual: finding.actual,
            review: finding.review,
        }
    }
}

impl From<ProcessDocument> for DocumentAnswer {
    fn from(document: ProcessDocument) -> Self {
        let flags = document.fraud_flags.map(|signals| {
            let flags = signals.into_iter().map(|signal| FlagAnswer {
                name: signal.name,
                weight: number(signal.weight),
                pointer: signal.pointer,
                reason: signal.reason,
            });
            flags.collect()
        });
        Self {
            document_id: document.document_id.map(|id| id.0),
            file_name: document.file_name,
            mime_type: document.mime_type,
            file_size: document.file_size,
            sha256: document.sha256.to_string(),
            status: document.status.as_str(),
            confidence: document.confidence.and_then(number),
            extracted_data: document.extracted_data.map(Arc::unwrap_or_clone),
            fraud_score: document.fraud_score.and_then(number),
            fraud_flags: flags,
        }
    }
}

impl From<ProcessError> for ErrorAnswer {
    fn from(error: ProcessError) -> Self {
        Self {
            code: error.code,
            case: error.case,
            phase: error.phase.map(assay_domain::Phase::as_str),
            plugin: error.plugin.map(|name| name.to_string()),
            document: error.document,
            message: error.message,
            backtrace: error.backtrace,
        }
    }
}
