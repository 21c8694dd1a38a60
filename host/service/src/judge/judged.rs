//! What judging gives: of each call, of each document, of the process.

use std::sync::Arc;

use assay_domain::{
    Decision, Digest, DocumentStatus, Finding, HostAnswer, InvocationId, LogLine, Observation, Outcome,
    ReleaseId, Signal, Usage,
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Member, PinnedRelease};
use crate::history::is_remembered;
use crate::intake::Intake;
use crate::process_error::ProcessError;

/// One call that was made.
#[derive(Clone, Debug)]
pub(crate) struct Invoked {
    pub(crate) id: InvocationId,
    pub(crate) document: usize,
    pub(crate) release: PinnedRelease,
    pub(crate) release_id: Option<ReleaseId>,
    pub(crate) limits: assay_domain::Limits,
    pub(crate) usage: Usage,
    /// The result as the bytes that the host copied.
    pub(crate) outcome: Outcome<Vec<u8>>,
    pub(crate) input: Digest,
    pub(crate) settings: Digest,
    pub(crate) rules: Digest,
    pub(crate) log: Vec<LogLine>,
    pub(crate) host_answers: Vec<HostAnswer>,
    /// False when it ended at a deadline, which the clock decided and not the input.
    pub(crate) replayable: bool,
}

/// What became of one document.
#[derive(Clone, Debug)]
pub(crate) struct JudgedDocument {
    pub(crate) status: DocumentStatus,
    pub(crate) data: Option<Arc<Value>>,
    /// The extraction's; 1 for submitted data.
    pub(crate) confidence: Option<Decimal>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) score: Option<Decimal>,
    pub(crate) signals: Option<Vec<Signal>>,
    /// What to remember of it.
    pub(crate) observations: Vec<Observation>,
}

impl JudgedDocument {
    pub(super) fn remember(&mut self, member: &Member, observations: Vec<Observation>) {
        if is_remembered(&member.manifest.permissions) {
            self.observations.extend(observations);
        }
    }

    /// Not judged yet.
    pub(super) fn of(document: &Intake, status: DocumentStatus) -> Self {
        Self {
            status,
            data: document.data.clone(),
            confidence: None,
            findings: Vec::new(),
            score: None,
            signals: None,
            observations: Vec::new(),
        }
    }
}

/// What became of a process.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) documents: Vec<JudgedDocument>,
    pub(crate) invocations: Vec<Invoked>,
    pub(crate) confidence: Option<Decimal>,
    pub(crate) outcome: Result<Decision, ProcessError>,
}

impl Judged {
    /// What broke before any document was looked at.
    pub(crate) fn broken(documents: &[Intake], error: ProcessError) -> Self {
        let pending = |document| JudgedDocument::of(document, DocumentStatus::Pending);
        Self {
            documents: documents.iter().map(pending).collect(),
            invocations: Vec::new(),
            confidence: None,
            outcome: Err(error),
        }
    }
}
