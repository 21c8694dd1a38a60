//! One client's line: who waits, what it has had, and its budget.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Place, QueueLimits};

/// What a submission is taken to need before any of the client's is done.
const USUAL: Duration = Duration::from_millis(20);

/// How far ahead those are told apart who are told to come back.
const MOST_PROMISED: Duration = Duration::from_mins(1);

/// By how much virtual time is finer than microseconds: so that dividing by a weight keeps some digits.
const SCALE: u64 = 64;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) weight: u32,
    pub(super) running: usize,
    turns: VecDeque<oneshot::Sender<Place>>,
    /// What it has had, divided by its weight.
    spent: u64,
    /// How long its submissions usually take.
    usual: Duration,
    last_here: Option<Instant>,
    /// Until when those have their turns who were told to come back.
    promised: Option<Instant>,
    /// How far its plugins overran the budget, which shrinks with time.
    overspent: Duration,
    /// When `overspent` was right.
    as_of: Option<Instant>,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            weight: 1,
            running: 0,
            turns: VecDeque::new(),
            spent: 0,
            usual: USUAL,
            last_here: None,
            promised: None,
            overspent: Duration::ZERO,
            as_of: None,
        }
    }
}

impl Line {
    /// Who comes after having been away has saved nothing up.
    pub(super) fn arrive(&mut self, now: Instant, virtual_now: u64) {
        if self.is_idle() {
            self.spent = self.spent.max(virtual_now);
        }
        self.last_here = Some(now);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running == 0 && self.turns.is_empty()
    }

    pub(super) fn is_active(&self, now: Instant, within: Duration) -> bool {
        !self.is_idle() || self.last_here.is_some_and(|here| now - here < within)
    }

    /// Whether nothing is lost when it is dropped.
    pub(super) fn is_forgettable(&mut self, now: Instant, within: Duration, limits: &QueueLimits) -> bool {
        !self.is_active(now, within) && self.settle(now, limits).is_zero()
    }

    pub(super) fn waiting(&self) -> usize {
        self.turns.len()
    }

    pub(super) fn wait(&mut self, turn: oneshot::Sender<Place>) {
        self.turns.push_back(turn);
    }

    pub(super) fn first(&mut self) -> Option<oneshot::Sender<Place>> {
        self.turns.pop_front()
    }

    pub(super) fn forget_who_left(&mut self) {
        self.turns.retain(|turn| !turn.is_closed());
    }

    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    pub(super) fn usual(&self) -> Duration {
        self.usual
    }

    /// When the next one is to come back of those who are turned away: one of them each time that there is a turn.
    pub(super) fn promise(&mut self, now: Instant, soonest: Duration, each: Duration) -> Duration {
        let promised = self.promised.map_or(Duration::ZERO, |promised| promised - now);
        let next = promised.max(soonest).saturating_add(each);
        // Who does not come back, or asks all the time, does not send the others away for long.
        let next = next.min(MOST_PROMISED.max(soonest.saturating_add(each)));
        self.promised = now.checked_add(next);
        next
    }

    fn share(&self, time: Duration) -> u64 {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX / SCALE);
        micros.saturating_mul(SCALE) / u64::from(self.weight)
    }

    /// Takes what is usual on account, and returns the virtual time at which it started.
    pub(super) fn start(&mut self) -> u64 {
        let started = self.spent;
        self.running += 1;
        self.spent = self.spent.saturating_add(self.share(self.usual));
        started
    }

    /// Settles the account: what was taken is what was held.
    pub(super) fn finish(&mut self, held: Duration, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.last_here = Some(now);
        let (taken, had) = (self.share(self.usual), self.share(held));
        self.spent = self.spent.saturating_add(had).saturating_sub(taken);
        self.usual = (self.usual * 7 + held) / 8;
    }

    /// As if it had not started.
    pub(super) fn take_back(&mut self) {
        self.running = self.running.saturating_sub(1);
        self.spent = self.spent.saturating_sub(self.share(self.usual));
    }

    pub(super) fn spend(&mut self, time: Duration) {
        self.overspent = self.overspent.saturating_add(time);
    }

    /// What is left of the time spent after what was granted since.
    fn settle(&mut self, now: Instant, limits: &QueueLimits) -> Duration {
        let since = self.as_of.map_or(Duration::ZERO, |as_of| now - as_of);
        self.as_of = Some(now);
        let granted = limits.guest_time.as_secs_f64() * f64::from(self.weight) * since.as_secs_f64();
        let granted = Duration::try_from_secs_f64(granted).unwrap_or(Duration::MAX);
        self.overspent = self.overspent.saturating_sub(granted);
        self.overspent
    }

    /// When the budget suffices again; none when it does.
    pub(super) fn overspent(&mut self, now: Instant, limits: &QueueLimits) -> Option<Duration> {
        let burst = limits.guest_time_burst.saturating_mul(self.weight);
        let over = self.settle(now, limits).checked_sub(burst)?;
        let rate = limits.guest_time.as_secs_f64() * f64::from(self.weight);
        let wait = Duration::try_from_secs_f64(over.as_secs_f64() / rate).unwrap_or(Duration::MAX);
        (!over.is_zero()).then_some(wait)
    }
}
