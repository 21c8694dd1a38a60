//! What a guest may ask the host for, declared here and implemented above, and the record of what it was told.
//!
//! Invariant: a call's answers are all that it learns from outside of what it was given, so that a replay that plays
//! them back gives the same. What a call's own grant, arguments or limits decide (denied, invalid, exhausted) is no
//! answer and is not recorded.

use std::future::Future;
use std::pin::Pin;

use assay_domain::{DocumentId, ProcessId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the host remembers of the same client's earlier documents, as of the call's received time.
///
/// The future must not be tied to the caller: a call that ends at its deadline drops it. What must not be cut short (a
/// database transaction) runs on a task of its own.
pub trait History: Send + Sync {
    /// Documents that bear this fingerprint; `newest` holds at most 16.
    fn find_exact(&self, name: String, value: String) -> Answer<Sightings>;

    /// Documents whose fingerprint differs in at most `max_distance` of 64 bits, nearest first, at most 16 of them listed.
    fn find_near(&self, name: String, bits: u64, max_distance: u8) -> Answer<Sightings>;

    /// The values that a subject's field had, most frequent first, at most 64.
    fn known_values(&self, subject: String, field: String) -> Answer<Vec<KnownValue>>;
}

/// An answer that takes its time.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, HistoryUnavailable>> + Send>>;

/// The history can't be asked now. The guest sees the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HistoryUnavailable(pub String);

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
    /// See [`History::find_exact`].
    FindExact {
        /// Which fingerprint.
        name: String,
        /// Its value.
        value: String,
    },
    /// See [`History::find_near`].
    FindNear {
        /// Which fingerprint.
        name: String,
        /// Its 64 bits.
        bits: u64,
        /// How many of them may differ.
        max_distance: u8,
    },
    /// See [`History::known_values`].
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
