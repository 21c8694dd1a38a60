//! What a submission needs to be judged, as this host last read it from the database: for trials, which store nothing
//! and so need no transaction, and for submissions, whose transaction compares what it was decided from.
//!
//! Invariant: nothing is stored that was decided from what is not so any more: a submission asks for the state in the
//! transaction that pins, and where it is another one, reads all of it again. Memory follows the database and never leads it. Every change that could matter is heard (`follow`), and
//! then all of it is forgotten; what was read before a change was heard is not kept after; while the connection that
//! hears is lost, nothing is answered from here. So a trial is behind by a notification's way at most.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_domain::{ClientId, Configuration, ConfigurationDraft, PluginName, ProcessTypeId, World};
use assay_store::admissions::AdmissionState;
use assay_store::clients::Tier;
use lru::LruCache;

use crate::plan::Chosen;

/// Of whom, and what is submitted.
pub(crate) type Kind = (ClientId, ProcessTypeId);

/// How a client's submissions of a type are judged now.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) chosen: Arc<[Chosen]>,
    pub(crate) tier: Tier,
    /// What it was decided from.
    pub(crate) state: AdmissionState,
}

/// The plugins that submissions under a configuration are judged by.
pub(crate) fn names(draft: &ConfigurationDraft) -> Vec<PluginName> {
    let plugins = draft.plugins().into_iter();
    let used = plugins.filter(|(world, _)| *world != World::Scorer || draft.enable_fraud_detection);
    used.map(|(_, choice)| choice.plugin_name).collect()
}

/// What was read lately.
#[derive(Debug)]
pub(crate) struct Admissions(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Counts what was heard.
    epoch: u64,
    /// Whether changes are heard.
    follows: bool,
    kept: LruCache<Kind, Arc<Admission>>,
}

impl Admissions {
    /// Keeps at most this many.
    pub(crate) fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(State {
            epoch: 0,
            follows: false,
            kept: LruCache::new(capacity),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a kind, if it can be relied on.
    pub(crate) fn get(&self, kind: &Kind) -> Option<Arc<Admission>> {
        let mut state = self.state();
        if !state.follows {
            return None;
        }
        state.kept.get(kind).cloned()
    }

    /// To be asked for before something is read that is to be kept.
    pub(crate) fn epoch(&self) -> u64 {
        self.state().epoch
    }

    /// Keeps what was read since `epoch`, unless something has changed meanwhile.
    pub(crate) fn put(&self, epoch: u64, kind: Kind, admission: Admission) {
        let mut state = self.state();
        if state.follows && state.epoch == epoch {
            state.kept.put(kind, Arc::new(admission));
        }
    }

    /// Something has changed: all of it may have.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.epoch += 1;
        state.kept.clear();
    }

    /// Whether changes are heard from now on.
    pub(crate) fn follows(&self, follows: bool) {
        self.forget();
        self.state().follows = follows;
    }
}
