//! A history in memory, for documents that are scored one after the other without a database.
//!
//! Invariant: it answers as the port promises, from the documents that were remembered so far; a document that bears a
//! fingerprint or a value several times counts once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::RwLock;

use assay_domain::{DocumentId, Observation, ProcessId};
use assay_engine::{Answer, History, HistoryUnavailable, KnownValue, Sighting, Sightings};
use chrono::{DateTime, Utc};

const NEWEST: usize = 16;
const VALUES: usize = 64;

/// The documents so far. Each is a process of its own.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// In the order in which they were received.
    documents: Vec<(DocumentId, DateTime<Utc>)>,
    /// Which documents bear a fingerprint, by its name and value.
    exact: BTreeMap<(String, String), BTreeSet<usize>>,
    /// Fingerprints and who bears them, by their name.
    near: BTreeMap<String, Vec<(u64, usize)>>,
    /// Which documents have a value, by subject and field.
    values: BTreeMap<(String, String), BTreeMap<String, BTreeSet<usize>>>,
}

impl Memory {
    /// Takes a document in, as the newest.
    pub(crate) fn remember(&self, id: DocumentId, received: DateTime<Utc>, observations: Vec<Observation>) {
        let Ok(mut kept) = self.kept.write() else { return };
        let kept = &mut *kept;
        let index = kept.documents.len();
        kept.documents.push((id, received));
        for observation in observations {
            match observation {
                Observation::Exact { name, value } => {
                    kept.exact.entry((name, value)).or_default().insert(index);
                }
                Observation::Near { name, bits } => kept.near.entry(name).or_default().push((bits, index)),
                Observation::Value {
                    subject,
                    field,
                    value,
                } => {
                    let values = kept.values.entry((subject, field)).or_default();
                    values.entry(value).or_default().insert(index);
                }
            }
        }
    }

    fn answer<T: Send + 'static>(&self, look: impl FnOnce(&Kept) -> T) -> Answer<T> {
        let answer = match self.kept.read() {
            Ok(kept) => Ok(look(&kept)),
            // A writer can only have panicked for want of memory.
            Err(_) => Err(HistoryUnavailable("the history in memory is broken".to_owned())),
        };
        Box::pin(async move { answer })
    }
}

impl History for Memory {
    fn find_exact(&self, name: String, value: String) -> Answer<Sightings> {
        self.answer(|kept| {
            let found = kept.exact.get(&(name, value));
            kept.sightings(found.into_iter().flatten().map(|index| (*index, 0)).collect())
        })
    }

    fn find_near(&self, name: String, bits: u64, max_distance: u8) -> Answer<Sightings> {
        self.answer(|kept| {
            let mut nearest: BTreeMap<usize, u8> = BTreeMap::new();
            for (other, index) in kept.near.get(&name).into_iter().flatten() {
                let distance = u8::try_from((bits ^ other).count_ones()).unwrap_or(u8::MAX);
                if distance <= max_distance {
                    let held = nearest.entry(*index).or_insert(distance);
                    *held = distance.min(*held);
                }
            }
            kept.sightings(nearest.into_iter().collect())
        })
    }

    fn known_values(&self, subject: String, field: String) -> Answer<Vec<KnownValue>> {
        self.answer(|kept| {
            let values = kept.values.get(&(subject, field));
            let mut known: Vec<KnownValue> = values
                .into_iter()
                .flatten()
                .filter_map(|(value, documents)| {
                    let seen = |index: Option<&usize>| kept.documents.get(*index?).map(|(_, seen)| *seen);
                    Some(KnownValue {
                        value: value.clone(),
                        count: documents.len() as u64,
                        first_seen: seen(documents.first())?,
                        last_seen: seen(documents.last())?,
                    })
                })
                .collect();
            known.sort_by_key(|known| Reverse((known.count, known.last_seen)));
            known.truncate(VALUES);
            known
        })
    }
}

impl Kept {
    /// Documents with their distances, oldest first, as an answer.
    fn sightings(&self, mut found: Vec<(usize, u8)>) -> Sightings {
        let total = found.len() as u64;
        let first = found.first().and_then(|(index, _)| self.documents.get(*index));
        let first_seen = first.map(|(_, seen)| *seen);
        found.sort_by_key(|(index, distance)| (*distance, Reverse(*index)));
        let sighting = |(index, distance): (usize, u8)| {
            let (document, seen_at) = *self.documents.get(index)?;
            Some(Sighting {
                document,
                process: ProcessId(document.0),
                seen_at,
                distance,
            })
        };
        Sightings {
            total,
            first_seen,
            newest: found.into_iter().take(NEWEST).filter_map(sighting).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
