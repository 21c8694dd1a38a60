//! One call: permit, fresh instance, typed call, classification.
//!
//! Invariant: whatever the guest does, the call ends soon after its deadline, with one outcome, and leaves nothing behind:
//! its store is dropped. Deliberately absent: the fair queue between tenants, whose place the permit is, and how a
//! snapshot is made that an instance may start from.

use std::sync::Arc;
use std::time::Instant;

use assay_domain::manifest::Permission;
use assay_domain::{Digest, ErrorCode, Failure, HostAnswer, Limits, LogLine, Outcome, Phase, Usage};
use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::InstancePre;
use wasmtime::{Store, UpdateDeadline};

use crate::classify::{self, Stop};
use crate::engine::Shared;
use crate::job::{Job, Said};
use crate::limits::{Budget, HANDLES, copy_bytes};
use crate::port::History;
use crate::state::{Progress, State};

/// What a call is given besides its input.
#[derive(Clone)]
pub struct CallContext<'a> {
    /// What it may use up, held to the engine's maximum. `deadline_ms` is for whoever sets `deadline`.
    pub limits: Limits,
    /// What the guest's wall clock shows.
    pub received: DateTime<Utc>,
    /// When the call is over, whatever it is doing.
    pub deadline: tokio::time::Instant,
    /// What the guest's random numbers are made from: the input's digest.
    pub seed: Digest,
    /// Who answers `history`.
    pub history: Option<Arc<dyn History>>,
    /// What this call is granted. A guest that asks for more gets `denied`.
    pub granted: &'a [Permission],
}

impl std::fmt::Debug for CallContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallContext")
            .field("limits", &self.limits)
            .field("received", &self.received)
            .field("seed", &self.seed)
            .field("granted", &self.granted)
            .finish_non_exhaustive()
    }
}

/// A document for an extractor.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The bytes.
    pub content: &'a [u8],
    /// The media type (RFC 9110).
    pub media_type: &'a str,
    /// The file's name: the sender's word, for messages only.
    pub name: Option<&'a str>,
}

/// How a call went.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<T> {
    /// How it ended.
    pub outcome: Outcome<T>,
    /// What it used up.
    pub usage: Usage,
    /// What the guest logged and printed, in order.
    pub log: Vec<LogLine>,
    /// What the host answered the guest, in order.
    pub host_answers: Vec<HostAnswer>,
    /// The result as JSON, always the same bytes for the same result; of a plugin's own error its case and message;
    /// empty when the call failed.
    pub output: Vec<u8>,
}

impl<T> Call<T> {
    /// Whether replaying the call gives the same: not when it ran into its deadline or into a busy host.
    pub fn is_replayable(&self) -> bool {
        let Outcome::Failed(failure) = &self.outcome else {
            return true;
        };
        !matches!(failure.code, ErrorCode::Deadline | ErrorCode::Unavailable)
    }

    pub(crate) fn refused(message: String) -> Self {
        let failure = Failure {
            code: ErrorCode::Refused,
            phase: Phase::Load,
            message,
            backtrace: Vec::new(),
        };
        Self::failed(failure, Usage::default())
    }

    fn failed(failure: Failure, usage: Usage) -> Self {
        Self {
            outcome: Outcome::Failed(failure),
            usage,
            log: Vec::new(),
            host_answers: Vec::new(),
            output: Vec::new(),
        }
    }
}

/// Runs one job on a fresh instance.
pub(crate) async fn run<J: Job>(
    shared: &Shared,
    instance: &InstancePre<State>,
    context: &CallContext<'_>,
    job: J,
) -> Call<J::Done> {
    let mut progress = Progress::start(Phase::Queue);
    let Some(permit) = permit(&shared.calls, context.deadline).await else {
        progress.enter(Phase::Queue);
        return Call::failed(classify::deadline(Phase::Queue), progress.usage);
    };
    progress.enter(Phase::Instantiate);

    let running = shared.ticker.enter();
    let limits = within(context.limits, &shared.options.maximum);
    let mut store = store(shared, &limits, context, progress);
    let work = work(&mut store, instance, &job);
    let ended = match tokio::time::timeout_at(context.deadline, work).await {
        Ok(ended) => ended.map_err(|error| classify::failure(&error, store.data().progress.phase())),
        Err(_) => Err(classify::deadline(store.data().progress.phase())),
    };
    let burnt = |most: u64| store.get_fuel().map_or(0, |left| most.saturating_sub(left));
    let fuel = shared.options.fuel.map(burnt);
    // Dropping the store is part of the call: its memory is still in use until then.
    let mut state = store.into_data();
    state.progress.usage.fuel = fuel;
    drop((running, permit));
    finish::<J>(state, ended, &limits, context.deadline)
}

/// A store for a guest that prepares and is not asked anything.
pub(crate) fn preparing(shared: &Shared, limits: &Limits, deadline: tokio::time::Instant) -> Store<State> {
    let context = CallContext {
        limits: *limits,
        received: DateTime::UNIX_EPOCH,
        deadline,
        seed: Digest::of(&[]),
        history: None,
        granted: &[],
    };
    store(shared, limits, &context, Progress::start(Phase::Instantiate))
}

/// A place among the calls that run at the same time, or none by the deadline.
async fn permit(calls: &Semaphore, deadline: tokio::time::Instant) -> Option<SemaphorePermit<'_>> {
    let permit = match calls.try_acquire() {
        Ok(permit) => permit,
        Err(_) => tokio::time::timeout_at(deadline, calls.acquire())
            .await
            .ok()?
            .ok()?,
    };
    (Instant::now() < deadline.into_std()).then_some(permit)
}

fn within(limits: Limits, maximum: &Limits) -> Limits {
    Limits {
        deadline_ms: limits.deadline_ms.min(maximum.deadline_ms),
        memory_bytes: limits.memory_bytes.min(maximum.memory_bytes),
        output_bytes: limits.output_bytes.min(maximum.output_bytes),
        output_items: limits.output_items.min(maximum.output_items),
        log_bytes: limits.log_bytes.min(maximum.log_bytes),
        host_calls: limits.host_calls.min(maximum.host_calls),
    }
}

fn store(shared: &Shared, limits: &Limits, context: &CallContext<'_>, progress: Progress) -> Store<State> {
    let state = State::new(context, limits, Budget::new(limits), progress);
    let mut store = Store::new(&shared.engine, state);
    store.limiter(|state| &mut state.budget);
    store.set_hostcall_fuel(usize::try_from(copy_bytes(limits)).unwrap_or(usize::MAX));
    store.set_max_component_handles(HANDLES);
    if let Some(fuel) = shared.options.fuel {
        // Fails only in an engine that does not count it.
        store.set_fuel(fuel).ok();
    }
    let deadline = context.deadline.into_std();
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if Instant::now() >= deadline {
            return Err(Stop::Deadline.into());
        }
        Ok(UpdateDeadline::Yield(1))
    });
    store
}

async fn work<J: Job>(
    store: &mut Store<State>,
    instance: &InstancePre<State>,
    job: &J,
) -> wasmtime::Result<Said<J::Raw>> {
    let instance = instance.instantiate_async(&mut *store).await?;
    job.run(store, &instance).await
}

fn finish<J: Job>(
    mut state: State,
    ended: Result<Said<J::Raw>, Failure>,
    limits: &Limits,
    deadline: tokio::time::Instant,
) -> Call<J::Done> {
    let ended = ended.and_then(|said| {
        state.progress.enter(Phase::Result);
        checked::<J>(said, limits)
    });
    let last = state.progress.phase();
    state.progress.enter(last);
    state.progress.leave_host();
    let late = Instant::now() >= deadline.into_std();
    let (outcome, output) = match ended {
        Ok(_) if late => (Outcome::Failed(classify::deadline(Phase::Result)), Vec::new()),
        Ok(done) => done,
        Err(failure) => (Outcome::Failed(failure), Vec::new()),
    };
    let (log, cut) = state.log().finish();
    let usage = Usage {
        peak_memory_bytes: state.budget.peak(),
        output_bytes: output.len() as u64,
        log_lines: u32::try_from(log.len()).unwrap_or(u32::MAX),
        log_bytes_cut: cut,
        ..state.progress.usage
    };
    Call {
        outcome,
        usage,
        log,
        host_answers: state.answers.given,
        output,
    }
}

fn checked<J: Job>(said: Said<J::Raw>, limits: &Limits) -> Result<(Outcome<J::Done>, Vec<u8>), Failure> {
    let bad = |message: String| Failure {
        code: ErrorCode::BadOutput,
        phase: Phase::Result,
        message: crate::escape::message(message),
        backtrace: Vec::new(),
    };
    let (outcome, output) = match said {
        Said::Declined(case, message) => {
            let output = serde_json::json!({ "case": case, "message": message.as_str() });
            let case = case.to_owned();
            (Outcome::Declined { case, message }, serde_json::to_vec(&output))
        }
        Said::Done(raw) => {
            let done = J::check(raw, limits).map_err(|error| bad(error.0))?;
            let output = J::output(&done);
            (Outcome::Done(done), output)
        }
    };
    let output = output.map_err(|error| bad(format!("the result is not JSON: {error}")))?;
    if output.len() as u64 > limits.output_bytes {
        let (bytes, most) = (output.len(), limits.output_bytes);
        return Err(bad(format!(
            "the result has {bytes} bytes as JSON; `output_bytes` allows {most}"
        )));
    }
    Ok((outcome, output))
}
