//! What is held in memory at one time, shared between clients: bodies that arrive and submissions that wait or are worked
//! on; uploads of components.
//!
//! Invariant: nobody holds more than is left for all the others. One alone gets half of it, two get a third each; who
//! holds nothing gets a share as long as there is one. Taken before a body is read, a share covers its bytes until
//! they are dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_domain::ClientId;

/// Whose: none is the platform.
type Who = Option<ClientId>;

/// All there is to share.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    of: HashMap<Who, usize>,
}

/// One share, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    of: Arc<Shares>,
    who: Who,
}

impl Shares {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: Mutex::default(),
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A share for somebody; none when that one holds as much as is left, or nothing is.
    pub(crate) fn take(self: &Arc<Self>, who: Who) -> Option<Share> {
        let mut held = self.held();
        let own = held.of.get(&who).copied().unwrap_or_default();
        if own >= self.most.saturating_sub(held.all) {
            return None;
        }
        held.all += 1;
        held.of.insert(who, own + 1);
        Some(Share {
            of: Arc::clone(self),
            who,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.of.held();
        held.all = held.all.saturating_sub(1);
        if let Some(own) = held.of.get_mut(&self.who) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                held.of.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests;
