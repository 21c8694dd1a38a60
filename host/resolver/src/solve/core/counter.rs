//! Bounds on how many of some literals may be true.
//!
//! A bound holds for good, or on trial: then only where its guard is true, so that everything learnt from it names the guard
//! and stays true when the trial fails. There is one trial at a time.
//!
//! Invariant: a count is that of the counted literals that are true now; those that are decided for good need not be listed
//! any more, since nothing is concluded from them or about them. Absent: what is counted, and why.

#![expect(
    clippy::indexing_slicing,
    reason = "literals and counters are numbers that this core gave out"
)]

use super::{Core, FREE, Lit, NONE, Reason};

/// Literals of which at most a bound may be true.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) lits: Vec<Lit>,
    bound: u32,
    pub(super) count: u32,
}

/// A tighter bound that holds where the guard is true.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    pub(super) counter: usize,
    pub(super) guard: Lit,
    bound: u32,
}

impl Core {
    /// Adds what is counted to a counter.
    pub(in crate::solve) fn count(&mut self, counter: usize, lit: Lit) {
        if self.is_true(lit) && self.level_of(lit) == 0 {
            self.counters[counter].count += 1;
            return;
        }
        self.counters[counter].lits.push(lit);
        self.counted[lit as usize] |= 1 << counter;
        if self.is_true(lit) {
            self.counters[counter].count += 1;
        } else if self.is_free(lit) && self.counters[counter].count >= self.bound(counter) {
            self.assign(lit ^ 1, Reason::Counter(u8::try_from(counter).unwrap_or(u8::MAX)));
        }
    }

    pub(in crate::solve) fn counter(&mut self) -> usize {
        self.counters.push(Counter {
            lits: Vec::new(),
            bound: NONE,
            count: 0,
        });
        self.counters.len() - 1
    }

    /// At level 0: sets a bound for good.
    pub(in crate::solve) fn tighten(&mut self, counter: usize, bound: u32) {
        self.counters[counter].bound = bound;
        self.compact(counter);
        if !self.within_bounds(1 << counter) {
            self.broken = true;
        }
    }

    /// At level 0: sets a bound that holds where the guard is true, which has to be free.
    pub(in crate::solve) fn attempt(&mut self, counter: usize, guard: Lit, bound: u32) {
        self.compact(counter);
        self.trial = Some(Trial {
            counter,
            guard,
            bound,
        });
    }

    /// At level 0: no longer lists what is decided for good. What is true of it stays counted.
    fn compact(&mut self, counter: usize) {
        let mut lits = std::mem::take(&mut self.counters[counter].lits);
        lits.retain(|&lit| self.is_free(lit));
        self.counters[counter].lits = lits;
    }

    /// At level 0: ends the trial. What was learnt from it is kept if the bound turned out to hold.
    pub(in crate::solve) fn conclude_attempt(&mut self, holds: bool) {
        if let Some(trial) = self.trial.take() {
            self.add(&mut vec![trial.guard ^ u32::from(!holds)]);
        }
    }

    /// The guard of the trial that this counter is in, if it holds now.
    pub(super) fn guard_of(&self, counter: usize) -> Option<Lit> {
        let trial = self.trial.filter(|trial| trial.counter == counter)?;
        self.is_true(trial.guard).then_some(trial.guard)
    }

    fn bound(&self, counter: usize) -> u32 {
        match self.trial {
            Some(trial) if self.guard_of(counter).is_some() => trial.bound,
            _ => self.counters[counter].bound,
        }
    }

    /// Sees to the counters of a mask. False if one of them is over its bound.
    pub(super) fn within_bounds(&mut self, mask: u8) -> bool {
        for index in 0..self.counters.len() {
            if mask >> index & 1 == 0 {
                continue;
            }
            let bound = self.bound(index);
            let counter = &self.counters[index];
            if counter.count > bound {
                let value = &self.value;
                let set = counter.lits.iter().filter(|&&lit| value[lit as usize] == 1);
                let conflict: Vec<Lit> = set
                    .copied()
                    .chain(self.guard_of(index))
                    .map(|lit| lit ^ 1)
                    .collect();
                self.conflict = conflict;
                return false;
            }
            if counter.count == bound {
                self.fill(index);
            }
        }
        true
    }

    fn fill(&mut self, counter: usize) {
        let lits = std::mem::take(&mut self.counters[counter].lits);
        for &lit in &lits {
            if self.value[lit as usize] == FREE {
                self.assign(lit ^ 1, Reason::Counter(u8::try_from(counter).unwrap_or(u8::MAX)));
            }
        }
        self.counters[counter].lits = lits;
    }
}
