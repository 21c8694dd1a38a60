//! The history in memory as a port, for documents that are scored one after the other without a database.
//!
//! Invariant: it answers as the database would, from the documents that were remembered so far; each is a process of
//! its own.

use std::sync::RwLock;

use assay_domain::{DocumentId, KnownValue, Observation, ProcessId, Sightings};
use assay_engine::{Answer, History, HistoryUnavailable};
use chrono::{DateTime, Utc};

use crate::history;

/// The documents so far.
#[derive(Debug, Default)]
pub(crate) struct Memory(RwLock<history::Memory>);

impl Memory {
    /// Takes a document in, as the newest.
    pub(crate) fn remember(&self, id: DocumentId, received: DateTime<Utc>, observations: &[Observation]) {
        if let Ok(mut kept) = self.0.write() {
            kept.add(id, ProcessId(id.0), received, observations);
        }
    }

    fn answer<T: Send + 'static>(&self, look: impl FnOnce(&history::Memory) -> T) -> Answer<T> {
        let answer = match self.0.read() {
            Ok(kept) => Ok(look(&kept)),
            // A writer can only have panicked for want of memory.
            Err(_) => Err(HistoryUnavailable("the history in memory is broken".to_owned())),
        };
        Box::pin(async move { answer })
    }
}

impl History for Memory {
    fn find_exact(&self, name: String, value: String) -> Answer<Sightings> {
        self.answer(|kept| kept.find_exact(&name, &value).and(Sightings::default(), false))
    }

    fn find_near(&self, name: String, bits: u64, max_distance: u8) -> Answer<Sightings> {
        self.answer(|kept| {
            let found = kept.find_near(&name, bits, max_distance);
            found.and(Sightings::default(), true)
        })
    }

    fn known_values(&self, subject: String, field: String) -> Answer<Vec<KnownValue>> {
        self.answer(|kept| kept.known_values(&subject, &field).and(Vec::new()))
    }
}

#[cfg(test)]
mod tests;
