//! Who goes next: places among the submissions that are worked on, shared between the clients by weight.
//!
//! Invariants: a client that waits gets its share whatever the others send, in the order of the time that was spent on
//! each (stride scheduling, divided by weight); as long as another client has been active within the last moment, no
//! client holds more than a few places; nobody waits without bound, and who is turned away is told when it will be its
//! turn.
//! Handing a place over takes time in proportion to the logarithm of how many clients wait.
//! Deliberately absent: other hosts, which have queues of their own over the same clients.

mod line;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assay_domain::ClientId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use line::Line;
use state::State;

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
        let waiting = {
            let mut state = self.state();
            let now = Instant::now();
            state.arrive(client, now, &self.limits);
            if let Some(retry_after) = state.overspent(client, now, &self.limits) {
                return Err(refused(OverloadReason::GuestTime, retry_after));
            }
            let ahead = state.waiting(client);
            if ahead == 0 && state.may_run(client, now, &self.limits) {
                state.start(client);
                return Ok(self.granted(client));
            }
            // Nobody waits in vain for a turn that is not to be expected in time.
            let in_vain = ahead > 0 && state.expected(client, now, &self.limits) > self.limits.wait;
            if in_vain || ahead >= self.limits.waiting {
                let retry_after = state.promise(client, now, &self.limits);
                return Err(refused(OverloadReason::Waiting, retry_after));
            }
            let (turn, when) = oneshot::channel();
            state.change(client, |line| line.wait(turn));
            Waiting {
                queue: Arc::clone(self),
                client,
                when: Some(when),
            }
        };
        waiting.until(self.limits.wait).await.ok_or_else(|| {
            let retry_after = self.state().promise(client, Instant::now(), &self.limits);
            refused(OverloadReason::Waited, retry_after)
        })
    }

    /// Whether a submission of the client would be turned away at once: asked before anything is done for it.
    pub(crate) fn turns_away(&self, client: ClientId) -> Option<Overloaded> {
        let mut state = self.state();
        if !state.knows(client) {
            return None;
        }
        let now = Instant::now();
        if let Some(retry_after) = state.overspent(client, now, &self.limits) {
            return Some(refused(OverloadReason::GuestTime, retry_after));
        }
        let waiting = state.waiting(client);
        let full = waiting >= self.limits.waiting && waiting > 0;
        full.then(|| refused(OverloadReason::Waiting, state.promise(client, now, &self.limits)))
    }

    /// How much of the places and the budget a client gets, beside others.
    pub(crate) fn weigh(&self, client: ClientId, weight: u32) {
        let mut state = self.state();
        if state.knows(client) {
            state.change(client, |line| line.weight = weight.max(1));
        }
    }

    /// Takes time that its plugins ran from a client's budget.
    pub(crate) fn spend(&self, client: ClientId, time: Duration) {
        let mut state = self.state();
        if state.knows(client) {
            state.change(client, |line| line.spend(time));
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
            let Some(turn) = state.change(next, Line::first) else {
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

/// One that waits for its turn; dropped, it leaves the line.
#[derive(Debug)]
struct Waiting {
    queue: Arc<Queue>,
    client: ClientId,
    when: Option<oneshot::Receiver<Place>>,
}

impl Waiting {
    async fn until(mut self, wait: Duration) -> Option<Place> {
        let when = self.when.as_mut()?;
        tokio::time::timeout(wait, when).await.ok()?.ok()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Before the lock is taken: a place that it was given a moment ago goes back through it.
        drop(self.when.take());
        let mut state = self.queue.state();
        if state.knows(self.client) {
            state.change(self.client, Line::forget_who_left);
        }
    }
}

fn refused(reason: OverloadReason, retry_after: Duration) -> Overloaded {
    Overloaded { reason, retry_after }
}

#[cfg(test)]
mod tests;
