//! A scorer against documents with labels: how often its signals are right, and how often they are missing.
//!
//! Invariant: documents are scored in the order given, each at the time it was received, by the same engine and under
//! the same limits as anywhere else; what a document leaves in the history is seen by those after it and by no other.
//!
//! Deliberately absent: a database, and where the documents come from.

mod figures;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Clock, Digest, DocumentId, JsonLimits, LogLine, Outcome, Signal, World, json};
use assay_engine::{CallContext, Engine, History};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

pub use figures::Figures;

use crate::judge::Member;
use crate::standalone::{Component, StandaloneError, checked};
use figures::Tally;
use memory::Memory;

/// Bytes of a line.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// Why a line can't be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// It is none: what is wrong.
    #[error("line {line}: {problem}")]
    Line {
        /// From 1 on.
        line: u64,
        /// What is wrong with it, and what it should be.
        problem: String,
    },
    /// The scorer gave no score.
    #[error("line {line}: {plugin} gave no score for `{id}`: {message}")]
    NoScore {
        /// From 1 on.
        line: u64,
        /// The scorer.
        plugin: String,
        /// The document.
        id: String,
        /// What it said, or how it failed.
        message: String,
    },
}

/// One line: a document, and what is truly there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    id: String,
    received: DateTime<Utc>,
    labels: BTreeSet<String>,
    data: Value,
}

/// What was said of a document, beside what is so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluated {
    /// The line's own name for it.
    pub id: String,
    /// When it was received.
    pub received: DateTime<Utc>,
    /// What is so.
    pub labels: BTreeSet<String>,
    /// What was said; reasons name earlier documents by their lines' names.
    pub signals: Vec<Signal>,
    /// 0 to 1.
    pub score: Decimal,
    /// What is so and was not said.
    pub missed: Vec<String>,
    /// What was said and is not so.
    pub unfounded: Vec<String>,
    /// What the scorer logged.
    pub log: Vec<LogLine>,
}

/// How good a scorer is on the documents so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many documents there were.
    pub documents: u64,
    /// Per signal, by name.
    pub signals: BTreeMap<String, Figures>,
    /// From this score on a document is suspected.
    pub threshold: Decimal,
    /// Of a document with any label being suspected.
    pub score: Figures,
}

/// A scorer that is ready to be evaluated, and what came of it so far.
#[derive(Debug)]
pub struct Evaluator {
    engine: Engine,
    scorer: Member,
    threshold: Decimal,
    memory: Arc<Memory>,
    /// The lines' names of the documents, by the ids that the scorer sees.
    names: BTreeMap<String, String>,
    newest: Option<DateTime<Utc>>,
    lines: u64,
    tally: Tally,
}

impl Evaluator {
    /// Loads the scorer and checks its settings as saving a configuration would.
    ///
    /// # Errors
    /// What is wrong with the component or the settings: all of it.
    pub async fn prepare(
        engine: Engine,
        clock: &dyn Clock,
        scorer: Component,
        settings: &Value,
        threshold: Decimal,
    ) -> Result<Self, StandaloneError> {
        let scorer = checked(&engine, clock, scorer, World::Scorer, settings, None).await?;
        Ok(Self {
            engine,
            scorer,
            threshold,
            memory: Arc::new(Memory::default()),
            names: BTreeMap::new(),
            newest: None,
            lines: 0,
            tally: Tally::default(),
        })
    }

    /// Scores the document of the next line, and remembers it. Nothing for an empty line.
    ///
    /// # Errors
    /// The line is none, or the scorer gave no score.
    pub async fn line(&mut self, line: &[u8]) -> Result<Option<Evaluated>, EvaluateError> {
        self.lines += 1;
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let document = self.read(line).map_err(|problem| EvaluateError::Line {
            line: self.lines,
            problem,
        })?;
        let id = document_id(&document.id);
        self.newest = Some(document.received);
        self.names.insert(id.to_string(), document.id.clone());
        let text = document.data.to_string();
        let limits = self.scorer.limits;
        let context = CallContext {
            limits,
            received: document.received,
            deadline: Instant::now() + Duration::from_millis(limits.deadline_ms),
            seed: Digest::of(text.as_bytes()),
            history: Some(Arc::clone(&self.memory) as Arc<dyn History>),
            granted: &self.scorer.manifest.permissions,
        };
        let call = self.engine.score(&self.scorer.told, &context, &text).await;
        let report = match call.outcome {
            Outcome::Done(report) => report,
            Outcome::Declined { case, message } => {
                return Err(self.no_score(document.id, format!("{case}: {message}")));
            }
            Outcome::Failed(failure) => return Err(self.no_score(document.id, failure.to_string())),
        };
        self.memory.remember(id, document.received, &report.observations);
        let mut signals = report.signals;
        for signal in &mut signals {
            signal.reason = self.with_names(&signal.reason);
        }
        let said: BTreeSet<String> = signals.iter().map(|signal| signal.name.clone()).collect();
        self.tally
            .count(&document.labels, &said, report.score >= self.threshold);
        Ok(Some(Evaluated {
            missed: document.labels.difference(&said).cloned().collect(),
            unfounded: said.difference(&document.labels).cloned().collect(),
            id: document.id,
            received: document.received,
            labels: document.labels,
            signals,
            score: report.score,
            log: call.log,
        }))
    }

    /// The figures so far.
    pub fn evaluation(&self) -> Evaluation {
        Evaluation {
            documents: self.tally.documents,
            signals: self.tally.signals.clone(),
            threshold: self.threshold,
            score: self.tally.score,
        }
    }

    fn read(&self, line: &[u8]) -> Result<Labelled, String> {
        let value =
            json::parse(line, JsonLimits::bytes(MAX_LINE_BYTES)).map_err(|error| error.to_string())?;
        let document: Labelled = serde_path_to_error::deserialize(value).map_err(|error| {
            format!("{error}; a line is {{\"id\", \"received\" (RFC 3339), \"labels\", \"data\"}}")
        })?;
        if self.names.contains_key(&document_id(&document.id).to_string()) {
            return Err(format!("the id `{}` is there twice", document.id));
        }
        if self.newest.is_some_and(|newest| newest > document.received) {
            return Err("`received` is before that of the document above; sort the lines by it".to_owned());
        }
        Ok(document)
    }

    fn no_score(&self, id: String, message: String) -> EvaluateError {
        EvaluateError::NoScore {
            line: self.lines,
            plugin: self.scorer.release.name.to_string(),
            id,
            message,
        }
    }

    /// A reason with the lines' names in the place of ids.
    fn with_names(&self, reason: &str) -> String {
        let words = reason.split(' ');
        let named = words.map(|word| self.names.get(word).map_or(word, String::as_str));
        named.collect::<Vec<_>>().join(" ")
    }
}

/// The same id for the same name, so that an evaluation can be repeated.
fn document_id(name: &str) -> DocumentId {
    let digest = Digest::of(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.as_bytes().split_at(16).0);
    DocumentId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
