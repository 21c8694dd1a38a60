//! What to decide next: what is wished for, in order, and then what chosen releases require and nothing meets yet.
//!
//! Invariant: what is decided only steers where a set is looked for first, never what counts as one. Absent: decisions about
//! anything that nothing requires; it stays out.

use std::collections::BTreeSet;

use super::core::{Lit, NONE};
use super::{Counted, Cursor, Kind, Solver, Verdict, Wish};

impl Solver<'_> {
    /// Wishes for the questions from here on.
    pub(crate) fn wish(&mut self, wishes: Vec<Wish>) {
        self.back_to(0);
        self.wishes = wishes;
    }

    /// At level 0: notes what is open of what always holds; a search looks there first.
    pub(super) fn start(&mut self) -> Cursor {
        let mut waiting = std::mem::take(&mut self.waiting);
        let new = self.core.trail.get(self.met..).unwrap_or_default();
        waiting.extend(new);
        waiting.retain(|&lit| self.open(lit).is_some());
        self.waiting = waiting;
        self.met = self.core.trail.len();
        Cursor::default()
    }

    pub(super) fn next(&mut self) -> Option<Lit> {
        if let Some(lit) = self.core.struck() {
            return Some(lit);
        }
        while let Some(&wish) = self.wishes.get(self.cursor.wish as usize) {
            let lit = match wish {
                Wish::In(release) => self.wanted(release),
                Wish::Best(extension) => self.best(extension),
                Wish::Lit(lit) => self.core.is_free(lit).then_some(lit),
            };
            if lit.is_some() {
                return lit;
            }
            self.cursor.wish += 1;
        }
        self.demanded()
    }

    fn wanted(&mut self, release: u32) -> Option<Lit> {
        let open = self.is_open(release);
        let lit = open.then(|| self.release(release))?;
        self.core.is_free(lit).then_some(lit)
    }

    /// The best version of an extension that is still possible, unless one is chosen.
    fn best(&self, extension: u32) -> Option<Lit> {
        if self.core.chosen(extension).is_some() {
            return None;
        }
        let members = self.core.members(extension);
        let free = members.filter(|&variable| self.core.is_free(variable * 2));
        let best = free.min_by_key(|&variable| self.rank(variable))?;
        Some(best * 2)
    }

    fn rank(&self, variable: u32) -> u32 {
        self.ranks.get(variable as usize).copied().unwrap_or(NONE)
    }

    fn demanded(&mut self) -> Option<Lit> {
        let busy = self.core.conflicts > 64;
        let mut at = self.cursor.demand as usize;
        let mut chosen: Option<(f64, Lit)> = None;
        let mut open_before = false;
        let mut looked = 0;
        let waiting = self.waiting.len();
        loop {
            let lit = match at.checked_sub(waiting) {
                None => self.waiting.get(at),
                Some(after) => self.core.trail.get(self.met + after),
            };
            let Some(&lit) = lit else { break };
            at += 1;
            if let Some(decision) = self.open(lit) {
                if !busy {
                    return Some(decision);
                }
                open_before = true;
                let activity = self.core.order.activity(lit / 2);
                if chosen.is_none_or(|(most, _)| activity > most) {
                    chosen = Some((activity, decision));
                }
                looked += 1;
                if looked == 8 {
                    break;
                }
            } else if !open_before {
                self.cursor.demand = u32::try_from(at).unwrap_or(NONE);
            }
        }
        chosen.map(|(_, lit)| lit)
    }

    /// If a literal is a choice that nothing meets yet: what to try for it.
    fn open(&self, lit: Lit) -> Option<Lit> {
        if lit & 1 == 1 {
            return None;
        }
        let Some(&Kind::Choice(number)) = self.kinds.get((lit / 2) as usize) else {
            return None;
        };
        let candidates = self.choices.get(number as usize)?;
        if candidates.iter().any(|&candidate| self.core.is_true(candidate)) {
            return None;
        }
        let mut best: Option<(bool, bool, u32, Lit)> = None;
        for &candidate in candidates {
            if self.core.is_false(candidate) {
                continue;
            }
            let Some(&Kind::Release(release)) = self.kinds.get((candidate / 2) as usize) else {
                continue;
            };
            let before = self.model.get((candidate / 2) as usize) == Some(&true);
            let kept = self.situation.keep && self.situation.is_special(release);
            let key = (!before, !kept, self.rank(candidate / 2), candidate);
            if best.is_none_or(|(b, k, rank, _)| (key.0, key.1, key.2) < (b, k, rank)) {
                best = Some(key);
            }
        }
        best.map(|(.., candidate)| candidate)
    }

    /// The releases that are in whatever is decided, if nothing is left to decide; at level 0.
    pub(crate) fn forced(&mut self) -> Option<Vec<u32>> {
        self.start();
        if !self.waiting.is_empty() {
            return None;
        }
        let mut forced: Vec<u32> = self.surely_in().collect();
        forced.sort_unstable();
        Some(forced)
    }

    /// At level 0: the releases that are in whatever is decided.
    fn surely_in(&self) -> impl Iterator<Item = u32> {
        let chosen = self.core.trail.iter().filter(|&lit| lit & 1 == 0);
        chosen.filter_map(|lit| match self.kinds.get((lit / 2) as usize) {
            Some(&Kind::Release(release)) => Some(release),
            _ => None,
        })
    }

    /// How many extensions are in at least, whatever is decided; of all, or of those that are not installed. They are those that
    /// have to be in, and one for each open choice that shares no extension with another one; at level 0. Also the extensions
    /// of these choices, ascending.
    pub(crate) fn at_least(&mut self, all: bool) -> (usize, Vec<u32>) {
        self.start();
        let counts = |extension: u32| all || !self.situation.is_installed(extension);
        let extension = |release: u32| self.catalog.release(release).extension;
        let mut count = self
            .surely_in()
            .filter(|&release| counts(extension(release)))
            .count();
        let mut taken = BTreeSet::new();
        for &lit in &self.waiting {
            let Some(&Kind::Choice(number)) = self.kinds.get((lit / 2) as usize) else {
                continue;
            };
            let candidates = self.choices.get(number as usize).into_iter().flatten();
            let open = candidates.filter(|&&candidate| !self.core.is_false(candidate));
            let extensions: BTreeSet<u32> = open
                .filter_map(|&candidate| match self.kinds.get((candidate / 2) as usize) {
                    Some(&Kind::Release(release)) => Some(extension(release)),
                    _ => None,
                })
                .collect();
            if extensions.iter().all(|&extension| counts(extension)) && taken.is_disjoint(&extensions) {
                taken.extend(extensions);
                count += 1;
            }
        }
        (count, taken.into_iter().collect())
    }

    /// For good: an extension is in no release with a higher rank than this.
    pub(crate) fn cap(&mut self, extension: u32, rank: u32) {
        self.back_to(0);
        if self.caps.is_empty() {
            self.caps = vec![NONE; self.catalog.extensions.len()];
        }
        if let Some(cap) = self.caps.get_mut(extension as usize) {
            *cap = rank;
        }
        let mut worse = std::mem::take(&mut self.clause);
        worse.clear();
        let members = self.core.members(extension);
        worse.extend(members.filter(|&variable| self.rank(variable) > rank));
        for &variable in &worse {
            self.core.always(variable * 2 + 1);
        }
        self.clause = worse;
    }

    /// At level 0: what to assume so that one of these releases is in; none if none of them can be.
    pub(crate) fn keepable(&mut self, releases: &[u32]) -> Option<Lit> {
        self.back_to(0);
        self.any_of(releases)
    }

    /// At level 0: wishes against every release that came up and could still be in, but for those of these extensions, ascending, and
    /// the best of each extension: by extension, the worst first.
    pub(crate) fn avoidable(&mut self, but: &[u32]) -> Vec<Wish> {
        self.back_to(0);
        let mut found: Vec<(u32, u32, Lit)> = Vec::new();
        for (variable, kind) in (0..).zip(&self.kinds) {
            let rank = self.rank(variable);
            if let Kind::Release(release) = *kind
                && rank > 0
                && self.core.is_free(variable * 2)
            {
                let extension = self.catalog.release(release).extension;
                if but.binary_search(&extension).is_err() {
                    found.push((extension, NONE - rank, variable * 2 + 1));
                }
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(.., lit)| Wish::Lit(lit)).collect()
    }

    /// How many variables there are.
    pub(crate) fn known(&self) -> usize {
        self.kinds.len()
    }

    /// Whether a release had a variable when there were so many.
    pub(crate) fn was_known(&self, release: u32, variables: usize) -> bool {
        let lit = self.releases.get(release as usize).copied().unwrap_or(NONE);
        ((lit / 2) as usize) < variables
    }

    /// At level 0: whether a release is in whatever is decided.
    pub(crate) fn is_forced(&self, release: u32) -> bool {
        let lit = self.releases.get(release as usize).copied().unwrap_or(NONE);
        lit != NONE && self.core.is_true(lit)
    }

    /// For good: a literal is true.
    pub(crate) fn hold(&mut self, lit: Lit) {
        self.back_to(0);
        self.core.always(lit);
    }

    /// At level 0: what to assume so that an extension is absent or in a better release than this; none if it can't be.
    pub(crate) fn better(&mut self, release: u32, absent: bool) -> Option<Vec<Lit>> {
        self.back_to(0);
        let extension = self.catalog.release(release).extension;
        let rank = self.situation.rank_of(self.catalog, release);
        let lit = self.release(release);
        if self.core.is_true(lit) {
            return None;
        }
        let mut members = self.core.members(extension);
        let newer = absent || members.any(|v| self.rank(v) < rank && !self.core.is_false(v * 2));
        drop(members);
        if !newer {
            return None;
        }
        let mut worse = Vec::new();
        for other in self.catalog.releases_of(extension) {
            if self.situation.rank_of(self.catalog, other) >= rank && self.is_open(other) {
                worse.push(self.release(other) ^ 1);
            }
        }
        Some(worse)
    }

    /// At level 0: the literals of an extension that are neither true nor false.
    pub(crate) fn free(&self, extension: u32) -> Option<Lit> {
        let mut members = self.core.members(extension).map(|variable| variable * 2);
        members.find(|&lit| self.core.is_free(lit))
    }

    pub(super) fn counts(&self, counted: Counted, extension: u32) -> bool {
        match counted {
            Counted::Listed => false,
            Counted::All => true,
            Counted::Added => !self.situation.is_installed(extension),
        }
    }

    /// Counts literals, or extensions that are in, from here on.
    pub(crate) fn counter(&mut self, counted: Counted, listed: &[Lit]) -> usize {
        self.back_to(0);
        let number = self.core.counter();
        self.counters.push(counted);
        for &lit in listed {
            self.core.count(number, lit);
        }
        for (variable, kind) in (0..).zip(&self.kinds) {
            if let Kind::Release(release) = *kind
                && self.counts(counted, self.catalog.release(release).extension)
            {
                self.core.count(number, variable * 2);
            }
        }
        number
    }

    /// Solves with a tighter bound on a counter; if there is a solution, the bound stays.
    pub(crate) fn solve_within(&mut self, counter: usize, bound: u32) -> Verdict {
        self.back_to(0);
        let guard = self.variable(Kind::Guard, NONE, false) * 2;
        self.core.attempt(counter, guard, bound);
        let verdict = self.solve(&[guard]);
        self.back_to(0);
        self.core.conclude_attempt(verdict == Verdict::Yes);
        if verdict == Verdict::Yes {
            self.core.tighten(counter, bound);
        }
        verdict
    }

    /// Bounds a counter for good.
    pub(crate) fn tighten(&mut self, counter: usize, bound: u32) {
        self.back_to(0);
        self.core.tighten(counter, bound);
    }

    /// Draws all conclusions at level 0. False if they are contradictory.
    pub(crate) fn conclude(&mut self) -> bool {
        self.back_to(0);
        self.settle_level_zero()
    }

    /// At level 0: the literal of a release, if it could be chosen.
    pub(crate) fn open_release(&mut self, release: u32) -> Option<Lit> {
        self.back_to(0);
        let lit = self.is_open(release).then(|| self.release(release))?;
        (!self.core.is_false(lit)).then_some(lit)
    }

    /// At level 0: makes the clauses of everything that could come to be required.
    pub(crate) fn explore(&mut self) {
        let mut at = 0;
        while let Some(kind) = self.kinds.get(at) {
            if let Kind::Release(release) = *kind
                && u32::try_from(at).is_ok_and(|variable| !self.core.is_false(variable * 2))
                && !self.load(release)
            {
                return;
            }
            at += 1;
        }
    }
}
