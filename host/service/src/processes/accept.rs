//! One short transaction: what a submission needs is looked up, pinned and stored with its documents.

use assay_domain::{
    Actor, ClientId, Configuration, Digest, DocumentId, IngestionSource, ProcessId, ProcessTypeId, Stage,
};
use assay_store::documents::NewDocument;
use assay_store::processes::NewProcess;
use assay_store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SubmitError, serve};
use crate::Services;
use crate::intake::{Intake, Submission};
use crate::plan::{Chosen, choose, readable};
use crate::record::{Event, record};

/// How many problems with `input_schema` are listed.
const MOST_PROBLEMS: usize = 100;

/// A submission with everything that decides its verdict.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) process_id: ProcessId,
    pub(crate) client: ClientId,
    pub(crate) process_type: ProcessTypeId,
    pub(crate) configuration: Configuration,
    pub(crate) chosen: Vec<Chosen>,
    pub(crate) documents: Vec<Intake>,
    pub(crate) document_ids: Vec<DocumentId>,
    pub(crate) received: DateTime<Utc>,
    pub(crate) correlation: Uuid,
    pub(crate) actor: Actor,
    pub(crate) source: IngestionSource,
    pub(crate) input: Value,
    /// False when nothing of it is in the database.
    pub(crate) stored: bool,
}

impl Services {
    /// Looks up what the submission needs and checks it against that.
    pub(super) async fn pin(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        client: ClientId,
        submission: Submission,
        documents: Vec<Intake>,
    ) -> Result<Accepted, SubmitError> {
        let Submission {
            process_type,
            input,
            source,
            correlation_id,
            ..
        } = submission;
        serve(tx).await?.map_err(SubmitError::Client)?;
        let known = tx.process_type(&process_type).await?;
        let known = known.ok_or_else(|| SubmitError::UnknownProcessType(process_type.clone()))?;
        if !known.is_active {
            return Err(SubmitError::InactiveProcessType(process_type));
        }
        let configuration = tx.effective_configuration(&process_type).await?;
        let configuration =
            configuration.ok_or_else(|| SubmitError::NoConfiguration(process_type.clone()))?;
        if let Some(schema) = &configuration.draft.input_schema {
            let schema = self
                .inner
                .schemas
                .get(schema)
                .map_err(|problem| SubmitError::Input(vec![problem]))?;
            let problems = schema.problems(&input, MOST_PROBLEMS);
            if !problems.is_empty() {
                return Err(SubmitError::Input(problems));
            }
        }
        let chosen = choose(tx, &configuration.draft).await?.map_err(|errors| {
            let sentences: Vec<_> = errors.iter().map(|(_, error)| error.to_string()).collect();
            SubmitError::Plugin(sentences.join("; "))
        })?;
        readable(&documents, &chosen)?;
        let now = self.inner.clock.now();
        Ok(Accepted {
            process_id: ProcessId::new(now),
            client,
            process_type,
            configuration,
            chosen,
            document_ids: documents.iter().map(|_| DocumentId::new(now)).collect(),
            documents,
            received: now,
            correlation: correlation_id.unwrap_or_else(Uuid::now_v7),
            actor: actor.clone(),
            source,
            input,
            stored: true,
        })
    }

    /// Stores a submission as a process that is under way, with the releases that will judge it.
    pub(super) async fn accept(
        &self,
        actor: &Actor,
        client: ClientId,
        submission: Submission,
        documents: Vec<Intake>,
    ) -> Result<Accepted, SubmitError> {
        let mut tx = self.begin(client).await?;
        let accepted = self.pin(&mut tx, actor, client, submission, documents).await?;
        accepted.insert(&mut tx, self.inner.host).await?;
        let event = accepted.event("process.received", Stage::Ingest).with(json!({
            "process_id": accepted.process_id,
            "process_type_id": accepted.process_type,
            "config_version": accepted.configuration.version,
            "ingestion_source": accepted.source,
        }));
        record(&mut tx, self.inner.clock.as_ref(), &event).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}

impl Accepted {
    /// Something that happened to this process.
    pub(super) fn event(&self, kind: &'static str, stage: Stage) -> Event<'_> {
        let urls = self
            .documents
            .iter()
            .map(|document| storage_url(document.sha256))
            .collect();
        Event::of(&self.actor, kind, self.correlation)
            .about(&self.process_type)
            .process(self.process_id)
            .stage(stage)
            .documents(urls)
    }

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
            id: self.process_id,
            process_type: &self.process_type,
            config_version: self.configuration.version,
            source: self.source,
            correlation_id: self.correlation,
            host,
            submitted_by: &self.actor.subject,
            received_at: self.received,
            input: Some(&self.input),
            releases: &releases,
            documents: &documents,
        };
        tx.insert_process(&new).await
    }
}

/// Where a document's bytes are: in the database, under their digest.
pub(super) fn storage_url(sha256: Digest) -> String {
    format!("sha256:{sha256}")
}
