//! What hosts that are gone left: judged again from what is stored, or ended as failed where that can't be.
//!
//! Invariant: what is taken over is judged with what was pinned to it, from the bytes that were stored; whoever finishes
//! first, finishes it. It is judged one at a time, and counted when its turn comes: a process that ends its hosts is
//! given up after a few of them, and takes nobody with it who only waited.

use std::sync::Arc;

use assay_domain::{Actor, ClientId, ProcessId, Role, World};
use assay_store::documents::StoredDocument;
use assay_store::processes::StoredProcess;
use assay_store::{StoreError, Tx};
use bytes::Bytes;
use tokio::task::JoinHandle;

use crate::Services;
use crate::intake::{DocumentError, Intake, SubmittedDocument};
use crate::plan::Chosen;
use crate::process_error::ProcessError;
use crate::processes::{Accepted, Job};
use crate::startup::LOOK;

/// How many processes are taken over at a time.
const BATCH: u16 = 100;

/// How many hosts at most begin to judge a process.
const MOST_ATTEMPTS: i32 = 3;

/// What was taken over.
pub(crate) struct TakenOver {
    /// How many processes.
    pub(crate) count: usize,
    /// Ends when all of them are finished.
    pub(crate) finishing: JoinHandle<()>,
}

/// Why a process can't be judged from what is stored of it.
#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("its configuration is gone")]
    Configuration,
    #[error("the release that was pinned as its {0} is gone")]
    Release(World),
    #[error("its configuration names no {0}")]
    World(World),
    #[error("the content of document {0} is gone")]
    Content(i32),
    #[error("document {} can't be taken any more: {}", .0.index, .0.kind)]
    Document(#[from] DocumentError),
}

impl Services {
    /// Takes over what hosts that are gone left, and begins to finish it.
    pub(crate) async fn take_over(&self) -> Result<TakenOver, StoreError> {
        let mut taken = Vec::new();
        let claimed = self.claim(&mut taken).await;
        let count = taken.len();
        if count > 0 {
            tracing::info!(processes = count, "took over what another host left");
        }
        let services = self.clone();
        let finishing = self.inner.accepted.spawn(async move {
            for (client, process) in taken {
                services.resume(client, process).await;
            }
        });
        // What was claimed before an error is this host's already.
        claimed.map(|()| TakenOver { count, finishing })
    }

    async fn claim(&self, taken: &mut Vec<(ClientId, ProcessId)>) -> Result<(), StoreError> {
        let host = self.inner.host;
        for left in self.inner.store.abandoned_processes(host, BATCH).await? {
            let mut tx = self.begin(left.client).await?;
            if tx.take_over_process(left.process, left.host, host).await? {
                // Before the commit, whose answer may get lost: whether it is ours is asked again when its turn comes.
                taken.push((left.client, left.process));
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Finishes a process that this host has and does not work on, should that be so.
    pub(crate) async fn resume(&self, client: ClientId, process: ProcessId) {
        while let Err(error) = self.try_to_resume(client, process).await {
            let again = error.is_transient();
            tracing::error!(
                error = &error as &dyn std::error::Error,
                process.id = %process,
                again,
                "a process that was left can't be finished"
            );
            if !again {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn try_to_resume(&self, client: ClientId, process: ProcessId) -> Result<(), StoreError> {
        let mut tx = self.begin(client).await?;
        let Some(attempt) = tx.attempt_process(process, self.inner.host).await? else {
            return Ok(());
        };
        let Some(stored) = tx.process(process).await? else {
            return Ok(());
        };
        let documents = tx.documents(process).await?;
        let job = job(client, &stored, &documents);
        if attempt > MOST_ATTEMPTS {
            tx.rollback().await?;
            return self.fail(&job, &ProcessError::abandoned(MOST_ATTEMPTS)).await;
        }
        match self.restore(&mut tx, job.clone(), stored, documents).await {
            Ok(accepted) => {
                tx.commit().await?;
                self.work(accepted, None).await;
                Ok(())
            }
            Err(RestoreError::Store(error)) if error.is_transient() => Err(error),
            Err(error) => {
                tx.rollback().await?;
                tracing::error!(error = &error as &dyn std::error::Error, process.id = %process, "a process is lost");
                self.fail(&job, &ProcessError::unrestorable(&error)).await
            }
        }
    }

    /// What was accepted, from what is stored of it.
    async fn restore(
        &self,
        tx: &mut Tx,
        job: Job,
        stored: StoredProcess,
        documents: Vec<StoredDocument>,
    ) -> Result<Accepted, RestoreError> {
        let configuration = tx.configuration(&job.process_type, job.config_version).await?;
        let configuration = configuration.ok_or(RestoreError::Configuration)?;
        let mut chosen = Vec::new();
        for (world, release) in stored.releases {
            let release = tx.release(release).await?;
            let release = release.ok_or(RestoreError::Release(world))?;
            let choice = configuration.draft.plugin(world);
            let choice = choice.ok_or(RestoreError::World(world))?;
            chosen.push(Chosen::new(&release, world, &choice.settings));
        }
        let (mut submitted, mut document_ids) = (Vec::new(), Vec::new());
        for document in documents {
            let content = match document.digest {
                Some(digest) => tx.content(digest).await?,
                None => None,
            };
            let content = content.ok_or(RestoreError::Content(document.position))?;
            document_ids.push(document.id);
            submitted.push(SubmittedDocument {
                file_name: document.file_name,
                media_type: document.media_type,
                content: Bytes::from(content),
            });
        }
        Ok(Accepted {
            job,
            configuration: Arc::new(configuration),
            chosen: chosen.into(),
            documents: Intake::all(&submitted, &self.inner.intake)?,
            document_ids,
            received: stored.summary.received_at,
            source: stored.summary.source,
            input: stored.input.unwrap_or_default(),
            stored: true,
        })
    }
}

fn job(client: ClientId, stored: &StoredProcess, documents: &[StoredDocument]) -> Job {
    let summary = &stored.summary;
    Job {
        process_id: summary.id,
        client,
        process_type: summary.process_type.clone(),
        config_version: summary.config_version,
        correlation: summary.correlation_id,
        actor: Actor {
            client: Some(client),
            role: Role::Operator,
            subject: stored.submitted_by.clone(),
        },
        received_event: stored.received_event,
        document_urls: documents
            .iter()
            .map(|document| document.storage_url.clone())
            .collect(),
    }
}
