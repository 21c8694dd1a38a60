//! Who goes next: places among the submissions that are worked on, shared between the clients by weight.
//!
//! Invariants: a client that waits gets its share whatever the others send, in the order of the time that was spent on
//! each (stride scheduling, divided by weight); as long as another client has been active within the last moment, no
//! client holds more than a few places; nobody waits without bound, and who is turned away is told when it will be its
//! turn.
//! Deliberately absent: other hosts, which have queues of their own over the same clients.

mod line;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_domain::ClientId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use line::Line;

/// How long a client counts as active after it was last here.
const ACTIVE: Duration = Duration::from_secs(2);

/// Lines of clients that are gone are looked for when there are this many.
const MANY: usize = 4_096;

/// Bounds on what is worked on and what waits.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Most submissions that are worked on at one time.
    pub places: usize,
    /// Most submissions of one client that are worked on at one time while another client is active: what the others
    /// find is a machine that has time for them.
    pub beside: usize,
    /// Most submissions of one client that wait.
    pub waiting: usize,
    /// How long one waits at most.
    pub wait: Duration,
    /// How much time in plugins a client of weight 1 may use per second of its life.
    pub guest_time: Duration,
    /// How much of it may be saved up and used at once.
    pub guest_time_burst: Duration,
}

impl Default for QueueLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cores = u32::try_from(cores).unwrap_or(1);
        Self {
            places: 8 * cores as usize,
            beside: cores as usize,
            waiting: 64,
            wait: Duration::from_secs(5),
            // All cores for one client: a bound to be lowered by whoever runs the host.
            guest_time: Duration::from_secs(1) * cores,
            guest_time_burst: Duration::from_mins(1) * cores,
        }
    }
}

/// Why there is too much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverloadReason {
    /// The host holds as many submissions as it can.
    #[error("this host has its hands full")]
    Host,
    /// As many of the client's submissions wait as may.
    #[error("too many submissions of this client wait already")]
    Waiting,
    /// It waited, and its turn did not come.
    #[error("the submission waited and its turn did not come")]
    Waited,
    /// The client's plugins ran for longer than its budget.
    #[error("the client's budget of time in plugins is used up")]
    GuestTime,
}

impl OverloadReason {
    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Waiting => "waiting",
            Self::Waited => "waited",
            Self::GuestTime => "guest-time",
        }
    }
}

/// There is too much to do. Nothing was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; try again in {} s", whole_seconds(.retry_after))]
pub struct Overloaded {
    /// Why.
    pub reason: OverloadReason,
    /// When it is likely to be taken.
    pub retry_after: Duration,
}

/// Up, and at least one: as `Retry-After` says it.
pub(crate) fn whole_seconds(time: &Duration) -> u64 {
    time.as_millis()
        .div_ceil(1_000)
        .max(1)
        .try_into()
        .unwrap_or(u64::MAX)
}

/// The queue of one host.
#[derive(Debug)]
pub(crate) struct Queue {
    limits: QueueLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    lines: HashMap<ClientId, Line>,
    /// The virtual time of who got the last place.
    now: u64,
}

/// A place among what is worked on, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// None once nobody took it.
    queue: Option<Arc<Queue>>,
    client: ClientId,
    since: Instant,
    /// Whether the time that it is held is taken from the client's budget when it ends like this.
    owes: bool,
}

impl Place {
    /// Should it end before it is known what plugins took, all the time counts.
    pub(crate) fn owe(&mut self) {
        self.owes = true;
    }

    /// What they took is known, and is taken from the budget otherwise.
    pub(crate) fn settle(&mut self) {
        self.owes = false;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            let held = self.since.elapsed();
            if self.owes {
                queue.spend(self.client, held);
            }
            queue.leave(self.client, held);
        }
    }
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Arc<Self> {
        let places = limits.places.max(1);
        Arc::new(Self {
            limits: QueueLimits {
                places,
                beside: limits.beside.clamp(1, places),
                ..limits
            },
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for the client: now, or when its turn comes. Who stops waiting leaves the line.
    pub(crate) async fn place(self: &Arc<Self>, client: ClientId) -> Result<Place, Overloaded> {
        let turn = {
            let mut state = self.state();
            let now = Instant::now();
            state.arrive(client, now, &self.limits);
            if let Some(retry_after) = state.line(client).overspent(now, &self.limits) {
                return Err(refused(OverloadReason::GuestTime, retry_after));
            }
            if state.line(client).is_empty() && state.may_run(client, now, &self.limits) {
                state.start(client);
                return Ok(self.granted(client));
            }
            if state.line(client).waiting() >= self.limits.waiting {
                let retry_after = state.expected(client, &self.limits);
                return Err(refused(OverloadReason::Waiting, retry_after));
            }
            let (turn, when) = oneshot::channel();
            state.line(client).wait(turn);
            when
        };
        if let Ok(Ok(place)) = tokio::time::timeout(self.limits.wait, turn).await {
            return Ok(place);
        }
        let retry_after = self.state().expected(client, &self.limits);
        Err(refused(OverloadReason::Waited, retry_after))
    }

    /// Whether a submission of the client would be turned away at once: asked before anything is done for it.
    pub(crate) fn turns_away(&self, client: ClientId) -> Option<Overloaded> {
        let mut state = self.state();
        if !state.lines.contains_key(&client) {
            return None;
        }
        let now = Instant::now();
        let line = state.line(client);
        if let Some(retry_after) = line.overspent(now, &self.limits) {
            return Some(refused(OverloadReason::GuestTime, retry_after));
        }
        line.forget_who_left();
        let full = line.waiting() >= self.limits.waiting && !line.is_empty();
        full.then(|| refused(OverloadReason::Waiting, state.expected(client, &self.limits)))
    }

    /// How much of the places and the budget a client gets, beside others.
    pub(crate) fn weigh(&self, client: ClientId, weight: u32) {
        if let Some(line) = self.state().lines.get_mut(&client) {
            line.weight = weight.max(1);
        }
    }

    /// Takes time that its plugins ran from a client's budget.
    pub(crate) fn spend(&self, client: ClientId, time: Duration) {
        if let Some(line) = self.state().lines.get_mut(&client) {
            line.spend(time);
        }
    }

    fn granted(self: &Arc<Self>, client: ClientId) -> Place {
        Place {
            queue: Some(Arc::clone(self)),
            client,
            since: Instant::now(),
            owes: false,
        }
    }

    /// Gives the place to whoever's turn it is.
    fn leave(self: &Arc<Self>, client: ClientId, held: Duration) {
        let mut state = self.state();
        let now = Instant::now();
        state.finish(client, held, now);
        while let Some(next) = state.next(now, &self.limits) {
            let Some(turn) = state.line(next).first() else {
                continue;
            };
            state.start(next);
            if let Err(mut unwanted) = turn.send(self.granted(next)) {
                // It stopped waiting just now. Dropping the place would come here again, with the lock held.
                unwanted.queue = None;
                state.take_back(next);
            }
        }
    }
}

fn refused(reason: OverloadReason, retry_after: Duration) -> Overloaded {
    Overloaded { reason, retry_after }
}

impl State {
    fn line(&mut self, client: ClientId) -> &mut Line {
        self.lines.entry(client).or_default()
    }

    fn arrive(&mut self, client: ClientId, now: Instant, limits: &QueueLimits) {
        if self.lines.len() >= MANY {
            self.lines
                .retain(|_, line| !line.is_forgettable(now, ACTIVE, limits));
        }
        let virtual_now = self.now;
        self.line(client).arrive(now, virtual_now);
    }

    fn may_run(&self, client: ClientId, now: Instant, limits: &QueueLimits) -> bool {
        let others = || {
            let mut others = self.lines.iter().filter(|(id, _)| **id != client);
            others.any(|(_, line)| line.is_active(now, ACTIVE))
        };
        let running = self.lines.get(&client).map_or(0, |line| line.running);
        self.running < limits.places && (running < limits.beside || !others())
    }

    fn start(&mut self, client: ClientId) {
        self.running += 1;
        self.now = self.line(client).start();
    }

    fn finish(&mut self, client: ClientId, held: Duration, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.line(client).finish(held, now);
    }

    fn take_back(&mut self, client: ClientId) {
        self.running = self.running.saturating_sub(1);
        self.line(client).take_back();
    }

    /// Who waits, may run, and had least for its weight.
    fn next(&mut self, now: Instant, limits: &QueueLimits) -> Option<ClientId> {
        if self.running >= limits.places {
            return None;
        }
        for line in self.lines.values_mut() {
            line.forget_who_left();
        }
        let waiting = self.lines.iter().filter(|(_, line)| !line.is_empty());
        let may = waiting.filter(|(client, _)| self.may_run(**client, now, limits));
        may.min_by_key(|(client, line)| (line.spent(), **client))
            .map(|(client, _)| *client)
    }

    /// When one more of the client's is likely to get its turn.
    fn expected(&mut self, client: ClientId, limits: &QueueLimits) -> Duration {
        let busy = self.lines.iter().filter(|(_, line)| !line.is_idle());
        let weights: u64 = busy
            .filter(|(id, _)| **id != client)
            .map(|(_, line)| u64::from(line.weight))
            .sum();
        let line = self.line(client);
        line.forget_who_left();
        let own = u64::from(line.weight);
        let ahead = u32::try_from(line.waiting() + 1).unwrap_or(u32::MAX);
        let places = u64::try_from(limits.places).unwrap_or(u64::MAX);
        // Its share of the places, in thousandths.
        let share = (places * own * 1_000 / (weights + own)).max(1);
        let work = line.usual().saturating_mul(ahead).as_micros();
        let micros = work.saturating_mul(1_000) / u128::from(share);
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
