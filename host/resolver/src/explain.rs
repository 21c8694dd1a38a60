//! Why nothing satisfies a request: the minimal sets of facts that contradict each other.
//!
//! A fact is something that the request states, or that the catalog says of an extension and a target over all its versions. A
//! set of facts is minimal if without any one of them there would be a solution, as far as these facts go. What is always
//! assumed: at most one version of an extension, what provides and uses what, and which releases are yanked or pre-releases.
//!
//! How all are found: something from each known set is left out, as little as possible; if the rest still has no solution, it
//! holds a new set, which is shrunk by leaving out one fact after the other; if it has one, this way of leaving out is
//! crossed off. When every way is crossed off, there are no more sets.
//!
//! Each question may take a few times what it took to find the first contradiction, so that a hard one does not take all the
//! rest of the budget; a fact of which it stayed unknown whether it is needed stays in its set.
//!
//! Invariant: each set that is given was found to be contradictory, and solved without each of its facts unless it is said that
//! this was not certain for all. Absent: sentences; see [`sentence`].

mod conclusion;
mod lacking;
mod row;
pub(crate) mod sentence;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::request::Request;
use crate::solve::{Fact, Solver, Verdict};

/// How many sets are looked for at most.
const MAX_SETS: usize = 64;
/// How many times is solved at most to find another set.
const MAX_CHECKS: usize = 400;
/// How many decisions a question may take at least.
const LEAST_EACH: u64 = 2_000;
/// How many steps the search for what to leave out may take in all.
const MAX_STEPS: usize = 100_000;

/// The minimal contradictory sets of facts, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    pub(crate) sets: Vec<Vec<Fact>>,
    /// Whether there are no others.
    pub(crate) complete: bool,
    /// Whether each of them is certain to be minimal.
    pub(crate) minimal: bool,
    pub(crate) decisions: u64,
}

/// Finds the minimal contradictory sets of facts of a request that can't be satisfied.
pub(crate) fn reasons(catalog: &Catalog, request: &Request, budget: u64) -> Reasons {
    let mut solver = Solver::for_request(catalog, request, budget);
    solver.explain();
    solver.state();
    let mut search = Search {
        solver,
        sets: Vec::new(),
        corrections: Vec::new(),
        usage: BTreeMap::new(),
        steps: 0,
        budget,
        each: u64::MAX,
        minimal: true,
    };
    let complete = search.run().is_some();
    let mut sets = search.sets;
    sets.sort();
    Reasons {
        sets,
        complete,
        minimal: search.minimal,
        decisions: search.solver.decisions,
    }
}

struct Search<'c> {
    solver: Solver<'c>,
    sets: Vec<Vec<Fact>>,
    corrections: Vec<BTreeSet<Fact>>,
    usage: BTreeMap<Fact, usize>,
    steps: usize,
    /// How many decisions there may be in all, and for one question.
    budget: u64,
    each: u64,
    minimal: bool,
}

impl Search<'_> {
    /// None if a bound was hit before all sets were certain.
    fn run(&mut self) -> Option<()> {
        for _ in 0..MAX_CHECKS {
            let Some(left_out) = self.next()? else {
                return Some(());
            };
            for fact in &left_out {
                *self.usage.entry(*fact).or_default() += 1;
            }
            match self.without(&left_out) {
                (Verdict::Yes, _) => self.corrections.push(left_out),
                (Verdict::No, core) => {
                    if self.sets.is_empty() {
                        self.each = self.solver.decisions.saturating_mul(2).max(LEAST_EACH);
                    }
                    let set = self.shrink(core);
                    self.sets.push(set);
                    if self.sets.len() >= MAX_SETS {
                        return None;
                    }
                }
                (Verdict::Unknown, _) => return None,
            }
        }
        None
    }

    fn without(&mut self, left_out: &BTreeSet<Fact>) -> (Verdict, Vec<Fact>) {
        self.solver.budget = self.budget.min(self.solver.decisions.saturating_add(self.each));
        self.solver.solve_without(left_out)
    }

    fn with(&mut self, wanted: &BTreeSet<Fact>) -> (Verdict, Vec<Fact>) {
        self.solver.budget = self.budget.min(self.solver.decisions.saturating_add(self.each));
        self.solver.solve_with(wanted)
    }

    fn shrink(&mut self, core: Vec<Fact>) -> Vec<Fact> {
        let mut core: BTreeSet<Fact> = core.into_iter().collect();
        for fact in core.clone().into_iter().rev() {
            if self.solver.decisions >= self.budget {
                self.minimal = false;
                break;
            }
            if !core.remove(&fact) {
                continue;
            }
            match self.with(&core) {
                (Verdict::No, smaller) => core = smaller.into_iter().collect(),
                (Verdict::Yes, _) => {
                    core.insert(fact);
                }
                (Verdict::Unknown, _) => {
                    core.insert(fact);
                    self.minimal = false;
                }
            }
        }
        core.into_iter().collect()
    }

    /// What to leave out next: something of each known set, minimal, and nothing that holds what was crossed off. `Some(None)`
    /// if there is no other way.
    #[expect(
        clippy::option_option,
        reason = "no way left and no steps left are different things"
    )]
    fn next(&mut self) -> Option<Option<BTreeSet<Fact>>> {
        let mut path: Vec<(Vec<Fact>, usize)> = Vec::new();
        let mut chosen: Vec<Fact> = Vec::new();
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            let hit = |set: &&Vec<Fact>| !set.iter().any(|fact| chosen.contains(fact));
            let Some(set) = self.sets.iter().find(hit) else {
                let mut left_out: BTreeSet<Fact> = chosen.iter().copied().collect();
                for fact in chosen {
                    left_out.remove(&fact);
                    if self
                        .sets
                        .iter()
                        .any(|set| !set.iter().any(|fact| left_out.contains(fact)))
                    {
                        left_out.insert(fact);
                    }
                }
                return Some(Some(left_out));
            };
            let mut facts = set.clone();
            facts.sort_by_key(|fact| (self.usage.get(fact).copied().unwrap_or(0), *fact));
            path.push((facts, 0));
            // On to the next way that holds nothing crossed off, going back where there is none.
            loop {
                chosen.truncate(path.len().saturating_sub(1));
                let Some((facts, at)) = path.last_mut() else {
                    return Some(None);
                };
                let Some(&fact) = facts.get(*at) else {
                    path.pop();
                    continue;
                };
                *at += 1;
                chosen.push(fact);
                let crossed = |off: &BTreeSet<Fact>| {
                    off.contains(&fact) && off.iter().all(|fact| chosen.contains(fact))
                };
                if !self.corrections.iter().any(crossed) {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
