//! Who is worked on next: a few slots that go round between owners, so that what one of them sends in bulk keeps no other
//! waiting for longer than what is being worked on.
//!
//! Invariant: a slot that is given up goes to the next owner that may have one more, in order; whoever stops waiting leaves
//! no trace. Deliberately absent: how much an owner may send in all ([`crate::shares`]), and submissions, which have a queue of
//! their own ([`crate::queue`]).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use assay_domain::ClientId;
use tokio::sync::oneshot;

/// Whose: none is the platform.
type Who = Option<ClientId>;

/// The slots.
#[derive(Debug)]
pub(crate) struct Rounds {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    lines: HashMap<Who, Line>,
    /// Those who wait, each once, the next one first.
    round: VecDeque<Who>,
}

#[derive(Debug, Default)]
struct Line {
    held: usize,
    waiting: VecDeque<(usize, oneshot::Sender<Slot>)>,
}

/// A slot, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    /// None once nobody took it.
    rounds: Option<Arc<Rounds>>,
    who: Who,
}

impl Rounds {
    pub(crate) fn new(slots: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                free: slots.max(1),
                lines: HashMap::new(),
                round: VecDeque::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot for somebody who may hold so many at one time: now, or when its turn comes.
    pub(crate) async fn slot(self: &Arc<Self>, who: Who, most: usize) -> Slot {
        loop {
            let turn = {
                let mut state = self.state();
                if state.take(who, most) {
                    return self.granted(who);
                }
                state.wait(who, most)
            };
            // Nobody drops who waits; should it happen, it asks again.
            if let Ok(slot) = turn.await {
                return slot;
            }
        }
    }

    fn granted(self: &Arc<Self>, who: Who) -> Slot {
        Slot {
            rounds: Some(Arc::clone(self)),
            who,
        }
    }
}

impl State {
    /// Whether somebody takes a slot that is free; who waits in line comes first.
    fn take(&mut self, who: Who, most: usize) -> bool {
        if self.free == 0 {
            return false;
        }
        let line = self.lines.entry(who).or_default();
        let takes = line.waiting.is_empty() && line.held < most.max(1);
        if takes {
            line.held += 1;
            self.free -= 1;
        }
        takes
    }

    fn wait(&mut self, who: Who, most: usize) -> oneshot::Receiver<Slot> {
        let (turn, when) = oneshot::channel();
        let line = self.lines.entry(who).or_default();
        if line.waiting.is_empty() {
            self.round.push_back(who);
        }
        line.waiting.push_back((most.max(1), turn));
        when
    }

    /// Gives a slot back.
    fn give_back(&mut self, who: Who) {
        self.free += 1;
        if let Some(line) = self.lines.get_mut(&who) {
            line.held = line.held.saturating_sub(1);
            if line.held == 0 && line.waiting.is_empty() {
                self.lines.remove(&who);
            }
        }
    }

    /// Who is next, and takes a slot that is free.
    fn next(&mut self) -> Option<(Who, oneshot::Sender<Slot>)> {
        if self.free == 0 {
            return None;
        }
        let at = self.round.iter().position(|who| {
            let line = self.lines.get(who);
            line.is_some_and(|line| line.waiting.front().is_some_and(|(most, _)| line.held < *most))
        })?;
        let who = self.round.remove(at)?;
        let line = self.lines.get_mut(&who)?;
        let (_, turn) = line.waiting.pop_front()?;
        line.held += 1;
        self.free -= 1;
        if !line.waiting.is_empty() {
            self.round.push_back(who);
        }
        Some((who, turn))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(rounds) = self.rounds.take() else {
            return;
        };
        let mut state = rounds.state();
        state.give_back(self.who);
        while let Some((who, turn)) = state.next() {
            if let Err(mut unwanted) = turn.send(rounds.granted(who)) {
                // It stopped waiting. Dropping the slot would come here again, with the lock held.
                unwanted.rounds = None;
                state.give_back(who);
            }
        }
    }
}

#[cfg(test)]
mod tests;
