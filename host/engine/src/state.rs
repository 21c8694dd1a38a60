//! What one call holds in its store.
//!
//! Invariant: made per call, dropped with it; nothing in it outlives the call but the log and the usage.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use assay_domain::manifest::Permission;
use assay_domain::{Digest, Limits, Phase, Usage};
use chrono::{DateTime, Utc};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;

use crate::CallContext;
use crate::capability::history::Answers;
use crate::capability::log::Log;
use crate::limits::{Budget, HANDLES, answer_bytes};
use crate::port::History;
use crate::wasi::{Random, VirtualClock};

/// What random numbers are made from while a guest prepares.
static PREPARING: LazyLock<Digest> = LazyLock::new(|| Digest::of(b"assay prepare"));

pub(crate) struct State {
    pub(crate) budget: Budget,
    pub(crate) table: ResourceTable,
    /// Without any directory; the interface that needs it is linked because every Rust guest imports it.
    pub(crate) files: WasiFilesystemCtx,
    pub(crate) log: Arc<Mutex<Log>>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) random: Random,
    pub(crate) received: DateTime<Utc>,
    /// None while the guest prepares and when the call has none.
    pub(crate) history: Option<Arc<dyn History>>,
    pub(crate) history_granted: bool,
    pub(crate) answers: Answers,
    pub(crate) progress: Progress,
    call: Option<Begins>,
}

/// What a guest gets to see only once it has prepared.
struct Begins {
    seed: Digest,
    received: DateTime<Utc>,
    history: Option<Arc<dyn History>>,
}

impl State {
    pub(crate) fn new(
        context: &CallContext<'_>,
        limits: &Limits,
        budget: Budget,
        progress: Progress,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        Self {
            budget,
            table,
            files: WasiFilesystemCtx::default(),
            log: Arc::new(Mutex::new(Log::new(limits.log_bytes))),
            clock: Arc::default(),
            random: Random::new(*PREPARING),
            received: DateTime::UNIX_EPOCH,
            history: None,
            call: Some(Begins {
                seed: context.seed,
                received: context.received,
                history: context.history.clone(),
            }),
            history_granted: context.granted.contains(&Permission::History),
            answers: Answers::new(limits.host_calls, answer_bytes(limits)),
            progress,
        }
    }

    /// Ends preparing: from here on the guest sees this call's time, randomness and history. Before, it sees what is the
    /// same for all calls, so that what it keeps from preparing is the same too.
    pub(crate) fn begin(&mut self) {
        if let Some(call) = self.call.take() {
            self.random = Random::new(call.seed);
            self.received = call.received;
            self.history = call.history;
            self.clock.restart();
        }
        self.progress.enter(Phase::Call);
    }

    pub(crate) fn is_preparing(&self) -> bool {
        self.call.is_some()
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        locked(&self.log)
    }
}

/// A log is whole after every line, so a panic elsewhere does not spoil it.
pub(crate) fn locked(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a call is and how long each part took.
#[derive(Debug)]
pub(crate) struct Progress {
    phase: Phase,
    since: Instant,
    in_host: Option<Instant>,
    pub(crate) usage: Usage,
}

impl Progress {
    pub(crate) fn start(phase: Phase) -> Self {
        Self {
            phase,
            since: Instant::now(),
            in_host: None,
            usage: Usage::default(),
        }
    }

    /// Ends the current phase and begins the next.
    pub(crate) fn enter(&mut self, phase: Phase) {
        let now = Instant::now();
        let spent = micros(now - self.since);
        let field = match self.phase {
            Phase::Queue => &mut self.usage.queue_us,
            Phase::Load => &mut self.usage.load_us,
            Phase::Instantiate => &mut self.usage.instantiate_us,
            Phase::Prepare => &mut self.usage.prepare_us,
            Phase::Call | Phase::HostCall => &mut self.usage.call_us,
            Phase::Result => &mut self.usage.result_us,
        };
        *field += spent;
        self.phase = phase;
        self.since = now;
    }

    pub(crate) fn enter_host(&mut self) {
        self.usage.host_calls += 1;
        self.in_host = Some(Instant::now());
    }

    pub(crate) fn leave_host(&mut self) {
        if let Some(since) = self.in_host.take() {
            self.usage.host_us += micros(since.elapsed());
        }
    }

    /// The phase to name: a host call that is under way is one of its own.
    pub(crate) fn phase(&self) -> Phase {
        if self.in_host.is_some() {
            Phase::HostCall
        } else {
            self.phase
        }
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
