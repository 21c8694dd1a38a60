//! The best of all sets that satisfy a request.
//!
//! `newest`, each only among what is equal by those before:
//! 1. what is requested, by id: the newest version that is eligible;
//! 2. everything else, by id: absent or the newest eligible version, else as new as possible;
//! 3. the fewest extensions;
//! 4. of two lists of ids, the one with the smaller id where they first differ.
//!
//! `minimal-change`: first as few of the requested as possible that are installed and don't keep their version; then as few of the
//! other installed ones as possible that are changed or removed; then as few as possible that are added; then 1 to 4. So what
//! is installed stays even if nothing needs it; with `newest` it goes.
//!
//! A pre-release that only something in the set asks for counts as older than everything that is none.
//!
//! Each step is either settled by counting what cannot be otherwise, or by a search. The search for 1, 2 and 4 decides what is
//! preferred, in order: then the first set that is found is the best. A set without a cycle is not preferred over one with:
//! versions and ids decide, and what stands in a cycle is quarantined.
//!
//! Invariant: the best set is unique, so it does not depend on how it was found. Absent: what to do when there is none.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::request::Request;
use crate::solve::{Counted, Situation, Solver, Verdict, Wish};

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The best set, ascending.
    Best(Vec<u32>),
    /// No set satisfies the request.
    Impossible,
    /// The budget was used up: before anything was found, or before this was proven of the best set so far.
    Unknown {
        best: Vec<u32>,
        unproven: &'static str,
    },
}

/// Finds the best set within a budget of decisions, and says how many it took.
pub(crate) fn best(catalog: &Catalog, request: &Request, budget: u64) -> (Outcome, u64) {
    let mut search = Search {
        catalog,
        request,
        situation: Situation::new(catalog, request),
        bounds: Vec::new(),
        fixed: None,
        budget,
        used: 0,
    };
    let outcome = match search.run() {
        Ok(outcome) => outcome,
        Err(unknown) => unknown,
    };
    (outcome, search.used)
}

/// What is to be few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Few {
    RequestedChanged,
    OthersChanged,
    Added,
    All,
}

struct Search<'a> {
    catalog: &'a Catalog,
    request: &'a Request,
    situation: Situation,
    bounds: Vec<(Few, u32)>,
    fixed: Option<BTreeMap<u32, u32>>,
    budget: u64,
    used: u64,
}

impl<'a> Search<'a> {
    fn run(&mut self) -> Result<Outcome, Outcome> {
        let keep = self.situation.keep;
        let mut solver = self.solver(None);
        let wishes = if keep { self.kept() } else { Vec::new() };
        let Some(mut set) = self.solve(&mut solver, wishes, &[], "whether there is a solution")? else {
            return Ok(Outcome::Impossible);
        };
        if keep {
            self.fewest(Few::RequestedChanged, &mut set, "that as few as possible of the requested change")?;
            self.fewest(Few::OthersChanged, &mut set, "that as few as possible of the installed change")?;
            self.fewest(Few::Added, &mut set, "that as few as possible are added")?;
        }
        if !self.is_newest(&set) {
            let mut wishes: Vec<Wish> = self.requested().into_iter().map(Wish::Best).collect();
            wishes.push(Wish::Others);
            if keep {
                wishes.extend(self.kept());
                solver = self.solver(None);
            }
            let what = "that the versions are the newest";
            set = self.solve(&mut solver, wishes, &set, what)?.unwrap_or(set);
        }
        drop(solver);

        let requested = self.requested();
        let fixed = set.iter().filter_map(|&release| {
            let extension = self.catalog.release(release).extension;
            let fixed = requested.binary_search(&extension).is_ok() || self.rank(release) > 0;
            fixed.then_some((extension, release))
        });
        self.fixed = Some(fixed.collect());
        let mut solver = self.solver(None);
        solver.conclude();
        let within = |set: &[u32]| self.bounds.iter().all(|&(few, bound)| self.cost(few, set) <= bound);
        match solver.forced() {
            Some(forced) if within(&forced) => return Ok(Outcome::Best(forced)),
            _ => {}
        }
        self.fewest(Few::All, &mut set, "that the extensions are the fewest")?;
        let mut solver = self.solver(None);
        solver.conclude();
        solver.explore();
        let mut wishes = vec![Wish::Small];
        if keep {
            wishes.extend(self.kept());
        }
        let what = "that no smaller ids would do";
        set = self.solve(&mut solver, wishes, &set, what)?.unwrap_or(set);
        Ok(Outcome::Best(set))
    }

    /// A solver that knows everything that is settled so far, and one more bound.
    fn solver(&self, more: Option<(Few, u32)>) -> Solver<'a> {
        let mut solver = Solver::for_request(self.catalog, self.request, u64::MAX);
        solver.state();
        for &(few, bound) in self.bounds.iter().chain(&more) {
            let counted = match few {
                Few::All => Counted::All,
                Few::Added => Counted::Added,
                Few::RequestedChanged | Few::OthersChanged => Counted::Listed,
            };
            let mut listed = Vec::new();
            for release in self.listed(few) {
                if let Some(lit) = solver.open_release(release) {
                    listed.push(lit ^ 1);
                }
            }
            let unkeepable = self.listed(few).len() - listed.len();
            let counter = solver.counter(counted, &listed);
            solver.tighten(counter, bound.saturating_sub(u32::try_from(unkeepable).unwrap_or(u32::MAX)));
        }
        if let Some(fixed) = &self.fixed {
            solver.settle(fixed.clone());
        }
        solver
    }

    fn solve(
        &mut self,
        solver: &mut Solver<'_>,
        wishes: Vec<Wish>,
        before: &[u32],
        unproven: &'static str,
    ) -> Result<Option<Vec<u32>>, Outcome> {
        solver.wish(wishes);
        let start = solver.decisions;
        solver.budget = start + self.budget.saturating_sub(self.used);
        let verdict = solver.solve(&[]);
        self.used += solver.decisions - start;
        match verdict {
            Verdict::Yes => Ok(Some(solver.model())),
            Verdict::No => Ok(None),
            Verdict::Unknown => Err(Outcome::Unknown {
                best: before.to_vec(),
                unproven,
            }),
        }
    }

    /// Makes something as few as possible, and holds it there.
    fn fewest(&mut self, few: Few, set: &mut Vec<u32>, unproven: &'static str) -> Result<(), Outcome> {
        loop {
            let cost = self.cost(few, set);
            if cost <= self.at_least(few) {
                self.bounds.push((few, cost));
                return Ok(());
            }
            let mut solver = self.solver(Some((few, cost - 1)));
            let wishes = if self.situation.keep { self.kept() } else { Vec::new() };
            match self.solve(&mut solver, wishes, set, unproven)? {
                Some(better) => *set = better,
                None => {
                    self.bounds.push((few, cost));
                    return Ok(());
                }
            }
        }
    }

    /// A bound from below that needs no search.
    fn at_least(&self, few: Few) -> u32 {
        let mut solver = self.solver(None);
        solver.conclude();
        let least = match few {
            Few::RequestedChanged | Few::OthersChanged => {
                let listed = self.listed(few);
                let mut lost = |release: &&u32| match solver.open_release(**release) {
                    Some(lit) => solver.is_out(lit),
                    None => true,
                };
                listed.iter().filter(&mut lost).count()
            }
            Few::Added => 0,
            Few::All => solver.at_least(),
        };
        u32::try_from(least).unwrap_or(u32::MAX)
    }

    fn requested(&self) -> Vec<u32> {
        let mut requested: Vec<u32> = self.situation.wanted.iter().copied().flatten().collect();
        requested.sort_unstable();
        requested.dedup();
        requested
    }

    /// Wishes to keep what is installed: first what is requested.
    fn kept(&self) -> Vec<Wish> {
        let few = [Few::RequestedChanged, Few::OthersChanged];
        few.into_iter().flat_map(|few| self.listed(few)).map(Wish::In).collect()
    }

    /// The installed releases whose change is counted.
    fn listed(&self, few: Few) -> Vec<u32> {
        let requested = self.requested();
        let is_requested = |extension: u32| requested.binary_search(&extension).is_ok();
        let installed = self.situation.installed.iter();
        let listed = installed.filter(|&&(extension, _)| match few {
            Few::RequestedChanged => is_requested(extension),
            Few::OthersChanged => !is_requested(extension),
            Few::Added | Few::All => false,
        });
        listed.map(|&(_, release)| release).collect()
    }

    fn cost(&self, few: Few, set: &[u32]) -> u32 {
        let installed = |extension: u32| self.situation.installed.iter().any(|&(other, _)| other == extension);
        let cost = match few {
            Few::RequestedChanged | Few::OthersChanged => {
                let lost = |release: &u32| set.binary_search(release).is_err();
                self.listed(few).into_iter().filter(lost).count()
            }
            Few::Added => set.iter().filter(|&&release| !installed(self.catalog.release(release).extension)).count(),
            Few::All => set.len(),
        };
        u32::try_from(cost).unwrap_or(u32::MAX)
    }

    fn rank(&self, release: u32) -> u32 {
        self.situation.rank_of(self.catalog, release)
    }

    /// Whether no set could have newer versions.
    fn is_newest(&self, set: &[u32]) -> bool {
        let mut requested: BTreeMap<u32, u32> = BTreeMap::new();
        for (number, wanted) in self.situation.wanted.iter().enumerate() {
            let Some(wanted) = wanted else { continue };
            let candidates = self.situation.requested(self.catalog, number);
            let best = candidates.iter().map(|&release| self.rank(release)).min().unwrap_or(0);
            let known = requested.entry(*wanted).or_default();
            *known = (*known).max(best);
        }
        set.iter().all(|&release| {
            let best = requested.get(&self.catalog.release(release).extension);
            self.rank(release) <= best.copied().unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests;
