//! The clause core of the solver: assignments, propagation, learning.
//!
//! Levels: 0 is what always holds, 1 is one block of assumptions, from 2 on each level is one decision. Clauses may come at
//! any time, also in the middle of a search, since a release's clauses are only made when it is first chosen. A literal
//! that follows from such a late clause is assigned where the search stands, which may be later than it could be; learning
//! only needs that reasons come before what they imply.
//!
//! Invariant: no clause is false without being noticed. Absent: what is learnt from a contradiction ([`analysis`]), bounds on how
//! many literals may be true ([`counter`]), what a variable means, and what to decide.

#![expect(
    clippy::indexing_slicing,
    reason = "literals, variables and clauses are numbers that this core gave out"
)]

mod analysis;
mod counter;
mod order;

use self::counter::{Counter, Trial};
use self::order::Order;

/// A variable, times two, plus one if negated.
pub(crate) type Lit = u32;

pub(super) const NONE: u32 = u32::MAX;
const FREE: u8 = 2;

#[derive(Clone, Copy, Debug)]
enum Reason {
    None,
    Clause(u32),
    /// Another version of the same extension is chosen.
    Other(Lit),
    Counter(u8),
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    clause: u32,
    /// Some literal of the clause: if it is true, the clause need not be looked at.
    blocker: Lit,
}

/// How far propagation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    Conflict,
    /// This variable became true and its clauses are wanted now.
    Wanted(u32),
}

#[derive(Debug, Default)]
pub(super) struct Core {
    /// By literal: 1 true, 0 false, 2 free.
    value: Vec<u8>,
    level: Vec<u32>,
    position: Vec<u32>,
    reason: Vec<Reason>,
    group: Vec<u32>,
    /// Whether the variable's clauses are still to be made.
    wanted: Vec<bool>,
    /// Which variables took part in conflicts lately.
    pub(super) order: Order,
    counted: Vec<u8>,
    seen: Vec<bool>,
    watches: Vec<Vec<Watch>>,
    /// Clauses, each its length and then its literals.
    arena: Vec<u32>,
    /// The clauses that were learnt, and between how many levels each one spoke when it was.
    learnt: Vec<(u32, u32)>,
    pub(super) trail: Vec<Lit>,
    starts: Vec<u32>,
    head: usize,
    /// By group, its first and its last member.
    members: Vec<(u32, u32)>,
    /// By variable, the next member of its group.
    sibling: Vec<u32>,
    chosen: Vec<u32>,
    counters: Vec<Counter>,
    trial: Option<Trial>,
    conflict: Vec<Lit>,
    /// What holds on level 0 and could not be assigned where it was found.
    units: Vec<Lit>,
    /// Whether the clauses alone are contradictory.
    pub(super) broken: bool,
    pub(super) conflicts: u64,
}

impl Core {
    /// A core with so many groups, and room for about so many variables.
    pub(super) fn new(groups: usize, expected: usize) -> Self {
        Self {
            value: Vec::with_capacity(expected * 2),
            level: Vec::with_capacity(expected),
            position: Vec::with_capacity(expected),
            reason: Vec::with_capacity(expected),
            group: Vec::with_capacity(expected),
            wanted: Vec::with_capacity(expected),
            counted: Vec::with_capacity(expected * 2),
            seen: Vec::with_capacity(expected),
            watches: Vec::with_capacity(expected * 2),
            arena: Vec::with_capacity(expected * 2),
            trail: Vec::with_capacity(expected),
            sibling: Vec::with_capacity(expected),
            members: vec![(NONE, NONE); groups],
            chosen: vec![NONE; groups],
            ..Self::default()
        }
    }

    /// A new variable; of those in one group at most one may be true.
    pub(super) fn variable(&mut self, group: u32, wanted: bool) -> u32 {
        let variable = u32::try_from(self.level.len()).unwrap_or(NONE);
        self.value.extend([FREE, FREE]);
        self.level.push(0);
        self.position.push(NONE);
        self.reason.push(Reason::None);
        self.group.push(group);
        self.wanted.push(wanted);
        self.order.variable();
        self.counted.extend([0, 0]);
        self.seen.push(false);
        self.watches.push(Vec::new());
        self.watches.push(Vec::new());
        self.sibling.push(NONE);
        if group != NONE {
            let (first, last) = self.members[group as usize];
            if last != NONE {
                self.sibling[last as usize] = variable;
            }
            self.members[group as usize] = (if first == NONE { variable } else { first }, variable);
            let chosen = self.chosen[group as usize];
            if chosen != NONE {
                self.assign(variable * 2 + 1, Reason::Other(chosen * 2));
            }
        }
        variable
    }

    pub(super) fn members(&self, group: u32) -> impl Iterator<Item = u32> {
        let some = |variable: u32| (variable != NONE).then_some(variable);
        let first = some(self.members[group as usize].0);
        std::iter::successors(first, move |&variable| some(self.sibling[variable as usize]))
    }

    /// The variable of a group that is true.
    pub(super) fn chosen(&self, group: u32) -> Option<u32> {
        let chosen = self.chosen[group as usize];
        (chosen != NONE).then_some(chosen)
    }

    pub(super) fn is_true(&self, lit: Lit) -> bool {
        self.value[lit as usize] == 1
    }

    pub(super) fn is_false(&self, lit: Lit) -> bool {
        self.value[lit as usize] == 0
    }

    pub(super) fn is_free(&self, lit: Lit) -> bool {
        self.value[lit as usize] == FREE
    }

    pub(super) fn level_of(&self, lit: Lit) -> u32 {
        self.level[(lit / 2) as usize]
    }

    pub(super) fn level(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(NONE)
    }

    pub(super) fn open_level(&mut self) {
        self.starts.push(u32::try_from(self.trail.len()).unwrap_or(NONE));
    }

    /// Makes a free literal true without a reason: a fact, an assumption or a decision.
    pub(super) fn decide(&mut self, lit: Lit) {
        self.assign(lit, Reason::None);
    }

    fn assign(&mut self, lit: Lit, reason: Reason) {
        let variable = (lit / 2) as usize;
        self.value[lit as usize] = 1;
        self.value[(lit ^ 1) as usize] = 0;
        self.level[variable] = u32::try_from(self.starts.len()).unwrap_or(NONE);
        self.position[variable] = u32::try_from(self.trail.len()).unwrap_or(NONE);
        self.reason[variable] = reason;
        self.trail.push(lit);
        if lit & 1 == 0 && self.group[variable] != NONE && self.chosen[self.group[variable] as usize] == NONE
        {
            self.chosen[self.group[variable] as usize] = lit / 2;
        }
        let mask = self.counted[lit as usize];
        if mask != 0 {
            for (index, counter) in self.counters.iter_mut().enumerate() {
                counter.count += u32::from(mask >> index & 1);
            }
        }
    }

    /// In a search that meets many conflicts, what to decide next.
    pub(super) fn struck(&mut self) -> Option<Lit> {
        let value = &self.value;
        self.order.next(|lit| value[lit as usize] == FREE)
    }

    /// Takes back everything above a level.
    pub(super) fn back_to(&mut self, level: u32) {
        if self.level() <= level {
            return;
        }
        let start = self.starts[level as usize] as usize;
        for index in (start..self.trail.len()).rev() {
            let lit = self.trail[index];
            let group = self.group[(lit / 2) as usize];
            self.value[lit as usize] = FREE;
            self.value[(lit ^ 1) as usize] = FREE;
            self.order.freed(lit);
            if group != NONE && self.chosen[group as usize] == lit / 2 && lit & 1 == 0 {
                self.chosen[group as usize] = NONE;
            }
            let mask = self.counted[lit as usize];
            if mask != 0 {
                for (index, counter) in self.counters.iter_mut().enumerate() {
                    counter.count -= u32::from(mask >> index & 1);
                }
            }
        }
        self.trail.truncate(start);
        self.starts.truncate(level as usize);
        self.head = self.head.min(start);
        self.assign_units();
    }

    /// Adds a clause that has to hold from now on. False means that it is false as things stand: [`Self::learn`] is next.
    pub(super) fn add(&mut self, lits: &mut Vec<Lit>) -> bool {
        if lits
            .iter()
            .any(|&lit| self.is_true(lit) && self.level_of(lit) == 0)
        {
            return true;
        }
        lits.retain(|&lit| !(self.is_false(lit) && self.level_of(lit) == 0));
        // The ones to watch come first: what is not false, then what became false last.
        let key = |core: &Self, lit: Lit| match core.value[lit as usize] {
            0 => core.position[(lit / 2) as usize],
            _ => NONE,
        };
        for place in 0..lits.len().min(2) {
            if !self.is_false(lits[place]) {
                continue;
            }
            let best =
                (place..lits.len()).max_by_key(|&index| (key(self, lits[index]), std::cmp::Reverse(index)));
            lits.swap(place, best.unwrap_or(place));
        }
        match *lits.as_slice() {
            [] => {
                self.broken = true;
                self.conflict.clear();
                false
            }
            [unit] if self.level() == 0 => {
                self.assign(unit, Reason::None); // it is free: true and false ones of level 0 were dealt with
                true
            }
            [unit] if self.is_false(unit) => {
                self.units.push(unit);
                self.conflict.clone_from(lits);
                false
            }
            [unit] => {
                self.units.push(unit);
                self.assign_always(unit);
                true
            }
            [first, second, ..] => {
                let clause = self.store(lits);
                if self.is_false(first) {
                    self.conflict.clone_from(lits);
                    return false;
                }
                if self.is_false(second) && self.is_free(first) {
                    self.assign(first, Reason::Clause(clause));
                }
                true
            }
        }
    }

    /// At level 0: a literal is true for good.
    pub(super) fn always(&mut self, lit: Lit) {
        if self.is_free(lit) {
            self.assign(lit, Reason::None);
        } else if self.is_false(lit) {
            self.broken = true;
            self.conflict.clear();
        }
    }

    /// Assigns what was found out to hold always, wherever the search stands, so that it need not go back to the start for
    /// it. Above level 0 it is assigned anew whenever it was taken back.
    fn assign_units(&mut self) {
        for index in 0..self.units.len() {
            let unit = self.units[index];
            if self.is_free(unit) {
                self.assign_always(unit);
            } else if self.is_false(unit) && self.level_of(unit) == 0 {
                self.broken = true;
            }
        }
        if self.level() == 0 {
            self.units.clear();
        }
    }

    fn assign_always(&mut self, unit: Lit) {
        self.assign(unit, Reason::None);
        self.level[(unit / 2) as usize] = 0;
    }

    fn store(&mut self, lits: &[Lit]) -> u32 {
        let clause = u32::try_from(self.arena.len()).unwrap_or(NONE);
        self.arena.push(u32::try_from(lits.len()).unwrap_or(NONE));
        self.arena.extend_from_slice(lits);
        self.watches[lits[0] as usize].push(Watch {
            clause,
            blocker: lits[1],
        });
        self.watches[lits[1] as usize].push(Watch {
            clause,
            blocker: lits[0],
        });
        clause
    }

    /// Draws conclusions until there are no more, something is contradictory, or a variable's clauses are wanted.
    pub(super) fn propagate(&mut self) -> Step {
        while self.head < self.trail.len() {
            let lit = self.trail[self.head];
            let variable = lit / 2;
            if lit & 1 == 0 {
                if self.wanted[variable as usize] {
                    self.wanted[variable as usize] = false;
                    return Step::Wanted(variable);
                }
                let group = self.group[variable as usize];
                if group != NONE && !self.one_of(group, variable) {
                    return Step::Conflict;
                }
            }
            if self.counted[lit as usize] != 0 && !self.within_bounds(self.counted[lit as usize]) {
                return Step::Conflict;
            }
            if let Some(trial) = self.trial
                && trial.guard == lit
                && !self.within_bounds(1 << trial.counter)
            {
                return Step::Conflict;
            }
            self.head += 1;
            if !self.visit(lit ^ 1) {
                return Step::Conflict;
            }
        }
        Step::Done
    }

    fn one_of(&mut self, group: u32, variable: u32) -> bool {
        let mut next = self.members[group as usize].0;
        while next != NONE {
            let other = next;
            next = self.sibling[other as usize];
            if other == variable {
                continue;
            }
            match self.value[other as usize * 2] {
                1 => {
                    self.conflict.clear();
                    self.conflict.extend([variable * 2 + 1, other * 2 + 1]);
                    return false;
                }
                FREE => self.assign(other * 2 + 1, Reason::Other(variable * 2)),
                _ => {}
            }
        }
        true
    }

    /// Looks at the clauses that watch a literal which became false.
    fn visit(&mut self, falsified: Lit) -> bool {
        let mut watches = std::mem::take(&mut self.watches[falsified as usize]);
        let (mut kept, mut index) = (0, 0);
        let mut fine = true;
        'clauses: while index < watches.len() {
            let watch = watches[index];
            index += 1;
            if self.value[watch.blocker as usize] == 1 {
                watches[kept] = watch;
                kept += 1;
                continue;
            }
            let start = watch.clause as usize + 1;
            let length = self.arena[watch.clause as usize] as usize;
            if self.arena[start] == falsified {
                self.arena.swap(start, start + 1);
            }
            let first = self.arena[start];
            let watch = Watch {
                blocker: first,
                ..watch
            };
            if self.value[first as usize] != 1 {
                for other in start + 2..start + length {
                    let lit = self.arena[other];
                    if self.value[lit as usize] != 0 {
                        self.arena.swap(start + 1, other);
                        self.watches[lit as usize].push(watch);
                        continue 'clauses;
                    }
                }
            }
            watches[kept] = watch;
            kept += 1;
            match self.value[first as usize] {
                0 => {
                    self.conflict.clear();
                    self.conflict
                        .extend_from_slice(&self.arena[start..start + length]);
                    fine = false;
                    break;
                }
                FREE => self.assign(first, Reason::Clause(watch.clause)),
                _ => {}
            }
        }
        watches.copy_within(index.., kept);
        let left = watches.len() - (index - kept);
        watches.truncate(left);
        // A clause can't move to the literal that it just left, so nothing was added here meanwhile.
        self.watches[falsified as usize] = watches;
        fine
    }

    /// At level 0 with everything propagated: forgets that half of what was learnt which connects the most levels, and what is
    /// satisfied for good.
    pub(super) fn forget(&mut self) {
        let arena = std::mem::take(&mut self.arena);
        let mut learnt = std::mem::take(&mut self.learnt);
        learnt.sort_by_key(|&(clause, levels)| (levels, arena[clause as usize], clause));
        let mut dropped = learnt.split_off(learnt.len() / 2);
        learnt.sort_unstable();
        dropped.sort_unstable();
        let place = |clauses: &[(u32, u32)], clause: u32| {
            clauses.binary_search_by_key(&clause, |&(clause, _)| clause)
        };
        for watches in &mut self.watches {
            watches.clear();
        }
        let mut at = 0;
        let mut lits = Vec::new();
        while at < arena.len() {
            let clause = u32::try_from(at).unwrap_or(NONE);
            let old = &arena[at + 1..=at + arena[at] as usize];
            at += old.len() + 1;
            if place(&dropped, clause).is_ok() || old.iter().any(|&lit| self.is_true(lit)) {
                continue;
            }
            lits.clear();
            lits.extend(old.iter().copied().filter(|&lit| !self.is_false(lit)));
            let stored = self.store(&lits);
            if let Ok(index) = place(&learnt, clause) {
                self.learnt.push((stored, learnt[index].1));
            }
        }
        for &lit in &self.trail {
            self.reason[(lit / 2) as usize] = Reason::None; // those of level 0 are never asked for
        }
    }
}
