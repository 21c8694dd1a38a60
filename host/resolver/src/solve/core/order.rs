//! Which variables took part in conflicts lately, and in a search that meets many of them, which one is next.
//!
//! While it leads, what was in the latest conflicts is decided first, the way it was assigned last (VSIDS with saved
//! phases, as in `MiniSat`). Until then it only counts: the decisions of a search that goes smoothly follow what is
//! preferred. Floating point is used for comparing alone, by operations that IEEE 754 defines to the bit.
//!
//! Invariant: while it leads, every free variable that was ever in a conflict is in the heap. Absent: when to lead.

#![expect(
    clippy::indexing_slicing,
    reason = "variables are numbers that the core gave out"
)]

use super::{Lit, NONE};

/// What a conflict counts for less after each later one.
const DECAY: f64 = 0.95;
const MOST: f64 = 1e100;

#[derive(Debug)]
pub(in crate::solve) struct Order {
    leads: bool,
    step: f64,
    /// By variable.
    activity: Vec<f64>,
    /// By variable, what it was when it was last assigned; true if positive.
    phase: Vec<bool>,
    /// A binary heap, the most active on top.
    heap: Vec<u32>,
    /// By variable, its place in the heap.
    place: Vec<u32>,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            leads: false,
            step: 1.0,
            activity: Vec::new(),
            phase: Vec::new(),
            heap: Vec::new(),
            place: Vec::new(),
        }
    }
}

impl Order {
    pub(super) fn variable(&mut self) {
        self.activity.push(0.0);
        self.phase.push(false);
        self.place.push(NONE);
    }

    pub(in crate::solve) fn is_leading(&self) -> bool {
        self.leads
    }

    pub(in crate::solve) fn activity(&self, variable: u32) -> f64 {
        self.activity[variable as usize]
    }

    /// From here on it says what is next, or no longer.
    pub(in crate::solve) fn lead(&mut self, leads: bool) {
        self.leads = leads;
        for variable in self.heap.drain(..) {
            self.place[variable as usize] = NONE;
        }
        if leads {
            for variable in (0..).take(self.activity.len()) {
                self.insert(variable);
            }
        }
    }

    /// The most active variable of those that `free` says are free, as the literal that it was last.
    pub(in crate::solve) fn next(&mut self, free: impl Fn(Lit) -> bool) -> Option<Lit> {
        while let Some(&variable) = self.heap.first() {
            self.remove_first();
            if free(variable * 2) {
                return Some(variable * 2 + u32::from(!self.phase[variable as usize]));
            }
        }
        None
    }

    pub(super) fn freed(&mut self, lit: Lit) {
        if self.leads {
            self.phase[(lit / 2) as usize] = lit & 1 == 0;
            self.insert(lit / 2);
        }
    }

    pub(super) fn bump(&mut self, variable: usize) {
        self.activity[variable] += self.step;
        if self.activity[variable] > MOST {
            for activity in &mut self.activity {
                *activity /= MOST;
            }
            self.step /= MOST;
        }
        let place = self.place[variable];
        if place != NONE {
            self.up(place as usize);
        }
    }

    pub(super) fn decay(&mut self) {
        self.step /= DECAY;
    }

    fn insert(&mut self, variable: u32) {
        if self.place[variable as usize] == NONE && self.activity[variable as usize] > 0.0 {
            self.put(self.heap.len(), variable);
            self.up(self.heap.len() - 1);
        }
    }

    fn remove_first(&mut self) {
        let removed = self.heap.swap_remove(0);
        self.place[removed as usize] = NONE;
        if let Some(&moved) = self.heap.first() {
            self.put(0, moved);
            self.down(0);
        }
    }

    fn put(&mut self, at: usize, variable: u32) {
        self.place[variable as usize] = u32::try_from(at).unwrap_or(NONE);
        if at == self.heap.len() {
            self.heap.push(variable);
        } else {
            self.heap[at] = variable;
        }
    }

    fn up(&mut self, mut at: usize) {
        let variable = self.heap[at];
        while at > 0 && self.before(variable, self.heap[(at - 1) / 2]) {
            self.put(at, self.heap[(at - 1) / 2]);
            at = (at - 1) / 2;
        }
        self.put(at, variable);
    }

    fn down(&mut self, mut at: usize) {
        let variable = self.heap[at];
        loop {
            let (left, right) = (at * 2 + 1, at * 2 + 2);
            let Some(&first) = self.heap.get(left) else { break };
            let child = match self.heap.get(right) {
                Some(&second) if self.before(second, first) => right,
                _ => left,
            };
            if !self.before(self.heap[child], variable) {
                break;
            }
            self.put(at, self.heap[child]);
            at = child;
        }
        self.put(at, variable);
    }

    fn before(&self, one: u32, other: u32) -> bool {
        let (first, second) = (self.activity[one as usize], self.activity[other as usize]);
        first.total_cmp(&second).then(other.cmp(&one)).is_gt()
    }
}
