//! Documents through plugins to a verdict: extract, validate, check the schema, score, decide.
//!
//! Invariant: nothing is stored or published here and no transaction is open; the result is a function of the plan,
//! the documents and the time they were received. The first thing that breaks ends it: a process without all its
//! answers has no verdict.

mod judged;
mod together;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use assay_domain::{
    Clock, Digest, DocumentStatus, Finding, InvocationId, Manifest, Outcome, PluginName, Problem, ReleaseId,
    Severity, Thresholds, Usage, World, decide,
};
use assay_engine::{Call, CallContext, Document, Engine, Prepared};
use assay_rules::RuleSet;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::history::{Asker, Memory, is_remembered};
use crate::intake::Intake;
use crate::process_error::{ProcessError, outcome_name};
use crate::schema::Schema;
pub(crate) use judged::{Invoked, Judged, JudgedDocument};
use together::together;

/// How many problems with `output_schema` a document shows.
const MOST_SCHEMA_FINDINGS: usize = 100;

/// How much is remembered of all documents of a process at most: each is a row, and looked at for each question.
const MOST_OBSERVATIONS: usize = 2_048;

/// The release that was chosen for a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PinnedRelease {
    /// The world.
    pub world: World,
    /// The plugin.
    pub name: PluginName,
    /// The release.
    pub version: semver::Version,
    /// SHA-256 of the component.
    pub sha256: Digest,
}

impl PinnedRelease {
    pub(crate) fn of(release: &assay_domain::Manifest, sha256: Digest, world: World) -> Self {
        Self {
            world,
            name: release.name.clone(),
            version: release.version.clone(),
            sha256,
        }
    }
}

/// A release that is ready to be called, with what it is told.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) release: PinnedRelease,
    /// None when it is registered nowhere.
    pub(crate) release_id: Option<ReleaseId>,
    /// The plugin with its settings and rules.
    pub(crate) told: Arc<Prepared>,
    /// Microseconds that loading it took; nothing once a call has shown them.
    pub(crate) loaded_us: Arc<AtomicU64>,
    pub(crate) manifest: Manifest,
    pub(crate) limits: assay_domain::Limits,
}

/// Everything that decides how documents are judged.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) extractors: Vec<Member>,
    pub(crate) validator: Member,
    pub(crate) scorer: Option<Member>,
    pub(crate) output_schema: Option<Schema>,
    /// The rules, where some of them are about several documents of a process.
    pub(crate) together: Option<Arc<RuleSet>>,
    pub(crate) thresholds: Thresholds,
}

impl Plan {
    /// Its plugins.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        let first = self.extractors.iter().chain([&self.validator]);
        first.chain(&self.scorer)
    }

    /// Notes that no call waits for its plugins.
    pub(crate) fn is_loaded(&self) {
        for member in self.members() {
            member.loaded_us.store(0, Ordering::Relaxed);
        }
    }
}

/// Judges the documents of one process.
pub(crate) async fn judge(
    engine: &Engine,
    clock: &dyn Clock,
    plan: &Plan,
    documents: &[Intake],
    received: DateTime<Utc>,
    asker: Option<&Asker>,
) -> Judged {
    let mut judge = Judge {
        engine,
        clock,
        plan,
        received,
        asker,
        earlier: Arc::default(),
        invocations: Vec::new(),
    };
    let mut judged = Vec::with_capacity(documents.len());
    let mut error = None;
    let mut remembered = 0;
    for (index, document) in documents.iter().enumerate() {
        let mut state = JudgedDocument {
            confidence: document.data.as_ref().map(|_| Decimal::ONE),
            ..JudgedDocument::of(document, DocumentStatus::Pending)
        };
        if error.is_none() {
            let done = judge.document(index, document, &mut state).await;
            state.status = if done.is_ok() {
                DocumentStatus::Completed
            } else {
                DocumentStatus::Failed
            };
            error = done.err();
            if let Some(asker) = asker {
                asker.add(Arc::make_mut(&mut judge.earlier), index, &state.observations);
                remembered += state.observations.len();
                if error.is_none() && remembered > MOST_OBSERVATIONS {
                    state.status = DocumentStatus::Failed;
                    error = Some(ProcessError::too_much_to_remember(
                        position(index),
                        MOST_OBSERVATIONS,
                    ));
                }
            }
        }
        judged.push(state);
    }
    if error.is_none()
        && let Some(rules) = &plan.together
    {
        together(rules, &mut judged, received);
    }
    if error.is_some() {
        // Only what has a verdict is remembered.
        for document in &mut judged {
            document.observations.clear();
        }
    }
    let confidence = judged.iter().filter_map(|document| document.confidence).min();
    let outcome = error.map_or_else(
        || {
            let findings = judged.iter().flat_map(|document| &document.findings);
            let scores = judged.iter().filter_map(|document| document.score);
            Ok(decide(
                findings,
                scores,
                confidence.unwrap_or(Decimal::ONE),
                &plan.thresholds,
            ))
        },
        Err,
    );
    Judged {
        documents: judged,
        invocations: judge.invocations,
        confidence,
        outcome,
    }
}

struct Judge<'a> {
    engine: &'a Engine,
    clock: &'a dyn Clock,
    plan: &'a Plan,
    received: DateTime<Utc>,
    asker: Option<&'a Asker>,
    /// What was said of the process's documents so far.
    earlier: Arc<Memory>,
    invocations: Vec<Invoked>,
}

impl Judge<'_> {
    async fn document(
        &mut self,
        index: usize,
        document: &Intake,
        state: &mut JudgedDocument,
    ) -> Result<(), ProcessError> {
        let (text, input) = if document.data.is_some() {
            // Intake parsed these bytes, so they are UTF-8 and this borrows them.
            (String::from_utf8_lossy(&document.content), document.sha256)
        } else {
            let data = self.extract(index, document, state).await?;
            let text = data.to_string();
            state.data = Some(Arc::new(data));
            let input = Digest::of(text.as_bytes());
            (text.into(), input)
        };
        if let (Some(schema), Some(data)) = (&self.plan.output_schema, &state.data) {
            let problems = schema.problems(data, MOST_SCHEMA_FINDINGS).await;
            let problems = problems.map_err(|error| ProcessError::unchecked(position(index), &error))?;
            state.findings.extend(problems.into_iter().map(schema_finding));
        }
        let plan = self.plan;
        let member = &plan.validator;
        let call = self
            .engine
            .validate(&member.told, &self.context(member, input), &text)
            .await;
        let report = self.record(index, member, input, call)?;
        state.findings.extend(report.findings);
        state.remember(member, report.observations);
        if let Some(member) = &plan.scorer {
            let call = self
                .engine
                .score(&member.told, &self.context(member, input), &text)
                .await;
            let report = self.record(index, member, input, call)?;
            state.score = Some(report.score);
            state.signals = Some(report.signals);
            state.remember(member, report.observations);
        }
        Ok(())
    }

    /// The data that an extractor reads from a document.
    async fn extract(
        &mut self,
        index: usize,
        document: &Intake,
        state: &mut JudgedDocument,
    ) -> Result<Value, ProcessError> {
        let reads = |member: &&Member| member.manifest.media_types.contains(&document.media_type);
        let Some(member) = self.plan.extractors.iter().find(reads) else {
            // Planning checked this; a plan made for other documents must still not guess.
            let message = format!("no extractor reads `{}`", document.media_type);
            let validator = &self.plan.validator.release.name;
            return Err(ProcessError::declined(
                validator,
                position(index),
                "unsupported",
                &message,
            ));
        };
        let input = Document {
            content: &document.content,
            media_type: &document.media_type,
            name: document.file_name.as_deref(),
        };
        let context = self.context(member, document.sha256);
        let call = self.engine.extract(&member.told, &context, input).await;
        let extracted = self.record(index, member, document.sha256, call)?;
        state.confidence = Some(extracted.confidence);
        Ok(extracted.data)
    }

    fn context<'c>(&self, member: &'c Member, seed: Digest) -> CallContext<'c> {
        CallContext {
            limits: member.limits,
            received: self.received,
            deadline: Instant::now() + Duration::from_millis(member.limits.deadline_ms),
            seed,
            history: self
                .asker
                .filter(|_| is_remembered(&member.manifest.permissions))
                .map(|asker| asker.after(&self.earlier)),
            granted: &member.manifest.permissions,
        }
    }

    fn record<T>(
        &mut self,
        index: usize,
        member: &Member,
        input: Digest,
        call: Call<T>,
    ) -> Result<T, ProcessError> {
        let name = &member.release.name;
        let replayable = call.is_replayable();
        // The first call of a release is the one that waited for it.
        let load_us = member.loaded_us.swap(0, Ordering::Relaxed);
        let usage = Usage {
            load_us,
            ..call.usage
        };
        let (outcome, result) = match call.outcome {
            Outcome::Done(value) => (Outcome::Done(call.output), Ok(value)),
            Outcome::Declined { case, message } => {
                let error = ProcessError::declined(name, position(index), &case, &message);
                (Outcome::Declined { case, message }, Err(error))
            }
            Outcome::Failed(failure) => {
                let error = ProcessError::failed(name, position(index), &failure);
                (Outcome::Failed(failure), Err(error))
            }
        };
        let (world, ended) = (member.release.world.as_str(), outcome_name(&outcome));
        metrics::histogram!("assay_invocation_duration_seconds", "world" => world, "outcome" => ended)
            .record(Duration::from_micros(usage.total_us()));
        self.invocations.push(Invoked {
            id: InvocationId::new(self.clock.now()),
            document: index,
            release: member.release.clone(),
            release_id: member.release_id,
            limits: member.limits,
            usage,
            outcome,
            input,
            settings: member.told.settings_digest(),
            rules: member.told.rules_digest(),
            log: call.log,
            host_answers: call.host_answers,
            replayable,
        });
        result
    }
}

fn schema_finding(problem: Problem) -> Finding {
    Finding {
        rule: "output_schema".to_owned(),
        severity: Severity::Error,
        pointer: problem.pointer,
        message: problem.message,
        expected: None,
        actual: None,
        review: false,
    }
}

pub(crate) fn position(index: usize) -> Option<u32> {
    u32::try_from(index).ok()
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
