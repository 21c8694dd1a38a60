//! Who stores next of those on this host that depend on the same part of a history.
//!
//! Invariant: this only saves work; the locks in the database decide. Who finds its answers changed keeps its turn, so that
//! judging it once more is enough as long as no other host comes in between.

use std::collections::BTreeSet;

use assay_store::history::HistoryLocks;
use tokio::sync::{Mutex, MutexGuard};

const PLACES: u64 = 16_384;

/// One place for every part, some parts share one.
#[derive(Debug)]
pub(crate) struct Turns {
    places: Vec<Mutex<()>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Turns {
    /// Waits until nobody else on this host is about to store something that depends on the same parts. In order, so that
    /// nobody waits in a circle.
    pub(crate) async fn wait(&self, locks: &HistoryLocks) -> Vec<MutexGuard<'_, ()>> {
        let places: BTreeSet<usize> = locks
            .keys()
            .filter_map(|key| usize::try_from(key.unsigned_abs() % PLACES).ok())
            .collect();
        let mut turn = Vec::with_capacity(places.len());
        for place in places.into_iter().filter_map(|place| self.places.get(place)) {
            turn.push(place.lock().await);
        }
        turn
    }
}
