//! What was used last, kept in memory up to a number of entries.
//!
//! Invariant: nothing is decided by what is kept alone; whoever uses it looks again in the transaction that decides.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

/// A bounded map; what was not used for longest makes room.
#[derive(Debug)]
pub(crate) struct Recent<K: Hash + Eq, V>(Mutex<LruCache<K, V>>);

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    /// Keeps at most this many.
    pub(crate) fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(capacity)))
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).cloned()
    }

    /// What is kept, the most recent first.
    pub(crate) fn keys(&self) -> Vec<K>
    where
        K: Clone,
    {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn put(&self, key: K, value: V) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What made room may be large, and is dropped with the lock open.
        let out = kept.push(key, value);
        drop(kept);
        drop(out);
    }
}
