//! All lines, and what is known of them together, so that nothing has to be looked for in all of them.
//!
//! Invariant: what is kept beside the lines is what they say; so a line is changed through [`State::change`] alone.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use assay_domain::ClientId;
use tokio::time::Instant;

use super::QueueLimits;
use super::line::Line;

/// How long a client counts as active after it was last here.
const ACTIVE: Duration = Duration::from_secs(2);

/// Lines of clients that are gone are looked for when there are this many, and again when there are twice as many as
/// were left.
pub(super) const MANY: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) running: usize,
    lines: HashMap<ClientId, Line>,
    /// Who waits, by what they have had for their weight.
    waiting: BTreeSet<(u64, ClientId)>,
    /// How many work or wait, and their weights together.
    busy: Busy,
    /// Who was here last, and the last one who is another.
    last: Option<Here>,
    other: Option<Here>,
    /// The virtual time of who got the last place.
    now: u64,
    /// At how many lines it is looked for those of clients that are gone; 0 is [`MANY`].
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Busy {
    lines: usize,
    weight: u64,
}

#[derive(Clone, Copy, Debug)]
struct Here {
    client: ClientId,
    at: Instant,
}

/// What is known of a line beside it.
struct Standing {
    spent: u64,
    waits: bool,
    busy: bool,
    weight: u64,
}

impl Standing {
    fn of(line: &Line) -> Self {
        Self {
            spent: line.spent(),
            waits: !line.is_empty(),
            busy: !line.is_idle(),
            weight: u64::from(line.weight),
        }
    }
}

impl State {
    /// Changes a client's line, which is made should there be none.
    pub(super) fn change<T>(&mut self, client: ClientId, change: impl FnOnce(&mut Line) -> T) -> T {
        let line = self.lines.entry(client).or_default();
        let before = Standing::of(line);
        let changed = change(line);
        let after = Standing::of(line);
        if before.waits {
            self.waiting.remove(&(before.spent, client));
        }
        if after.waits {
            self.waiting.insert((after.spent, client));
        }
        if before.busy {
            self.busy.lines = self.busy.lines.saturating_sub(1);
            self.busy.weight = self.busy.weight.saturating_sub(before.weight);
        }
        if after.busy {
            self.busy.lines += 1;
            self.busy.weight += after.weight;
        }
        changed
    }

    /// Whether there is anything to know of a client.
    pub(super) fn knows(&self, client: ClientId) -> bool {
        self.lines.contains_key(&client)
    }

    /// How many of a client's wait.
    pub(super) fn waiting(&self, client: ClientId) -> usize {
        self.lines.get(&client).map_or(0, Line::waiting)
    }

    /// When a client's budget suffices again; none when it does.
    pub(super) fn overspent(
        &mut self,
        client: ClientId,
        now: Instant,
        limits: &QueueLimits,
    ) -> Option<Duration> {
        self.change(client, |line| line.overspent(now, limits))
    }

    pub(super) fn arrive(&mut self, client: ClientId, now: Instant, limits: &QueueLimits) {
        if self.lines.len() >= self.sweep_at.max(MANY) {
            // They are idle: nothing is kept of them beside their lines.
            self.lines
                .retain(|_, line| !line.is_forgettable(now, ACTIVE, limits));
            self.sweep_at = self.lines.len() * 2;
        }
        let virtual_now = self.now;
        self.change(client, |line| line.arrive(now, virtual_now));
        self.is_here(client, now);
    }

    fn is_here(&mut self, client: ClientId, at: Instant) {
        if self.last.is_some_and(|last| last.client != client) {
            self.other = self.last;
        }
        self.last = Some(Here { client, at });
    }

    /// Whether another client is active.
    fn others(&self, client: ClientId, now: Instant) -> bool {
        let own = self.lines.get(&client).is_some_and(|line| !line.is_idle());
        let here = [self.last, self.other].into_iter().flatten();
        let another = here.filter(|here| here.client != client);
        self.busy.lines > usize::from(own) || another.into_iter().any(|here| now - here.at < ACTIVE)
    }

    pub(super) fn may_run(&self, client: ClientId, now: Instant, limits: &QueueLimits) -> bool {
        let running = self.lines.get(&client).map_or(0, |line| line.running);
        self.running < limits.places && (running < limits.beside || !self.others(client, now))
    }

    pub(super) fn start(&mut self, client: ClientId) {
        self.running += 1;
        self.now = self.change(client, Line::start);
    }

    pub(super) fn finish(&mut self, client: ClientId, held: Duration, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.change(client, |line| line.finish(held, now));
        self.is_here(client, now);
    }

    pub(super) fn take_back(&mut self, client: ClientId) {
        self.running = self.running.saturating_sub(1);
        self.change(client, Line::take_back);
    }

    /// Who waits, may run, and had least for its weight. Those before it have all the places that they may have beside
    /// others, and so are few.
    pub(super) fn next(&self, now: Instant, limits: &QueueLimits) -> Option<ClientId> {
        if self.running >= limits.places {
            return None;
        }
        let clients = self.waiting.iter().map(|(_, client)| *client);
        clients
            .into_iter()
            .find(|client| self.may_run(*client, now, limits))
    }

    /// How long it is between two of the client's submissions that get their turn, and how many of its wait.
    fn pace(&mut self, client: ClientId, now: Instant, limits: &QueueLimits) -> (Duration, u32) {
        let (busy, others) = (self.busy.weight, self.others(client, now));
        let (own, idle, ahead, usual) = self.change(client, |line| {
            (
                u64::from(line.weight),
                line.is_idle(),
                line.waiting(),
                line.usual(),
            )
        });
        let all = if idle { busy + own } else { busy };
        let thousandths = |places: usize| u64::try_from(places).unwrap_or(u64::MAX).saturating_mul(1_000);
        // Its share of the places, in thousandths.
        let mut share = thousandths(limits.places).saturating_mul(own) / all.max(1);
        if others {
            share = share.min(thousandths(limits.beside));
        }
        let micros = usual.as_micros().saturating_mul(1_000) / u128::from(share.max(1));
        let each = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        (each, u32::try_from(ahead).unwrap_or(u32::MAX))
    }

    /// When one more of the client's is likely to get its turn, if it waits.
    pub(super) fn expected(&mut self, client: ClientId, now: Instant, limits: &QueueLimits) -> Duration {
        let (each, ahead) = self.pace(client, now, limits);
        each.saturating_mul(ahead.saturating_add(1))
    }

    /// When to come back for who is turned away: after those who wait, and after those who were told so before.
    pub(super) fn promise(&mut self, client: ClientId, now: Instant, limits: &QueueLimits) -> Duration {
        let (each, ahead) = self.pace(client, now, limits);
        let soonest = each.saturating_mul(ahead);
        self.change(client, |line| line.promise(now, soonest, each))
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }
}
