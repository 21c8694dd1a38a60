//! What is learnt from a contradiction, and which assumptions it came from.
//!
//! Invariant: every learnt clause follows from the others. Absent: finding contradictions ([`super`]).

#![expect(
    clippy::indexing_slicing,
    reason = "literals, variables and clauses are numbers that this core gave out"
)]

use super::{Core, Lit, NONE, Reason};

/// From how many levels on going back is going far, where decisions have an order of their own and where conflicts lead.
const FAR: u32 = 8;
const FAR_LED: u32 = 100;

impl Core {
    /// The false literals that made a literal true.
    fn reasons(&self, lit: Lit, out: &mut Vec<Lit>) {
        out.clear();
        match self.reason[(lit / 2) as usize] {
            Reason::None => {}
            Reason::Other(chosen) => out.push(chosen ^ 1),
            Reason::Clause(clause) => {
                let start = clause as usize + 1;
                let lits = &self.arena[start..start + self.arena[clause as usize] as usize];
                out.extend(lits.iter().filter(|&&other| other != lit));
            }
            Reason::Counter(counter) => {
                let before = self.position[(lit / 2) as usize];
                let lits = &self.counters[usize::from(counter)].lits;
                let earlier = |&&lit: &&Lit| self.is_true(lit) && self.position[(lit / 2) as usize] < before;
                let guard = self.guard_of(usize::from(counter));
                out.extend(
                    lits.iter()
                        .filter(earlier)
                        .copied()
                        .chain(guard)
                        .map(|lit| lit ^ 1),
                );
            }
        }
    }

    /// The highest level that the last conflict is about.
    pub(in crate::solve) fn conflict_level(&self) -> u32 {
        self.conflict
            .iter()
            .map(|&lit| self.level_of(lit))
            .max()
            .unwrap_or(0)
    }

    /// Learns from the last conflict, whose level is at least 2, goes back and draws the first conclusion. Returns
    /// whether the learnt clauses have become too many.
    pub(in crate::solve) fn learn(&mut self) -> bool {
        let level = self.conflict_level();
        self.back_to(level);
        self.conflicts += 1;
        let mut learnt = vec![0];
        let mut touched = Vec::new();
        let mut lits = std::mem::take(&mut self.conflict);
        let mut expanded = 0u8;
        let (mut open, mut at) = (0u32, self.trail.len());
        loop {
            for &lit in &lits {
                let variable = (lit / 2) as usize;
                if self.seen[variable] || self.level[variable] == 0 {
                    continue;
                }
                self.seen[variable] = true;
                touched.push(variable);
                self.order.bump(variable);
                if self.level[variable] == level {
                    open += 1;
                } else {
                    learnt.push(lit);
                }
            }
            let lit = loop {
                at -= 1;
                let lit = self.trail[at];
                if self.seen[(lit / 2) as usize] && self.level_of(lit) == level {
                    break lit;
                }
            };
            open -= 1;
            if open == 0 {
                learnt[0] = lit ^ 1;
                break;
            }
            // What one literal follows from by a counter holds all that an earlier one does.
            let bit = match self.reason[(lit / 2) as usize] {
                Reason::Counter(counter) => 1 << counter,
                _ => 0,
            };
            if expanded & bit == 0 {
                self.reasons(lit, &mut lits);
            } else {
                lits.clear();
            }
            expanded |= bit;
        }
        self.conflict = lits;
        self.shorten(&mut learnt, level);
        for variable in touched {
            self.seen[variable] = false;
        }
        self.order.decay();
        let levels = self.levels_of(&learnt);
        // The second watch is the last of the others to have become false.
        if let Some(best) = (1..learnt.len()).max_by_key(|&index| self.level_of(learnt[index])) {
            learnt.swap(1, best);
            // Far back it goes only one level: most of what was decided in between would be decided the same way again.
            let target = self.level_of(learnt[1]);
            let far = if self.order.is_leading() { FAR_LED } else { FAR };
            self.back_to(if level - target > far { level - 1 } else { target });
            let clause = self.store(&learnt);
            self.learnt.push((clause, levels));
            self.assign(learnt[0], Reason::Clause(clause));
        } else {
            self.back_to(level - 1);
            self.units.push(learnt[0]);
            self.assign_units();
        }
        self.learnt.len() > 8_000
    }

    /// On how many levels these literals are.
    fn levels_of(&self, lits: &[Lit]) -> u32 {
        let mut levels: Vec<u32> = lits.iter().map(|&lit| self.level_of(lit)).collect();
        levels.sort_unstable();
        levels.dedup();
        u32::try_from(levels.len()).unwrap_or(NONE)
    }

    /// Leaves out what follows from the rest of the clause in one step.
    fn shorten(&self, learnt: &mut Vec<Lit>, level: u32) {
        let mut reasons = Vec::new();
        let mut kept = 1;
        for index in 1..learnt.len() {
            let lit = learnt[index];
            // A counter's reasons are long and hardly ever all there.
            let implied = matches!(
                self.reason[(lit / 2) as usize],
                Reason::Clause(_) | Reason::Other(_)
            ) && {
                self.reasons(lit ^ 1, &mut reasons);
                reasons.iter().all(|&other| {
                    self.level_of(other) == 0
                        || self.seen[(other / 2) as usize] && self.level_of(other) < level
                })
            };
            if !implied {
                learnt[kept] = lit;
                kept += 1;
            }
        }
        learnt.truncate(kept);
    }

    /// The assumptions that made a literal false, on level 1 at most.
    pub(in crate::solve) fn blame_for(&mut self, lit: Lit) -> Vec<Lit> {
        self.conflict.clear();
        self.conflict.push(lit);
        self.blame()
    }

    /// The assumptions that the last conflict, of level 1 at most, came from.
    pub(in crate::solve) fn blame(&mut self) -> Vec<Lit> {
        let mut core = Vec::new();
        let mut touched = Vec::new();
        let mut lits = std::mem::take(&mut self.conflict);
        let mut at = self.trail.len();
        loop {
            for &lit in &lits {
                let variable = (lit / 2) as usize;
                if !self.seen[variable] && self.level[variable] > 0 {
                    self.seen[variable] = true;
                    touched.push(variable);
                }
            }
            let next = (0..at)
                .rev()
                .find(|&index| self.seen[(self.trail[index] / 2) as usize]);
            let Some(index) = next else { break };
            at = index;
            let lit = self.trail[index];
            self.reasons(lit, &mut lits);
            if matches!(self.reason[(lit / 2) as usize], Reason::None) {
                core.push(lit);
            }
        }
        for variable in touched {
            self.seen[variable] = false;
        }
        self.conflict = lits;
        core
    }
}
