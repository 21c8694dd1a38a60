//! One short transaction: what a submission needs is looked up, pinned and stored with its documents.
//!
//! Invariant: `input` is held against the `input_schema` of exactly the version that is pinned, with no transaction
//! open: by compare-and-set on the version.

use std::sync::Arc;
use std::time::Instant;

use assay_domain::{
    Actor, ClientId, Configuration, Digest, DocumentId, EventId, IngestionSource, Problem, ProcessId,
    ProcessTypeId, Stage,
};
use assay_store::clients::Client;
use assay_store::documents::NewDocument;
use assay_store::processes::NewProcess;
use assay_store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SubmitError, serve};
use crate::Services;
use crate::admissions::{Admission, names};
use crate::breaker::Called;
use crate::intake::{Intake, Submission};
use crate::plan::{Chosen, choose, readable};
use crate::record::{Event, record};

/// How many problems with `input_schema` are listed.
const MOST_PROBLEMS: usize = 100;

/// A process as those name it who tell of it: all that it takes to end it as failed.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) process_id: ProcessId,
    pub(crate) client: ClientId,
    pub(crate) process_type: ProcessTypeId,
    pub(crate) config_version: i32,
    pub(crate) correlation: Uuid,
    pub(crate) actor: Actor,
    /// The event of its acceptance; none when an older host took it in.
    pub(crate) received_event: Option<EventId>,
    pub(crate) document_urls: Vec<String>,
}

/// A submission with everything that decides its verdict.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) job: Job,
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) chosen: Arc<[Chosen]>,
    pub(crate) documents: Vec<Intake>,
    pub(crate) document_ids: Vec<DocumentId>,
    pub(crate) received: DateTime<Utc>,
    pub(crate) source: IngestionSource,
    pub(crate) input: Value,
    /// False when nothing of it is in the database.
    pub(crate) stored: bool,
}

impl Services {
    /// Looks up what the submission needs and checks it against that; all of it holds in the transaction that comes
    /// back.
    pub(super) async fn pin(
        &self,
        actor: &Actor,
        client: ClientId,
        mut submission: Submission,
        documents: Vec<Intake>,
    ) -> Result<(Tx, Accepted), SubmitError> {
        let kind = (client, submission.process_type.clone());
        if let Some(known) = self.inner.admissions.get(&kind)
            && let Some(tx) = self.admit_as_known(client, &mut submission, &known).await?
        {
            let accepted = self.admitted(actor, client, submission, documents, &known)?;
            self.inner.served.put(kind, ());
            return Ok((tx, accepted));
        }
        let epoch = self.inner.admissions.epoch();
        let (mut tx, served, configuration) = self.admit(client, &mut submission).await?;
        // Before the rest is read: what changes meanwhile shows as another state.
        let plugins = names(&configuration.draft);
        let state = tx.admission_state(&submission.process_type, &plugins).await?;
        let chosen = choose(&mut tx, &configuration.draft).await?.map_err(|errors| {
            let sentences: Vec<_> = errors.iter().map(|(_, error)| error.to_string()).collect();
            SubmitError::Plugin(sentences.join("; "))
        })?;
        let admission = Admission {
            configuration: Arc::new(configuration),
            chosen: chosen.into(),
            tier: served.tier,
            state,
        };
        let accepted = self.admitted(actor, client, submission, documents, &admission)?;
        self.inner.served.put(kind.clone(), ());
        self.inner.admissions.put(epoch, kind, admission);
        Ok((tx, accepted))
    }

    /// A transaction in which all that is known of the submission's kind still holds, and whose `input` satisfies its
    /// schema. None when something is other than it was.
    async fn admit_as_known(
        &self,
        client: ClientId,
        submission: &mut Submission,
        known: &Admission,
    ) -> Result<Option<Tx>, SubmitError> {
        let input = Arc::new(std::mem::take(&mut submission.input));
        let held = match &known.configuration.draft.input_schema {
            Some(schema) => self.hold(schema, &input).await,
            None => Ok(()),
        };
        submission.input = Arc::unwrap_or_clone(input);
        let mut tx = self.begin(client).await?;
        let plugins = names(&known.configuration.draft);
        if tx.admission_state(&submission.process_type, &plugins).await? != known.state {
            tx.rollback().await?;
            return Ok(None);
        }
        // Only now is it sure that this is the schema.
        held?;
        self.inner.queue.weigh(client, known.tier.weight());
        Ok(Some(tx))
    }

    /// A submission that is only tried, with what is known of its kind; else as it is pinned.
    pub(super) async fn try_out(
        &self,
        actor: &Actor,
        client: ClientId,
        submission: Submission,
        documents: Vec<Intake>,
    ) -> Result<Accepted, SubmitError> {
        let kind = (client, submission.process_type.clone());
        let Some(admission) = self.inner.admissions.get(&kind) else {
            let (tx, accepted) = self.pin(actor, client, submission, documents).await?;
            tx.rollback().await?;
            return Ok(accepted);
        };
        if let Some(schema) = &admission.configuration.draft.input_schema {
            let input = Arc::new(submission.input.clone());
            self.hold(schema, &input).await?;
        }
        self.admitted(actor, client, submission, documents, &admission)
    }

    /// A submission with everything that decides its verdict.
    fn admitted(
        &self,
        actor: &Actor,
        client: ClientId,
        submission: Submission,
        documents: Vec<Intake>,
        admission: &Admission,
    ) -> Result<Accepted, SubmitError> {
        let Submission {
            process_type,
            input,
            source,
            correlation_id,
            ..
        } = submission;
        let Admission {
            configuration,
            chosen,
            ..
        } = admission;
        readable(&documents, chosen)?;
        for Chosen {
            pinned, release_id, ..
        } in chosen.iter()
        {
            self.inner.breaker.allows(
                Called {
                    client,
                    release: *release_id,
                    configuration: configuration.id,
                },
                &pinned.name,
                &pinned.version,
                Instant::now(),
            )?;
        }
        let now = self.inner.clock.now();
        let urls = documents.iter().map(|document| storage_url(document.sha256));
        Ok(Accepted {
            job: Job {
                process_id: ProcessId::new(now),
                client,
                process_type,
                config_version: configuration.version,
                correlation: correlation_id.unwrap_or_else(Uuid::now_v7),
                actor: actor.clone(),
                received_event: Some(EventId::new(now)),
                document_urls: urls.collect(),
            },
            configuration: Arc::clone(configuration),
            chosen: Arc::clone(chosen),
            document_ids: documents.iter().map(|_| DocumentId::new(now)).collect(),
            documents,
            received: now,
            source,
            input,
            stored: true,
        })
    }

    /// The effective configuration, whose `input_schema` the submission satisfies, in the transaction that saw it.
    async fn admit(
        &self,
        client: ClientId,
        submission: &mut Submission,
    ) -> Result<(Tx, Client, Configuration), SubmitError> {
        let input = Arc::new(std::mem::take(&mut submission.input));
        // Most likely the version that the last submission met is still the one.
        let key = (client, submission.process_type.clone());
        let mut held = match self.inner.last_admitted.get(&key) {
            Some((version, schema)) => Some((version, self.hold(&schema, &input).await)),
            None => None,
        };
        loop {
            // Whoever sent it learns of the process when its end is committed, and that commit waits for the disk.
            let mut tx = self.inner.store.begin_provisional(client).await?;
            let served = serve(&mut tx).await?.map_err(SubmitError::Client)?;
            self.inner.queue.weigh(client, served.tier.weight());
            let configuration = effective(&mut tx, &submission.process_type).await?;
            match (&configuration.draft.input_schema, held.take()) {
                (None, _) => {}
                (Some(_), Some((version, result))) if version == configuration.id => result?,
                (Some(schema), _) => {
                    tx.rollback().await?;
                    let schema = Arc::new(schema.clone());
                    held = Some((configuration.id, self.hold(&schema, &input).await));
                    self.inner
                        .last_admitted
                        .put(key.clone(), (configuration.id, schema));
                    continue;
                }
            }
            submission.input = Arc::unwrap_or_clone(input);
            return Ok((tx, served, configuration));
        }
    }

    async fn hold(&self, schema: &Value, input: &Arc<Value>) -> Result<(), SubmitError> {
        let refused = |problem| SubmitError::Input(vec![problem]);
        let schema = self.inner.schemas.get(schema).await.map_err(refused)?;
        let problems = schema.problems(input, MOST_PROBLEMS).await;
        let problems = problems.map_err(|error| refused(Problem::new("", error.to_string())))?;
        if problems.is_empty() {
            Ok(())
        } else {
            Err(SubmitError::Input(problems))
        }
    }

    /// Stores a submission as a process that is under way, with the releases that will judge it.
    pub(super) async fn accept(
        &self,
        actor: &Actor,
        client: ClientId,
        submission: Submission,
        documents: Vec<Intake>,
    ) -> Result<Accepted, SubmitError> {
        let (mut tx, accepted) = self.pin(actor, client, submission, documents).await?;
        accepted.insert(&mut tx, self.inner.host).await?;
        let job = &accepted.job;
        let event = job
            .event("process.received", Stage::Ingest)
            .known_as(job.received_event)
            .with(json!({
                "process_id": job.process_id,
                "process_type_id": job.process_type,
                "config_version": job.config_version,
                "ingestion_source": accepted.source,
            }));
        record(&mut tx, self.inner.clock.as_ref(), &event).await?;
        if let Err(error) = tx.commit().await {
            // It may have been committed and the answer lost; then nobody else would work on it while this host lives.
            let (services, process) = (self.clone(), job.process_id);
            self.inner
                .accepted
                .spawn(async move { services.resume(client, process).await });
            return Err(error.into());
        }
        Ok(accepted)
    }
}

/// The configuration that a submission of this type gets now.
async fn effective(tx: &mut Tx, process_type: &ProcessTypeId) -> Result<Configuration, SubmitError> {
    let known = tx.process_type(process_type).await?;
    let known = known.ok_or_else(|| SubmitError::UnknownProcessType(process_type.clone()))?;
    if !known.is_active {
        return Err(SubmitError::InactiveProcessType(process_type.clone()));
    }
    let configuration = tx.effective_configuration(process_type).await?;
    configuration.ok_or_else(|| SubmitError::NoConfiguration(process_type.clone()))
}

impl Job {
    /// Something that happened to this process.
    pub(super) fn event(&self, kind: &'static str, stage: Stage) -> Event<'_> {
        Event::of(&self.actor, kind, self.correlation)
            .about(&self.process_type)
            .process(self.process_id)
            .stage(stage)
            .documents(&self.document_urls)
    }
}

impl Accepted {
    async fn insert(&self, tx: &mut Tx, host: Uuid) -> Result<(), StoreError> {
        let documents: Vec<_> = self
            .documents
            .iter()
            .zip(&self.document_ids)
            .zip(0..)
            .map(|((document, id), position)| NewDocument {
                id: *id,
                position,
                file_name: document.file_name.as_deref(),
                media_type: &document.media_type,
                content: &document.content,
                digest: document.sha256,
            })
            .collect();
        let releases: Vec<_> = self
            .chosen
            .iter()
            .map(|chosen| (chosen.pinned.world, chosen.release_id))
            .collect();
        let new = NewProcess {
            id: self.job.process_id,
            process_type: &self.job.process_type,
            config_version: self.job.config_version,
            source: self.source,
            correlation_id: self.job.correlation,
            host,
            received_event: self.job.received_event,
            submitted_by: &self.job.actor.subject,
            received_at: self.received,
            input: Some(&self.input),
            releases: &releases,
            documents: &documents,
        };
        tx.insert_process(&new).await
    }
}

/// Where a document's bytes are: in the database, under their digest.
fn storage_url(sha256: Digest) -> String {
    format!("sha256:{sha256}")
}
