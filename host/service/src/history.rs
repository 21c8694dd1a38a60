//! What a guest is told of earlier documents: what the database remembers, and before it the documents of the same
//! process that were judged already.
//!
//! Invariants: only the client's own; a verdict is stored only while the answers that it was decided from still hold,
//! by asking again under locks in the transaction that stores it: of equal documents at the same moment the first
//! that is stored is unseen, and all others are judged again and see it.
//! Deliberately absent: whether a plugin may ask, which is the engine's to check.

mod memory;
mod turns;

use std::sync::Arc;

use assay_domain::manifest::Permission;
use assay_domain::{
    ClientId, DocumentId, HostAnswer, KnownValue, Observation, ProcessId, Question, Sightings, Told,
};
use assay_engine::{Answer, History, HistoryUnavailable};
use assay_store::history::{HistoryLocks, Remembered};
use assay_store::{Store, StoreError, Tx};
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

use crate::judge::Judged;
pub(crate) use memory::Memory;
pub(crate) use turns::Turns;

/// Whose history a process asks, and what it is itself.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) store: Store,
    /// Questions that are asked at one time; the others wait without a connection.
    pub(crate) asking: Arc<Semaphore>,
    pub(crate) client: ClientId,
    pub(crate) process: ProcessId,
    pub(crate) documents: Vec<DocumentId>,
    pub(crate) received: DateTime<Utc>,
}

impl Asker {
    /// The history as the next document of the process sees it.
    pub(crate) fn after(&self, earlier: &Arc<Memory>) -> Arc<dyn History> {
        Arc::new(Remembering {
            store: self.store.clone(),
            asking: Arc::clone(&self.asking),
            client: self.client,
            earlier: Arc::clone(earlier),
        })
    }

    /// Puts what was said of a document before the history of those after it.
    pub(crate) fn add(&self, earlier: &mut Memory, index: usize, observations: &[Observation]) {
        if let Some(document) = self.documents.get(index) {
            earlier.add(*document, self.process, self.received, observations);
        }
    }
}

/// Whether what a plugin says is remembered: only that of one that may ask.
pub(crate) fn is_remembered(granted: &[Permission]) -> bool {
    granted.contains(&Permission::History)
}

struct Remembering {
    store: Store,
    asking: Arc<Semaphore>,
    client: ClientId,
    earlier: Arc<Memory>,
}

impl Remembering {
    /// Asks on a task of its own: a call that ends at its deadline must not cut a transaction short.
    fn ask<T: Send + 'static>(
        &self,
        question: Question,
        read: impl FnOnce(Told) -> Option<T> + Send + 'static,
    ) -> Answer<T> {
        let (store, client, earlier) = (self.store.clone(), self.client, Arc::clone(&self.earlier));
        let asking = Arc::clone(&self.asking);
        Box::pin(async move {
            // A call that ends at its deadline stops waiting here. Never closed.
            let permit = asking.acquire_owned().await.ok();
            let unavailable = || HistoryUnavailable("the history can't be asked now".to_owned());
            let task = tokio::spawn(async move {
                let _permit = permit;
                let mut tx = store.begin(client).await?;
                let told = answer(&mut tx, &earlier, &question).await?;
                tx.rollback().await?;
                Ok::<_, StoreError>(told)
            });
            match task.await {
                Ok(Ok(told)) => read(told).ok_or_else(unavailable),
                Ok(Err(error)) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a plugin's question to the history failed"
                    );
                    Err(unavailable())
                }
                Err(_) => Err(unavailable()),
            }
        })
    }
}

impl History for Remembering {
    fn find_exact(&self, name: String, value: String) -> Answer<Sightings> {
        self.ask(Question::FindExact { name, value }, sightings)
    }

    fn find_near(&self, name: String, bits: u64, max_distance: u8) -> Answer<Sightings> {
        let question = Question::FindNear {
            name,
            bits,
            max_distance,
        };
        self.ask(question, sightings)
    }

    fn known_values(&self, subject: String, field: String) -> Answer<Vec<KnownValue>> {
        let values = |told| match told {
            Told::KnownValues(values) => Some(values),
            _ => None,
        };
        self.ask(Question::KnownValues { subject, field }, values)
    }
}

fn sightings(told: Told) -> Option<Sightings> {
    match told {
        Told::Sightings(found) => Some(found),
        _ => None,
    }
}

/// What the history says now.
async fn answer(tx: &mut Tx, earlier: &Memory, question: &Question) -> Result<Told, StoreError> {
    Ok(match question {
        Question::FindExact { name, value } => {
            let stored = tx.find_exact(name, value).await?;
            Told::Sightings(earlier.find_exact(name, value).and(stored, false))
        }
        Question::FindNear {
            name,
            bits,
            max_distance,
        } => {
            let stored = tx.find_near(name, *bits, *max_distance).await?;
            Told::Sightings(earlier.find_near(name, *bits, *max_distance).and(stored, true))
        }
        Question::KnownValues { subject, field } => {
            let stored = tx.known_values(subject, field).await?;
            Told::KnownValues(earlier.known_values(subject, field).and(stored))
        }
    })
}

/// What a process's verdict depends on and adds.
pub(crate) fn locks(asker: &Asker, judged: &Judged) -> HistoryLocks {
    let mut locks = HistoryLocks::new(asker.client);
    if judged.outcome.is_err() {
        return locks;
    }
    for call in &judged.invocations {
        for HostAnswer { question, .. } in &call.host_answers {
            locks.ask(question);
        }
    }
    for document in &judged.documents {
        for observation in &document.observations {
            locks.observe(observation);
        }
    }
    locks
}

/// Whether every answer still holds, for a verdict that is about to be stored and whose locks are taken.
pub(crate) async fn still_holds(tx: &mut Tx, asker: &Asker, judged: &Judged) -> Result<bool, StoreError> {
    if judged.outcome.is_err() {
        // It has no verdict that could have been another.
        return Ok(true);
    }
    let mut earlier = Memory::default();
    let mut documents = judged.documents.iter().enumerate().peekable();
    for call in &judged.invocations {
        while let Some((index, document)) = documents.next_if(|(index, _)| *index < call.document) {
            asker.add(&mut earlier, index, &document.observations);
        }
        for HostAnswer {
            question,
            answer: told,
        } in &call.host_answers
        {
            // What could not be answered was not decided from.
            let known = !matches!(told, Told::Unavailable(_));
            if known && answer(tx, &earlier, question).await? != *told {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Adds what is to be remembered of a process's documents.
pub(crate) async fn remember(tx: &mut Tx, asker: &Asker, judged: &Judged) -> Result<(), StoreError> {
    let documents = judged.documents.iter().zip(&asker.documents);
    let remembered: Vec<_> = documents
        .map(|(document, id)| Remembered {
            document: *id,
            process: asker.process,
            seen_at: asker.received,
            observations: &document.observations,
        })
        .collect();
    tx.remember(&remembered).await
}
