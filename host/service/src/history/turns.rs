//! Who stores next of those that depend on the same part of a history.
//!
//! Invariants: this only saves work and connections; the locks in the database decide. Who finds its answers changed
//! keeps its turn, so that judging it once more is enough as long as no other host comes in between. Of one host's
//! nobody waits for another one's of the same host with a connection in hand, and few for those of other hosts: the
//! connections are there for whoever can use one.

use std::collections::BTreeSet;

use assay_domain::ClientId;
use assay_store::history::HistoryLocks;
use assay_store::{Store, StoreError, Tx};
use tokio::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore};

const PLACES: u64 = 16_384;

/// Places of whole histories.
const WHOLES: u64 = 1_024;

/// One place for every part and every whole, some share one.
#[derive(Debug)]
pub(crate) struct Turns {
    parts: Vec<Mutex<()>>,
    wholes: Vec<RwLock<()>>,
    /// Where one of a client's waits for other hosts.
    waits: Vec<Mutex<()>>,
    /// How many wait for other hosts, each with a connection.
    waiting: Semaphore,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _whole: Option<Whole<'a>>,
    _parts: Vec<MutexGuard<'a, ()>>,
}

#[derive(Debug)]
enum Whole<'a> {
    Shared { _guard: RwLockReadGuard<'a, ()> },
    Alone { _guard: RwLockWriteGuard<'a, ()> },
}

fn place(key: i64, places: u64) -> Option<usize> {
    usize::try_from(key.unsigned_abs() % places).ok()
}

impl Turns {
    /// For a host with that many connections: a quarter of them may wait for other hosts.
    pub(crate) fn new(connections: u32) -> Self {
        Self {
            parts: (0..PLACES).map(|_| Mutex::default()).collect(),
            wholes: (0..WHOLES).map(|_| RwLock::default()).collect(),
            waits: (0..WHOLES).map(|_| Mutex::default()).collect(),
            waiting: Semaphore::new(usize::try_from(connections / 4).unwrap_or(1).max(1)),
        }
    }

    /// Waits until nobody else on this host is about to store something that depends on the same parts. In order, so that
    /// nobody waits in a circle.
    pub(crate) async fn wait(&self, locks: &HistoryLocks) -> Turn<'_> {
        let whole = place(locks.whole(), WHOLES).and_then(|place| self.wholes.get(place));
        let whole = match whole.filter(|_| !locks.is_empty()) {
            Some(whole) if locks.is_whole() => Some(Whole::Alone {
                _guard: whole.write().await,
            }),
            Some(whole) => Some(Whole::Shared {
                _guard: whole.read().await,
            }),
            None => None,
        };
        let places: BTreeSet<usize> = locks.parts().filter_map(|key| place(key, PLACES)).collect();
        let mut parts = Vec::with_capacity(places.len());
        for place in places.into_iter().filter_map(|place| self.parts.get(place)) {
            parts.push(place.lock().await);
        }
        Turn {
            _whole: whole,
            _parts: parts,
        }
    }

    /// A transaction of the client's that has the locks.
    pub(crate) async fn begin(
        &self,
        store: &Store,
        client: ClientId,
        locks: &HistoryLocks,
    ) -> Result<Tx, StoreError> {
        let mut tx = store.begin(client).await?;
        if tx.try_lock_history(locks).await? {
            return Ok(tx);
        }
        // Another host has some of them.
        tx.rollback().await?;
        let waits = place(locks.whole(), WHOLES).and_then(|place| self.waits.get(place));
        let _of_client = match waits {
            Some(waits) => Some(waits.lock().await),
            None => None,
        };
        // Never closed.
        let _waiting = self.waiting.acquire().await.ok();
        let mut tx = store.begin(client).await?;
        tx.lock_history(locks).await?;
        Ok(tx)
    }
}

#[cfg(test)]
mod tests;
