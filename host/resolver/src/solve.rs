//! The solver: does a set of releases exist that satisfies everything, and which.
//!
//! It is a solver of its own, driven by conflicts and learning from them. pubgrub has neither disjunctions nor assumptions,
//! so capabilities would be proxy packages and its explanations single proofs; resolvo has both but neither a budget that is
//! counted in decisions nor an optimum that is proven. varisat and batsat are general: they want every clause up front and
//! decide every variable, where here only what chosen releases require is ever decided, and a release's clauses are made
//! when it is first chosen, so that a solve touches what it reaches and no more.
//!
//! Semantics that are decided here:
//! - At most one release of an extension. A requirement is met by one release that satisfies all of it; a release's own
//!   provision meets its own requirement. An optional requirement only says which versions or providers may be there.
//! - A pre-release is chosen only if it is installed, pinned, asked for by the request's range, or required by the range
//!   of something that is chosen. That it provides a capability which is required is not enough.
//! - An exclusive provision shuts out every other extension that provides the capability, an exclusive use every other that
//!   uses the resource, and two extensions that provide one capability under different policies shut out each other.
//! - A conflict with a capability or a resource is with others, not with the one who declares it.
//! - Cycles are no contradiction here.
//!
//! Invariant: iterative; numbered in canonical order; the budget is counted in decisions, and when it is used up the answer is
//! [`Verdict::Unknown`]. Absent: which of several sets is the best ([`crate::objective`]), and why there is none
//! ([`crate::explain`]).

mod core;
mod load;
mod pace;
mod rings;
mod situation;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::core::Lit;
use self::core::{Core, NONE, Step};
pub(crate) use self::load::clash;
use self::pace::{Pace, Turn};
use crate::catalog::Catalog;
use crate::request::Request;
pub(crate) use situation::Situation;

/// Whether something is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The budget of decisions was used up before it was known.
    Unknown,
}

/// What a conflict counts in decisions once conflicts lead: it takes that much longer.
const CONFLICT: u64 = 4;

/// A fact that a request or the catalog states. The catalog's are the same for all versions of what declares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fact {
    /// The entry of `requested` with this number.
    Request(u32),
    /// The pin with this number.
    Pin(u32),
    /// The site's policy with this number.
    Policy(u32),
    /// An extension requires an extension or a capability.
    Requires {
        extension: u32,
        target: crate::catalog::Target,
        optional: bool,
    },
    /// The first extension declares that it conflicts with the second, about something.
    Conflict {
        extension: u32,
        other: u32,
        target: crate::catalog::Target,
    },
    /// Two extensions provide a capability, at least one of them exclusively.
    ExclusiveCapability { capability: u32, one: u32, other: u32 },
    /// Two extensions use a resource, at least one of them exclusively.
    ExclusiveResource { resource: u32, one: u32, other: u32 },
    /// Two extensions provide a capability under different policies.
    Policies { capability: u32, one: u32, other: u32 },
}

/// What is decided first, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// This release is in.
    In(u32),
    /// The extension is in, in its best version.
    Best(u32),
    /// This literal is true.
    Lit(Lit),
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Release(u32),
    /// One of a list of literals has to be true if this is.
    Choice(u32),
    Fact(u32),
    /// Guards a bound on trial.
    Guard,
}

/// Facts that can be switched off, for finding out which of them contradict each other.
#[derive(Debug, Default)]
struct Facts {
    on: bool,
    list: Vec<Fact>,
    variables: BTreeMap<Fact, u32>,
    /// Those that came up since assumptions were last made, and how many of them are assumed already.
    pending: Vec<Lit>,
    held: usize,
    /// Whether facts that come up during a search are taken to hold.
    assume_new: bool,
}

/// Solves over one catalog. Keeps what it learns from one question to the next.
#[derive(Debug)]
pub struct Solver<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) situation: Situation,
    core: Core,
    kinds: Vec<Kind>,
    releases: Vec<u32>,
    needs: Vec<Lit>,
    choices: Vec<Vec<Lit>>,
    loaded: Vec<bool>,
    claims: Vec<Vec<u32>>,
    users: Vec<Vec<u32>>,
    facts: Facts,
    /// By variable of a release, its rank; otherwise 0.
    ranks: Vec<u32>,
    /// By extension, the highest rank that is not excluded for good; empty while nothing is excluded.
    caps: Vec<u32>,
    wishes: Vec<Wish>,
    cursor: Cursor,
    /// How many literals of the trail always hold, and which of them are open choices; as of the start of the search.
    met: usize,
    waiting: Vec<Lit>,
    cursors: Vec<Cursor>,
    /// Scratch: a clause that is being added, and a release's clauses that are being made.
    clause: Vec<Lit>,
    batch: load::Batch,
    model: Vec<bool>,
    possible: Vec<bool>,
    counters: Vec<Counted>,
    forget: bool,
    pace: Pace,
    /// How many decisions may be made in all.
    pub(crate) budget: u64,
    /// How many were made.
    pub(crate) decisions: u64,
}

/// What a counter counts, for variables that come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Listed literals only.
    Listed,
    /// Every extension that is in.
    All,
    /// Every extension that is in and not installed.
    Added,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    wish: u32,
    demand: u32,
}

impl<'c> Solver<'c> {
    /// A solver over a catalog, for asking what is installable.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self::over(catalog, Situation::default(), u64::MAX)
    }

    /// A solver for a request.
    pub(crate) fn for_request(catalog: &'c Catalog, request: &Request, budget: u64) -> Self {
        Self::over(catalog, Situation::new(catalog, request), budget)
    }

    fn over(catalog: &'c Catalog, situation: Situation, budget: u64) -> Self {
        let expected = situation
            .wanted
            .len()
            .saturating_mul(16)
            .min(catalog.releases.len());
        Self {
            catalog,
            situation,
            core: Core::new(catalog.extensions.len(), expected),
            kinds: Vec::with_capacity(expected),
            releases: vec![NONE; catalog.releases.len()],
            needs: vec![NONE; catalog.needs.len()],
            choices: Vec::new(),
            loaded: vec![false; catalog.releases.len()],
            claims: vec![Vec::new(); catalog.capabilities.len()],
            users: vec![Vec::new(); catalog.resources.len()],
            facts: Facts::default(),
            ranks: Vec::with_capacity(expected),
            caps: Vec::new(),
            wishes: Vec::new(),
            cursor: Cursor::default(),
            met: 0,
            waiting: Vec::new(),
            cursors: Vec::new(),
            clause: Vec::new(),
            batch: load::Batch::default(),
            model: Vec::new(),
            possible: Vec::new(),
            counters: Vec::new(),
            forget: false,
            pace: Pace::default(),
            budget,
            decisions: 0,
        }
    }

    /// Whether an extension can be installed in some version with all that it requires. What was found out for one
    /// question is used for the next: what is in a set that satisfies everything is installable.
    pub fn installable(&mut self, extension: &str) -> Verdict {
        let Some(extension) = self.catalog.extension(extension) else {
            return Verdict::No;
        };
        self.possible.resize(self.catalog.extensions.len(), false);
        if self.possible.get(extension as usize) == Some(&true) {
            return Verdict::Yes;
        }
        self.core.back_to(0);
        let releases: Vec<u32> = self.catalog.releases_of(extension).collect();
        let Some(wanted) = self.any_of(&releases) else {
            return Verdict::No;
        };
        let verdict = self.solve(&[wanted]);
        if verdict == Verdict::Yes {
            for release in self.model() {
                let extension = self.catalog.release(release).extension;
                if let Some(possible) = self.possible.get_mut(extension as usize) {
                    *possible = true;
                }
            }
        }
        verdict
    }

    /// States everything that the request asks for as facts that hold.
    pub(crate) fn state(&mut self) {
        for number in 0..self.situation.wanted.len() {
            let releases = self.situation.requested(self.catalog, number);
            let one = self.any_of(&releases);
            let guard = self.guard(Fact::Request(u32::try_from(number).unwrap_or(NONE)));
            let lits: Vec<Lit> = one.into_iter().collect();
            self.clause(&lits, guard);
        }
        if self.facts.on {
            for (extension, pinned, number) in self.situation.pins.clone() {
                let guard = self.guard(Fact::Pin(number));
                for release in self.catalog.releases_of(extension) {
                    if Some(release) != pinned {
                        let lit = self.release(release);
                        self.clause(&[lit ^ 1], guard);
                    }
                }
            }
            for (capability, policy, number) in self.situation.policies.clone() {
                let guard = self.guard(Fact::Policy(number));
                for &release in self.catalog.providers(capability) {
                    if self.breaks_policy(release, capability, policy) {
                        let lit = self.release(release);
                        self.clause(&[lit ^ 1], guard);
                    }
                }
            }
        }
    }

    /// From here on facts can be switched off. To be called before anything is stated.
    pub(crate) fn explain(&mut self) {
        self.facts.on = true;
    }

    /// The facts that came up so far.
    #[cfg(test)]
    pub(crate) fn facts(&self) -> &[Fact] {
        &self.facts.list
    }

    /// Solves with all facts but these; those that come up first during it hold too. If there is no solution, says which
    /// facts exclude one.
    pub(crate) fn solve_without(&mut self, left_out: &BTreeSet<Fact>) -> (Verdict, Vec<Fact>) {
        let wanted = self.facts.variables.iter();
        let wanted = wanted.filter(|(fact, _)| !left_out.contains(fact));
        let assumed: Vec<Lit> = wanted.map(|(_, &variable)| variable * 2).collect();
        self.facts.assume_new = true;
        self.solve_under(&assumed)
    }

    /// Solves with these facts and no others.
    pub(crate) fn solve_with(&mut self, wanted: &BTreeSet<Fact>) -> (Verdict, Vec<Fact>) {
        let known = |fact| self.facts.variables.get(fact);
        let assumed: Vec<Lit> = wanted
            .iter()
            .filter_map(known)
            .map(|&variable| variable * 2)
            .collect();
        self.facts.assume_new = false;
        self.solve_under(&assumed)
    }

    fn solve_under(&mut self, assumed: &[Lit]) -> (Verdict, Vec<Fact>) {
        self.core.back_to(0);
        self.facts.pending.clear();
        if self.decisions >= self.budget {
            return (Verdict::Unknown, Vec::new());
        }
        // What is assumed costs time too, also where it leaves nothing to decide, but far less than a decision.
        self.decisions = self.decisions.saturating_add(1 + assumed.len() as u64 / 32);
        let (verdict, core) = self.search(assumed);
        let fact = |lit: &Lit| match self.kinds.get((lit / 2) as usize) {
            Some(&Kind::Fact(number)) => self.facts.list.get(number as usize).copied(),
            _ => None,
        };
        let mut facts: Vec<Fact> = core.iter().filter_map(fact).collect();
        facts.sort_unstable();
        (verdict, facts)
    }

    /// Whether a set exists in which these literals are true.
    pub(crate) fn solve(&mut self, assumed: &[Lit]) -> Verdict {
        self.search(assumed).0
    }

    /// Draws all conclusions at level 0. False if they are contradictory.
    fn settle_level_zero(&mut self) -> bool {
        while !self.core.broken {
            match self.core.propagate() {
                Step::Wanted(variable) => {
                    if let Some(&Kind::Release(release)) = self.kinds.get(variable as usize)
                        && !self.load(release)
                    {
                        self.core.broken = true;
                    }
                }
                Step::Conflict => self.core.broken = true,
                Step::Done => return true,
            }
        }
        false
    }

    fn search(&mut self, assumed: &[Lit]) -> (Verdict, Vec<Lit>) {
        self.core.back_to(0);
        self.pace = Pace::new(self.wishes.len());
        if self.core.order.is_leading() {
            self.core.order.lead(false);
        }
        loop {
            if self.core.broken {
                return (Verdict::No, Vec::new());
            }
            match self.core.propagate() {
                Step::Wanted(variable) => {
                    if let Some(&Kind::Release(release)) = self.kinds.get(variable as usize)
                        && !self.load(release)
                        && let Some(core) = self.conflict()
                    {
                        return (Verdict::No, core);
                    }
                    if let Some(core) = self.settle_facts() {
                        return (Verdict::No, core);
                    }
                }
                Step::Conflict => {
                    if let Some(core) = self.conflict() {
                        return (Verdict::No, core);
                    }
                }
                Step::Done if self.core.level() == 0 => {
                    if std::mem::take(&mut self.forget) {
                        self.core.forget();
                    }
                    self.cursor = self.start();
                    self.open_level();
                    self.facts.held = 0;
                    for &lit in assumed {
                        if self.core.is_false(lit) {
                            return (Verdict::No, vec![lit]);
                        }
                        if self.core.is_free(lit) {
                            self.core.decide(lit);
                        }
                    }
                    if let Some(core) = self.settle_facts() {
                        return (Verdict::No, core);
                    }
                }
                Step::Done => {
                    let Some(lit) = self.next() else {
                        self.remember();
                        return (Verdict::Yes, Vec::new());
                    };
                    if self.decisions >= self.budget {
                        self.core.back_to(0);
                        return (Verdict::Unknown, Vec::new());
                    }
                    self.decisions += 1;
                    self.open_level();
                    self.core.decide(lit);
                }
            }
        }
    }

    /// Assumes the facts that came up in this search, on level 1. If one of them is already excluded there: by what.
    fn settle_facts(&mut self) -> Option<Vec<Lit>> {
        if !self.facts.on || !self.facts.assume_new || self.core.level() == 0 {
            return None;
        }
        if self.facts.held == self.facts.pending.len() {
            return None;
        }
        self.back_to(1);
        let new = self.facts.pending.get(self.facts.held..).unwrap_or_default();
        self.facts.held = self.facts.pending.len();
        for &lit in new {
            if self.core.is_false(lit) {
                let mut core = self.core.blame_for(lit);
                core.push(lit);
                return Some(core);
            }
            if self.core.is_free(lit) {
                self.core.decide(lit);
            }
        }
        None
    }

    /// Deals with a contradiction; what it came from if there is no way on.
    fn conflict(&mut self) -> Option<Vec<Lit>> {
        if self.core.broken {
            return Some(Vec::new());
        }
        match self.core.conflict_level() {
            0 => {
                self.core.broken = true;
                Some(Vec::new())
            }
            1 => Some(self.core.blame()),
            _ => {
                let many = self.core.learn();
                self.trim_cursors();
                self.forget |= many;
                if self.core.order.is_leading() {
                    self.decisions += CONFLICT;
                }
                match self.pace.conflict() {
                    Turn::On if !many => {}
                    Turn::Again if !self.core.order.is_leading() => {}
                    Turn::On | Turn::Again => self.back_to(0),
                    // Where something is counted, what a bound came from is long, and its parts say little.
                    Turn::Lead if !self.counters.is_empty() => {}
                    Turn::Lead => {
                        self.core.order.lead(true);
                        self.back_to(0);
                    }
                }
                None
            }
        }
    }

    fn open_level(&mut self) {
        self.core.open_level();
        self.cursors.truncate(self.core.level() as usize - 1);
        self.cursors.push(self.cursor);
    }

    fn back_to(&mut self, level: u32) {
        self.core.back_to(level);
        self.trim_cursors();
    }

    fn trim_cursors(&mut self) {
        let level = self.core.level() as usize;
        if level < self.cursors.len() {
            self.cursor = self.cursors.get(level).copied().unwrap_or_default();
            self.cursors.truncate(level);
        }
    }

    fn remember(&mut self) {
        self.model.clear();
        self.model.resize(self.kinds.len(), false);
        for &lit in self.core.trail.iter().filter(|&&lit| lit & 1 == 0) {
            if let Some(slot) = self.model.get_mut((lit / 2) as usize) {
                *slot = true;
            }
        }
    }

    /// The releases of the last set that was found, ascending.
    pub(crate) fn model(&self) -> Vec<u32> {
        let chosen = self.kinds.iter().zip(&self.model).filter(|(_, chosen)| **chosen);
        let mut releases: Vec<u32> = chosen
            .filter_map(|(kind, _)| match kind {
                Kind::Release(release) => Some(*release),
                _ => None,
            })
            .collect();
        releases.sort_unstable();
        releases
    }
}

mod decide;

#[cfg(test)]
mod tests;
