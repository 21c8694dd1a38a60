//! What a guest may ask the host for, declared here and implemented above.
//!
//! Invariant: a call's answers are all that it learns from outside of what it was given, so that a replay that plays
//! them back gives the same. What a call's own grant, arguments or limits decide (denied, invalid, exhausted) is no
//! answer and is not recorded.

use std::future::Future;
use std::pin::Pin;

use assay_domain::{KnownValue, Sightings};

/// What the host remembers of the same client's earlier documents: those that were stored before.
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
