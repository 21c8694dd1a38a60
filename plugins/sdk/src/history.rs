//! What the host remembers of the same client's earlier documents. A plugin that calls anything here imports
//! `history` and needs that permission in its manifest; one that does not, does not.
//!
//! Run natively, in a plugin's own tests, the `testing::Host` answers, and without one every question is answered
//! `unavailable`.

pub use crate::bindings::validator::assay::plugin::history::{HistoryError, KnownValue, Sighting, Sightings};
use crate::{ExactFingerprint, NearFingerprint};

#[cfg(target_family = "wasm")]
use crate::bindings::validator::assay::plugin::history as host;
#[cfg(not(target_family = "wasm"))]
use native as host;

/// Which documents bear the exact fingerprint.
pub fn find_exact(name: &str, value: &str) -> Result<Sightings, HistoryError> {
    host::find_exact(&ExactFingerprint {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

/// Which documents bear a fingerprint that differs in at most `max_distance` bits (16 at most), nearest first.
pub fn find_near(name: &str, bits: u64, max_distance: u8) -> Result<Sightings, HistoryError> {
    host::find_near(
        &NearFingerprint {
            name: name.to_owned(),
            bits,
        },
        max_distance,
    )
}

/// Which values a subject's field had, most frequent first, at most 64.
pub fn known_values(subject: &str, field: &str) -> Result<Vec<KnownValue>, HistoryError> {
    host::known_values(subject, field)
}

#[cfg(not(target_family = "wasm"))]
mod native {
    use super::{ExactFingerprint, HistoryError, KnownValue, NearFingerprint, Sightings};
    use crate::testing::host::ask;

    pub(super) fn find_exact(asked: &ExactFingerprint) -> Result<Sightings, HistoryError> {
        ask(|memory| memory.find_exact(asked))
    }

    pub(super) fn find_near(asked: &NearFingerprint, most: u8) -> Result<Sightings, HistoryError> {
        ask(|memory| memory.find_near(asked, most))
    }

    pub(super) fn known_values(subject: &str, field: &str) -> Result<Vec<KnownValue>, HistoryError> {
        ask(|memory| memory.known_values(subject, field))
    }
}
