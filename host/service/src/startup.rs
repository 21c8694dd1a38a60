//! What a host does before it takes work, and what it keeps doing: it says that it lives, sees to the audit log's
//! partitions, and takes over what a killed host left.
//!
//! Invariant: what is taken over is run with what was pinned to it, from the bytes that were stored; whoever finishes
//! first, finishes it.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_domain::{Actor, ClientId, ProcessId, Role};
use assay_store::{Announcement, StoreError};
use bytes::Bytes;

use crate::Services;
use crate::intake::{Intake, SubmittedDocument};
use crate::plan::Chosen;
use crate::processes::Accepted;

/// How many months of the audit log have their partition made ahead.
const MONTHS_AHEAD: i32 = 3;

/// How many processes of a client are taken over at a time.
const BATCH: u16 = 100;

/// How often it is looked for what killed hosts left.
const LOOK: Duration = Duration::from_secs(10);

/// What is done once a day is done at every so many looks.
const LOOKS_A_DAY: u32 = 8_640;

/// A host that has begun; dropped, others take it for gone.
#[derive(Debug)]
pub struct Startup {
    /// How many processes were taken over from hosts that are gone.
    pub taken_over: usize,
    _announcement: Announcement,
    look: tokio::task::JoinHandle<()>,
}

impl Drop for Startup {
    fn drop(&mut self) {
        self.look.abort();
    }
}

impl Services {
    /// Begins: announces this host and takes over what killed hosts left, now and then again.
    ///
    /// # Errors
    /// The database can't be used.
    pub async fn startup(&self) -> Result<Startup, StoreError> {
        let announcement = self.inner.store.announce(self.inner.host).await?;
        self.inner.store.ensure_audit_partitions(MONTHS_AHEAD).await?;
        let taken_over = self.take_over().await?;
        let services = self.clone();
        let look = tokio::spawn(async move {
            for look in 1_u32.. {
                tokio::time::sleep(LOOK).await;
                let looked = services.look_after(look.is_multiple_of(LOOKS_A_DAY)).await;
                if let Err(error) = looked {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "it could not be seen what other hosts left");
                }
            }
        });
        Ok(Startup {
            taken_over,
            _announcement: announcement,
            look,
        })
    }

    async fn look_after(&self, daily: bool) -> Result<(), StoreError> {
        if daily {
            self.inner.store.ensure_audit_partitions(MONTHS_AHEAD).await?;
        }
        self.take_over().await.map(|_| ())
    }

    /// Takes over what hosts that are gone left, and returns how many processes that were.
    async fn take_over(&self) -> Result<usize, StoreError> {
        let mut tx = self.inner.store.begin_platform().await?;
        let clients = tx.clients().await?;
        tx.rollback().await?;
        let mut lives = BTreeMap::from([(self.inner.host, true)]);
        let mut taken = 0_usize;
        for client in clients {
            let mut tx = self.begin(client.id).await?;
            let mut resumed = Vec::new();
            for left in tx.unfinished_processes(BATCH).await? {
                let alive = match lives.get(&left.host) {
                    Some(alive) => *alive,
                    None => tx.host_lives(left.host).await?,
                };
                lives.insert(left.host, alive);
                if alive || !tx.take_over_process(left.id, left.host, self.inner.host).await? {
                    continue;
                }
                resumed.push((left.id, left.submitted_by));
            }
            tx.commit().await?;
            taken += resumed.len();
            for (process, submitted_by) in resumed {
                let (services, client) = (self.clone(), client.id);
                self.inner.accepted.spawn(async move {
                    services.resume(client, process, submitted_by).await;
                });
            }
        }
        if taken > 0 {
            tracing::info!(processes = taken, "took over what another host left");
        }
        Ok(taken)
    }

    async fn resume(&self, client: ClientId, process: ProcessId, submitted_by: String) {
        loop {
            match self.restore(client, process, &submitted_by).await {
                Ok(Some(accepted)) => return self.work(accepted, None).await,
                Ok(None) => {
                    return tracing::error!(process.id = %process, "what is stored of a process does not suffice to finish it");
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    process.id = %process,
                    "a process that was left can't be read now"
                ),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What was accepted, from what is stored of it.
    async fn restore(
        &self,
        client: ClientId,
        process: ProcessId,
        submitted_by: &str,
    ) -> Result<Option<Accepted>, StoreError> {
        let mut tx = self.begin(client).await?;
        let Some(stored) = tx.process(process).await? else {
            return Ok(None);
        };
        let summary = stored.summary;
        let configuration = tx
            .configuration(&summary.process_type, summary.config_version)
            .await?;
        let Some(configuration) = configuration else {
            return Ok(None);
        };
        let mut chosen = Vec::new();
        for (world, release) in stored.releases {
            let Some(release) = tx.release(release).await? else {
                return Ok(None);
            };
            let Some(choice) = configuration.draft.plugin(world) else {
                return Ok(None);
            };
            chosen.push(Chosen::new(&release, world, &choice.settings));
        }
        let (mut submitted, mut document_ids) = (Vec::new(), Vec::new());
        for document in tx.documents(process).await? {
            let Some(digest) = document.digest else {
                return Ok(None);
            };
            let Some(content) = tx.content(digest).await? else {
                return Ok(None);
            };
            document_ids.push(document.id);
            submitted.push(SubmittedDocument {
                file_name: document.file_name,
                media_type: document.media_type,
                content: Bytes::from(content),
            });
        }
        tx.rollback().await?;
        // They passed when they were taken in.
        let Ok(documents) = Intake::all(&submitted, &self.inner.intake) else {
            return Ok(None);
        };
        Ok(Some(Accepted {
            process_id: process,
            client,
            process_type: summary.process_type,
            configuration,
            chosen,
            documents,
            document_ids,
            received: summary.received_at,
            correlation: summary.correlation_id,
            actor: Actor {
                client: Some(client),
                role: Role::Operator,
                subject: submitted_by.to_owned(),
            },
            source: summary.source,
            input: stored.input.unwrap_or_default(),
            stored: true,
        }))
    }
}
