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
//! One solver does it all: it finds a set, trying what is preferred first, and then is asked step by step for a set that is
//! better in this step and no worse in those before. What a step found to be the best is held for good. Where the set is
//! as good as can be, nothing is asked; so a site that can have the newest of everything takes one search. With `newest`, all
//! that is not requested takes one search more, which decides in the order of ids and so comes upon the best set first.
//!
//! Before all of these, a set in which everything can be activated is preferred over one with a cycle of requirements. That is
//! complete: what stands in a cycle of the best set is excluded, and the best of what is left is found, until there is one without
//! a cycle or none at all. Only then the very best is the answer with its cycle, which is quarantined. So a cycle that can't
//! be avoided costs another search, and all of it counts against the budget. A requirement of a capability that several of
//! the set meet is in no cycle if one of them can be active first.
//!
//! Invariant: the best set is unique, so it does not depend on how it was found. Absent: what to do when there is none.

use crate::catalog::Catalog;
use crate::founded::{Link, founded};
use crate::request::Request;
use crate::solve::{Counted, Lit, Solver, Verdict, Wish};

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The best set, ascending.
    Best(Vec<u32>),
    /// No set satisfies the request.
    Impossible,
    /// The budget was used up: before anything was found, or before this was proven of the best set so far.
    Unknown { best: Vec<u32>, unproven: &'static str },
}

/// Finds the best set within a budget of decisions, and says how many it took.
pub(crate) fn best(catalog: &Catalog, request: &Request, budget: u64) -> (Outcome, u64) {
    let mut rings: Vec<Vec<Link>> = Vec::new();
    let mut with_cycle: Option<Vec<u32>> = None;
    let mut used = 0;
    loop {
        let (outcome, decisions) = best_without(catalog, request, budget.saturating_sub(used), &rings);
        used += decisions;
        let outcome = match outcome {
            Outcome::Best(set) => {
                let founded = founded(catalog, &set);
                if !founded.all() {
                    rings.extend(founded.rings(catalog, &set));
                    with_cycle.get_or_insert(set);
                    continue;
                }
                Outcome::Best(set)
            }
            Outcome::Impossible => with_cycle.map_or(Outcome::Impossible, Outcome::Best),
            Outcome::Unknown { best, .. }
                if with_cycle.is_some() && (best.is_empty() || !founded(catalog, &best).all()) =>
            {
                Outcome::Unknown {
                    best: with_cycle.unwrap_or_default(),
                    unproven: "that there is no solution without a cycle",
                }
            }
            unknown @ Outcome::Unknown { .. } => unknown,
        };
        return (outcome, used);
    }
}

/// The best set without these rings.
fn best_without(catalog: &Catalog, request: &Request, budget: u64, rings: &[Vec<Link>]) -> (Outcome, u64) {
    let mut solver = Solver::for_request(catalog, request, budget);
    solver.state();
    for ring in rings {
        solver.exclude(ring);
    }
    let mut requested: Vec<u32> = solver.situation.wanted.iter().copied().flatten().collect();
    requested.sort_unstable();
    requested.dedup();
    let mut search = Search {
        catalog,
        solver,
        requested,
        set: Vec::new(),
        bounds: Vec::new(),
    };
    let outcome = match search.run() {
        Ok(true) => Outcome::Best(search.set),
        Ok(false) => Outcome::Impossible,
        Err(unproven) => Outcome::Unknown {
            best: search.set,
            unproven,
        },
    };
    (outcome, search.solver.decisions)
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
    solver: Solver<'a>,
    /// The extensions that are requested, ascending.
    requested: Vec<u32>,
    /// The best set so far, ascending.
    set: Vec<u32>,
    /// What is held to be few.
    bounds: Vec<(Few, u32)>,
}

/// What was not proven when the budget was used up.
type Unproven = &'static str;

impl Search<'_> {
    /// Leaves the best set in `set`. False if there is none.
    fn run(&mut self) -> Result<bool, Unproven> {
        let keep = self.solver.situation.keep;
        let mut wishes = if keep { self.kept() } else { Vec::new() };
        let kept = wishes.clone();
        wishes.extend(self.requested.iter().copied().map(Wish::Best));
        self.solver.wish(wishes);
        if !self.ask(&[], "whether there is a solution")? {
            return Ok(false);
        }
        if keep {
            self.fewest(
                Few::RequestedChanged,
                "that as few as possible of the requested change",
            )?;
            self.fewest(
                Few::OthersChanged,
                "that as few as possible of the installed change",
            )?;
            self.fewest(Few::Added, "that as few as possible are added")?;
        }
        for at in 0..self.requested.len() {
            if let Some(&extension) = self.requested.get(at) {
                self.newest(extension, true)?;
            }
        }
        if keep {
            self.solver.wish(kept);
            let mut from = 0;
            while let Some(extension) = self.old(from) {
                self.absent_or_newest(from..extension);
                self.newest(extension, false)?;
                from = extension + 1;
            }
            self.absent_or_newest(from..size(self.catalog.extensions.len()));
        } else {
            self.others()?;
        }
        if self.only() {
            return Ok(true);
        }
        self.fewest(Few::All, "that the extensions are the fewest")?;
        if !self.only() {
            self.smallest("that no smaller ids would do")?;
        }
        Ok(true)
    }

    /// Whether there is a set under these assumptions, which is kept then.
    fn ask(&mut self, assumed: &[Lit], unproven: Unproven) -> Result<bool, Unproven> {
        let verdict = self.solver.solve(assumed);
        self.learn(verdict, unproven)
    }

    fn learn(&mut self, verdict: Verdict, unproven: Unproven) -> Result<bool, Unproven> {
        match verdict {
            Verdict::Yes => {
                self.set = self.solver.model();
                Ok(true)
            }
            Verdict::No => Ok(false),
            Verdict::Unknown => Err(unproven),
        }
    }

    /// The release of an extension in the set.
    fn chosen(&self, extension: u32) -> Option<u32> {
        let releases = self.catalog.releases_of(extension);
        let at = self.set.partition_point(|&release| release < releases.start);
        self.set
            .get(at)
            .copied()
            .filter(|&release| release < releases.end)
    }

    /// Makes an extension as new as possible, or absent if it may be, and holds it there.
    fn newest(&mut self, extension: u32, requested: bool) -> Result<(), Unproven> {
        while let Some(release) = self.chosen(extension) {
            let rank = self.rank(release);
            if rank > 0
                && self.solver.conclude()
                && let Some(better) = self.solver.better(release, !requested)
                && self.ask(&better, "that the versions are the newest")?
            {
                continue;
            }
            self.solver.cap(extension, rank);
            if (requested || rank > 0)
                && let Some(lit) = self.solver.open_release(release)
            {
                self.solver.hold(lit);
            }
            return Ok(());
        }
        self.solver.cap(extension, 0);
        Ok(())
    }

    /// Makes everything that is not requested absent or as new as possible, in the order of ids, and holds it there.
    ///
    /// The solver decides against one version after the other: by id, and of one id the oldest first. As long as it decides
    /// nothing else before, a version is only in a set if each set that is no worse before has it or an older one. Versions that
    /// came up on the way are asked about in another round, unless they are out, which is as good as can be.
    fn others(&mut self) -> Result<(), Unproven> {
        self.solver.wish(Vec::new());
        while self.solver.conclude() && self.improvable() {
            let known = self.solver.known();
            let wishes = self.solver.avoidable(&self.requested);
            self.solver.wish(wishes);
            if !self.ask(&[], "that the versions are the newest")? {
                break;
            }
            self.solver.wish(Vec::new());
            let old = |release: u32| self.rank(release) > 0 && !self.is_requested(release);
            let new = |release: u32| !self.solver.was_known(release, known);
            if !self.set.iter().any(|&release| old(release) && new(release)) {
                break;
            }
        }
        self.solver.wish(Vec::new());
        let (mut at, mut requested) = (0, 0);
        for extension in 0..size(self.catalog.extensions.len()) {
            let own = self.set.get(at).copied();
            let own = own.filter(|&release| self.catalog.release(release).extension == extension);
            at += usize::from(own.is_some());
            if self.requested.get(requested) == Some(&extension) {
                requested += 1;
                continue;
            }
            let rank = own.map_or(0, |release| self.rank(release));
            self.solver.cap(extension, rank);
            if let Some(release) = own.filter(|_| rank > 0)
                && let Some(lit) = self.solver.open_release(release)
            {
                self.solver.hold(lit);
            }
        }
        Ok(())
    }

    /// Whether something that is not requested is in an older version than it would have to be, as far as can be seen without a search.
    fn improvable(&self) -> bool {
        let mut old = self.set.iter().filter(|&&release| self.rank(release) > 0);
        old.any(|&release| !self.is_requested(release) && !self.solver.is_forced(release))
    }

    /// The first extension from here on that is not requested and not in its newest version.
    fn old(&self, from: u32) -> Option<u32> {
        let start = self.catalog.releases_of(from).start;
        let at = self.set.partition_point(|&release| release < start);
        let mut later = self.set.iter().skip(at);
        let old = later.find(|&&release| self.rank(release) > 0 && !self.is_requested(release))?;
        Some(self.catalog.release(*old).extension)
    }

    /// Whether another extension would be one too many, since what is needed without it already makes up the fewest.
    fn too_many(&mut self, extension: u32) -> bool {
        let (least, one_of_each) = self.solver.at_least(true);
        least >= self.set.len() && one_of_each.binary_search(&extension).is_err()
    }

    fn is_requested(&self, release: u32) -> bool {
        let extension = self.catalog.release(release).extension;
        self.requested.binary_search(&extension).is_ok()
    }

    /// Holds that these extensions, but for requested ones, are absent or in their newest versions.
    fn absent_or_newest(&mut self, extensions: std::ops::Range<u32>) {
        let mut requested = self.requested.partition_point(|&e| e < extensions.start);
        for extension in extensions {
            if self.requested.get(requested) == Some(&extension) {
                requested += 1;
            } else {
                self.solver.cap(extension, 0);
            }
        }
    }

    /// Whether what holds anyway is a set that satisfies everything: then nothing is left to choose, and that is the best one.
    fn only(&mut self) -> bool {
        self.solver.conclude();
        let Some(forced) = self.solver.forced() else {
            return false;
        };
        let fine = self
            .bounds
            .iter()
            .all(|&(few, bound)| self.cost(few, &forced) <= bound);
        if fine {
            self.set = forced;
        }
        fine
    }

    /// Makes something as few as possible, and holds it there.
    fn fewest(&mut self, few: Few, unproven: Unproven) -> Result<(), Unproven> {
        self.solver.conclude();
        let listed = self.listed(few);
        let open: Vec<Lit> = listed
            .iter()
            .filter_map(|&release| self.solver.open_release(release))
            .map(|lit| lit ^ 1)
            .collect();
        let lost = size(listed.len() - open.len());
        let least = match few {
            Few::RequestedChanged | Few::OthersChanged => lost,
            Few::Added | Few::All => size(self.solver.at_least(few == Few::All).0),
        };
        let counter = self.solver.counter(
            match few {
                Few::All => Counted::All,
                Few::Added => Counted::Added,
                Few::RequestedChanged | Few::OthersChanged => Counted::Listed,
            },
            &open,
        );
        let mut cost = self.cost(few, &self.set);
        while cost > least {
            let verdict = self.solver.solve_within(counter, cost - 1 - lost);
            if !self.learn(verdict, unproven)? {
                break;
            }
            cost = self.cost(few, &self.set);
        }
        self.solver.tighten(counter, cost - lost);
        self.bounds.push((few, cost));
        Ok(())
    }

    /// Of sets that are as good otherwise, finds the one with the smaller id where they first differ.
    fn smallest(&mut self, unproven: Unproven) -> Result<(), Unproven> {
        self.solver.explore();
        let end = size(self.catalog.extensions.len());
        for extension in 0..end {
            self.solver.conclude();
            // By now every extension can be in only one version.
            let Some(lit) = self.solver.free(extension) else {
                continue;
            };
            let is_in = self.chosen(extension).is_some()
                || !self.too_many(extension) && self.ask(&[lit], unproven)?;
            self.solver.hold(if is_in { lit } else { lit ^ 1 });
        }
        Ok(())
    }

    /// Wishes to keep what is installed: first what is requested.
    fn kept(&self) -> Vec<Wish> {
        let few = [Few::RequestedChanged, Few::OthersChanged];
        few.into_iter()
            .flat_map(|few| self.listed(few))
            .map(Wish::In)
            .collect()
    }

    /// The installed releases whose change is counted.
    fn listed(&self, few: Few) -> Vec<u32> {
        let installed = self
            .solver
            .situation
            .installed
            .iter()
            .map(|&(_, release)| release);
        let listed = installed.filter(|&release| match few {
            Few::RequestedChanged => self.is_requested(release),
            Few::OthersChanged => !self.is_requested(release),
            Few::Added | Few::All => false,
        });
        listed.collect()
    }

    fn cost(&self, few: Few, set: &[u32]) -> u32 {
        let installed = |release: u32| {
            let extension = self.catalog.release(release).extension;
            self.solver.situation.is_installed(extension)
        };
        size(match few {
            Few::RequestedChanged | Few::OthersChanged => {
                let lost = |release: &u32| set.binary_search(release).is_err();
                self.listed(few).into_iter().filter(lost).count()
            }
            Few::Added => set.iter().filter(|&&release| !installed(release)).count(),
            Few::All => set.len(),
        })
    }

    fn rank(&self, release: u32) -> u32 {
        self.solver.situation.rank_of(self.catalog, release)
    }
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
