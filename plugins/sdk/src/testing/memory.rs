//! A history in memory that answers as a host's does.
//!
//! Invariant: what is found depends on what was remembered and in which order; a document that bears a fingerprint or
//! a value several times counts once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::history::{HistoryError, KnownValue, Sighting, Sightings};
use crate::{ExactFingerprint, NearFingerprint, Observation};

const NEWEST: usize = 16;
const VALUES: usize = 64;
const NAME: usize = 64;
const VALUE: usize = 256;
const DISTANCE: u8 = 16;

/// The documents that were remembered, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    documents: Vec<Remembered>,
}

#[derive(Debug)]
struct Remembered {
    id: String,
    seen_at: String,
    observations: Vec<Observation>,
}

impl Memory {
    /// Takes a document in, as the newest.
    pub(crate) fn remember(&mut self, id: &str, seen_at: &str, observations: &[Observation]) {
        self.documents.push(Remembered {
            id: id.to_owned(),
            seen_at: seen_at.to_owned(),
            observations: observations.to_vec(),
        });
    }

    pub(crate) fn find_exact(&self, asked: &ExactFingerprint) -> Result<Sightings, HistoryError> {
        bounded(&asked.name, NAME, "a name has 1 to 64 bytes and no NUL")?;
        bounded(&asked.value, VALUE, "a value has 1 to 256 bytes and no NUL")?;
        let bears = |observation: &Observation| {
            let same = matches!(observation, Observation::Exact(exact)
                if exact.name == asked.name && exact.value == asked.value);
            same.then_some(0)
        };
        Ok(self.sightings(bears))
    }

    pub(crate) fn find_near(&self, asked: &NearFingerprint, most: u8) -> Result<Sightings, HistoryError> {
        bounded(&asked.name, NAME, "a name has 1 to 64 bytes and no NUL")?;
        if most > DISTANCE {
            return Err(HistoryError::Invalid("the distance is over 16 bits".to_owned()));
        }
        let bears = |observation: &Observation| {
            let Observation::Near(near) = observation else {
                return None;
            };
            let distance = u8::try_from((near.bits ^ asked.bits).count_ones()).unwrap_or(u8::MAX);
            (near.name == asked.name && distance <= most).then_some(distance)
        };
        Ok(self.sightings(bears))
    }

    pub(crate) fn known_values(&self, subject: &str, field: &str) -> Result<Vec<KnownValue>, HistoryError> {
        bounded(subject, VALUE, "a subject has 1 to 256 bytes and no NUL")?;
        bounded(field, NAME, "a name has 1 to 64 bytes and no NUL")?;
        let mut known: BTreeMap<&str, KnownValue> = BTreeMap::new();
        for document in &self.documents {
            let mut values: Vec<&str> = document
                .observations
                .iter()
                .filter_map(|observation| match observation {
                    Observation::Value(one) if one.subject == subject && one.field == field => {
                        Some(one.value.as_str())
                    }
                    _ => None,
                })
                .collect();
            values.sort_unstable();
            values.dedup();
            for value in values {
                let known = known.entry(value).or_insert_with(|| KnownValue {
                    value: value.to_owned(),
                    count: 0,
                    first_seen: document.seen_at.clone(),
                    last_seen: String::new(),
                });
                known.count += 1;
                known.last_seen.clone_from(&document.seen_at);
            }
        }
        let mut known: Vec<KnownValue> = known.into_values().collect();
        known.sort_by_key(|known| Reverse((known.count, known.last_seen.clone())));
        known.truncate(VALUES);
        Ok(known)
    }

    /// The documents that bear something, nearest first and then newest first.
    fn sightings(&self, bears: impl Fn(&Observation) -> Option<u8>) -> Sightings {
        let mut found: Vec<(usize, u8)> = Vec::new();
        for (index, document) in self.documents.iter().enumerate() {
            let nearest = document.observations.iter().filter_map(&bears).min();
            found.extend(nearest.map(|distance| (index, distance)));
        }
        let first_seen = found.first().and_then(|(index, _)| self.documents.get(*index));
        let (total, first_seen) = (found.len() as u64, first_seen.map(|first| first.seen_at.clone()));
        found.sort_by_key(|(index, distance)| (*distance, Reverse(*index)));
        let sighting = |(index, distance): (usize, u8)| {
            let document = self.documents.get(index)?;
            Some(Sighting {
                document: document.id.clone(),
                process: format!("process of {}", document.id),
                seen_at: document.seen_at.clone(),
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

fn bounded(text: &str, most: usize, message: &str) -> Result<(), HistoryError> {
    if text.is_empty() || text.len() > most || text.contains('\0') {
        return Err(HistoryError::Invalid(message.to_owned()));
    }
    Ok(())
}
