//! What a guest asks about earlier documents of the same client, what it is told, and the record of both.
//!
//! Invariant: the bounds are those of `wit/plugin-v1`. Deliberately absent: who answers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DocumentId, ProcessId};

/// How many documents an answer lists at most.
pub const MOST_SIGHTINGS: usize = 16;

/// How many observations a result holds at most: each is a row.
pub const MOST_OBSERVATIONS: usize = 512;

/// How many values of a field an answer lists at most.
pub const MOST_VALUES: usize = 64;

/// One earlier document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The document.
    pub document: DocumentId,
    /// The process it came with.
    pub process: ProcessId,
    /// When it was received.
    pub seen_at: DateTime<Utc>,
    /// How many of the 64 bits differ; 0 for an exact match.
    pub distance: u8,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sightings {
    /// How many documents match, which may be more than are listed.
    pub total: u64,
    /// When the first of them was received.
    pub first_seen: Option<DateTime<Utc>>,
    /// The newest matches, or the nearest.
    pub newest: Vec<Sighting>,
}

/// One value of a subject's field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownValue {
    /// The value.
    pub value: String,
    /// On how many documents.
    pub count: u64,
    /// When first.
    pub first_seen: DateTime<Utc>,
    /// When last.
    pub last_seen: DateTime<Utc>,
}

/// What a guest asked; as JSON `{"find-exact": {"name": …, "value": …}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Which documents bear this fingerprint.
    FindExact {
        /// Which fingerprint.
        name: String,
        /// Its value.
        value: String,
    },
    /// Which documents bear a fingerprint that differs in few bits.
    FindNear {
        /// Which fingerprint.
        name: String,
        /// Its 64 bits.
        bits: u64,
        /// How many of them may differ.
        max_distance: u8,
    },
    /// Which values a subject's field had.
    KnownValues {
        /// Whose field.
        subject: String,
        /// The field.
        field: String,
    },
}

/// What it was told; as JSON `{"sightings": …}`, `{"known-values": […]}` or `{"unavailable": "why"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Documents.
    Sightings(Sightings),
    /// Values of a field.
    KnownValues(Vec<KnownValue>),
    /// Why there was no answer.
    Unavailable(String),
}

/// One question of a guest with the host's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAnswer {
    /// What it asked.
    pub question: Question,
    /// What it was told.
    pub answer: Told,
}
