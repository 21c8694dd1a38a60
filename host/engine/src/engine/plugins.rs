//! Loaded plugins by digest.
//!
//! Invariant: at most [`MOST`] are kept; the one that was not asked for longest goes first. A call that runs keeps its
//! plugin, whatever happens here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use assay_domain::Digest;
use tokio::sync::OnceCell;

use crate::load::Plugin;

const MOST: usize = 256;

/// Filled once, however many ask at the same time.
pub(super) type Slot = Arc<OnceCell<Arc<Plugin>>>;

#[derive(Default)]
pub(super) struct Plugins {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    asked: u64,
    slots: HashMap<Digest, (Slot, u64)>,
}

impl Plugins {
    pub(super) fn slot(&self, digest: Digest) -> Slot {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        if kept.slots.len() >= MOST && !kept.slots.contains_key(&digest) {
            let oldest = kept
                .slots
                .iter()
                .min_by_key(|(_, (_, asked))| *asked)
                .map(|(digest, _)| *digest);
            oldest.and_then(|oldest| kept.slots.remove(&oldest));
        }
        let (slot, asked) = kept.slots.entry(digest).or_default();
        *asked = now;
        Arc::clone(slot)
    }
}
