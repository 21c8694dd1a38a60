//! Loaded plugins by digest.
//!
//! Invariant: at most so many, and so many bytes of code, are kept; the one that was not asked for longest goes first. A
//! call that runs keeps its plugin, whatever happens here.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_domain::Digest;
use lru::LruCache;
use tokio::sync::OnceCell;

use crate::load::Plugin;

/// Filled once, however many ask at the same time.
pub(super) type Slot = Arc<OnceCell<Arc<Plugin>>>;

pub(super) struct Plugins {
    most_bytes: u64,
    kept: Mutex<Kept>,
}

struct Kept {
    bytes: u64,
    slots: LruCache<Digest, Entry>,
}

#[derive(Default)]
struct Entry {
    slot: Slot,
    /// Bytes of its code, once it is filled.
    bytes: u64,
}

impl Plugins {
    pub(super) fn new(most: NonZeroUsize, most_bytes: u64) -> Self {
        Self {
            most_bytes,
            kept: Mutex::new(Kept {
                bytes: 0,
                slots: LruCache::new(most),
            }),
        }
    }

    pub(super) fn slot(&self, digest: Digest) -> Slot {
        let mut kept = self.kept();
        if let Some(entry) = kept.slots.get(&digest) {
            return Arc::clone(&entry.slot);
        }
        let entry = Entry::default();
        let slot = Arc::clone(&entry.slot);
        if let Some((_, dropped)) = kept.slots.push(digest, entry) {
            kept.bytes = kept.bytes.saturating_sub(dropped.bytes);
        }
        slot
    }

    /// A slot was filled; others may have to go. The one that is asked for now stays, however large it is.
    pub(super) fn filled(&self, digest: Digest, plugin: &Plugin) {
        let mut kept = self.kept();
        let Some(entry) = kept.slots.get_mut(&digest) else {
            return;
        };
        let was = std::mem::replace(&mut entry.bytes, plugin.code_bytes());
        kept.bytes = kept.bytes.saturating_sub(was).saturating_add(plugin.code_bytes());
        while kept.bytes > self.most_bytes && kept.slots.len() > 1 {
            let Some((_, dropped)) = kept.slots.pop_lru() else {
                return;
            };
            kept.bytes = kept.bytes.saturating_sub(dropped.bytes);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
