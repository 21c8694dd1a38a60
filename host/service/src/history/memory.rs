//! A history in memory, with the meaning of the one in the database.
//!
//! Deliberately absent: a bound on how much is remembered; whoever adds has bounded it.

use assay_domain::history::{MOST_SIGHTINGS, MOST_VALUES};
use assay_domain::{DocumentId, KnownValue, Observation, ProcessId, Sighting, Sightings};
use chrono::{DateTime, Utc};

/// What is remembered of documents, in the order in which they were judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    seen: Vec<Seen>,
}

#[derive(Clone, Debug)]
struct Seen {
    document: DocumentId,
    process: ProcessId,
    at: DateTime<Utc>,
    what: Observation,
}

/// An answer from what came last, which goes before an older one.
pub(crate) struct Latest<T>(T);

impl Memory {
    /// Remembers a document; the same said twice counts once.
    pub(crate) fn add(
        &mut self,
        document: DocumentId,
        process: ProcessId,
        at: DateTime<Utc>,
        observations: &[Observation],
    ) {
        for (index, observation) in observations.iter().enumerate() {
            if observations
                .iter()
                .take(index)
                .any(|earlier| earlier == observation)
            {
                continue;
            }
            self.seen.push(Seen {
                document,
                process,
                at,
                what: observation.clone(),
            });
        }
    }

    /// See [`assay_engine::History::find_exact`].
    pub(crate) fn find_exact(&self, name: &str, value: &str) -> Latest<Sightings> {
        self.sightings(|observation| match observation {
            Observation::Exact {
                name: named,
                value: is,
            } => (named == name && is == value).then_some(0),
            _ => None,
        })
    }

    /// See [`assay_engine::History::find_near`].
    pub(crate) fn find_near(&self, name: &str, bits: u64, max_distance: u8) -> Latest<Sightings> {
        self.sightings(|observation| match observation {
            Observation::Near {
                name: named,
                bits: is,
            } if named == name => {
                let distance = u8::try_from((is ^ bits).count_ones()).unwrap_or(u8::MAX);
                (distance <= max_distance).then_some(distance)
            }
            _ => None,
        })
    }

    /// See [`assay_engine::History::known_values`].
    pub(crate) fn known_values(&self, subject: &str, field: &str) -> Latest<Vec<KnownValue>> {
        let mut values: Vec<KnownValue> = Vec::new();
        for seen in &self.seen {
            let Observation::Value {
                subject: of,
                field: named,
                value,
            } = &seen.what
            else {
                continue;
            };
            if of == subject && named == field {
                add_value(&mut values, value, 1, seen.at, seen.at);
            }
        }
        Latest(values)
    }

    fn sightings(&self, distance: impl Fn(&Observation) -> Option<u8>) -> Latest<Sightings> {
        let mut found = Sightings::default();
        for seen in self.seen.iter().rev() {
            let Some(distance) = distance(&seen.what) else {
                continue;
            };
            found.total += 1;
            found.first_seen = Some(found.first_seen.map_or(seen.at, |first| first.min(seen.at)));
            found.newest.push(Sighting {
                document: seen.document,
                process: seen.process,
                seen_at: seen.at,
                distance,
            });
        }
        Latest(found)
    }
}

impl Latest<Sightings> {
    /// With what is older, the nearest first or else the newest.
    pub(crate) fn and(self, older: Sightings, nearest_first: bool) -> Sightings {
        let Self(mut found) = self;
        found.total += older.total;
        found.first_seen = found.first_seen.into_iter().chain(older.first_seen).min();
        found.newest.extend(older.newest);
        if nearest_first {
            // Stable: of two that are equally near the newer stays first.
            found.newest.sort_by_key(|seen| seen.distance);
        }
        found.newest.truncate(MOST_SIGHTINGS);
        found
    }
}

impl Latest<Vec<KnownValue>> {
    /// With what is older, most frequent first. Of older values only the most frequent are known, so a value beyond those
    /// counts from now on.
    pub(crate) fn and(self, older: Vec<KnownValue>) -> Vec<KnownValue> {
        let Self(latest) = self;
        let mut values = older;
        for known in latest {
            add_value(
                &mut values,
                &known.value,
                known.count,
                known.first_seen,
                known.last_seen,
            );
        }
        values.sort_by(|one, two| two.count.cmp(&one.count).then_with(|| one.value.cmp(&two.value)));
        values.truncate(MOST_VALUES);
        values
    }
}

fn add_value(
    values: &mut Vec<KnownValue>,
    value: &str,
    count: u64,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
) {
    match values.iter_mut().find(|known| known.value == value) {
        Some(known) => {
            known.count += count;
            known.first_seen = known.first_seen.min(first_seen);
            known.last_seen = known.last_seen.max(last_seen);
        }
        None => values.push(KnownValue {
            value: value.to_owned(),
            count,
            first_seen,
            last_seen,
        }),
    }
}
