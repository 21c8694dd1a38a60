//! What to decide next: what is wished for, in order, and then what chosen releases require and nothing meets yet.
//!
//! Invariant: wishes are decided strictly in order, also those about extensions that come up during the search, for which it
//! goes back. So the first set that is found is the best one by them. Absent: decisions about anything that nothing
//! requires; it stays out.

use std::collections::{BTreeMap, BTreeSet};

use super::core::{Lit, NONE};
use super::{Counted, Cursor, Kind, Next, Solver, Wish};

impl Solver<'_> {
    /// Wishes for the questions from here on. `Others` is tracked from here on if it is among them.
    pub(crate) fn wish(&mut self, wishes: Vec<Wish>) {
        self.back_to(0);
        if wishes.contains(&Wish::Others) && self.known.is_none() {
            self.known = Some(BTreeSet::new());
            let known = self.kinds.iter().filter_map(|kind| match kind {
                Kind::Release(release) => Some(*release),
                _ => None,
            });
            let known: Vec<u32> = known.collect();
            for release in known {
                if self.situation.rank_of(self.catalog, release) > 0 {
                    let extension = self.catalog.release(release).extension;
                    self.discover(extension);
                }
            }
        }
        self.wishes = wishes;
        self.cursor = Cursor::default();
    }

    /// An extension came up of which a release that is not the best could be chosen.
    pub(super) fn discover(&mut self, extension: u32) {
        if let Some(known) = &mut self.known {
            known.insert(extension);
        }
        let held = self.zeros.get(&extension).is_some_and(|&zero| self.core.is_true(zero * 2));
        let at = self.wishes.get(self.cursor.wish as usize);
        let others = self.wishes.iter().position(|wish| *wish == Wish::Others);
        let passed = others.is_some_and(|others| {
            self.cursor.wish as usize > others || at == Some(&Wish::Others) && self.cursor.extension > extension
        });
        if passed && !held {
            self.rewind = Some(self.rewind.map_or(extension, |rewind| rewind.min(extension)));
        }
    }

    pub(super) fn next(&mut self) -> Next {
        if let Some(extension) = self.rewind.take() {
            let others = self.wishes.iter().position(|wish| *wish == Wish::Others).unwrap_or(0);
            // The cursor that is kept for a level is the one from before its decision.
            let before = |cursor: &Cursor| {
                (cursor.wish as usize) < others || cursor.wish as usize == others && cursor.extension <= extension
            };
            let level = self.cursors.partition_point(before);
            if level < self.cursors.len() {
                self.back_to(u32::try_from(level.max(1)).unwrap_or(NONE));
                self.rewound(extension, others);
                return Next::Again;
            }
            self.rewound(extension, others);
        }
        while let Some(&wish) = self.wishes.get(self.cursor.wish as usize) {
            if let Some(lit) = self.wished(wish) {
                return Next::Decide(lit);
            }
            self.cursor.wish += 1;
            self.cursor.extension = 0;
        }
        self.demanded()
    }

    fn rewound(&mut self, extension: u32, others: usize) {
        let here = (self.cursor.wish as usize, self.cursor.extension);
        if here > (others, extension) {
            self.cursor.wish = u32::try_from(others).unwrap_or(NONE);
            self.cursor.extension = extension;
        }
    }

    fn wished(&mut self, wish: Wish) -> Option<Lit> {
        match wish {
            Wish::In(release) => {
                let open = self.is_open(release);
                let lit = open.then(|| self.release(release))?;
                self.core.is_free(lit).then_some(lit)
            }
            Wish::Best(extension) => self.best(extension),
            Wish::Others => loop {
                let known = self.known.as_ref()?;
                let extension = *known.range(self.cursor.extension..).next()?;
                if let Some(lit) = self.zero(extension) {
                    self.cursor.extension = extension;
                    return Some(lit);
                }
                self.cursor.extension = extension + 1;
            },
            Wish::Small => {
                let count = u32::try_from(self.catalog.extensions.len()).unwrap_or(NONE);
                while self.cursor.extension < count {
                    let extension = self.cursor.extension;
                    if self.core.chosen(extension).is_none()
                        && let Some(lit) = self.best(extension)
                    {
                        return Some(lit);
                    }
                    self.cursor.extension += 1;
                }
                None
            }
        }
    }

    /// The best version of an extension that is still possible, unless one is chosen.
    fn best(&self, extension: u32) -> Option<Lit> {
        if self.core.chosen(extension).is_some() {
            return None;
        }
        let members = self.core.members(extension).iter().copied();
        let free = members.filter(|&variable| self.core.is_free(variable * 2));
        let best = free.min_by_key(|&variable| match self.kinds.get(variable as usize) {
            Some(&Kind::Release(release)) => self.situation.rank_of(self.catalog, release),
            _ => NONE,
        })?;
        Some(best * 2)
    }

    /// What to decide so that an extension is absent or in as good a version as possible.
    fn zero(&mut self, extension: u32) -> Option<Lit> {
        if self.core.chosen(extension).is_some() {
            return None;
        }
        let zero = if let Some(&zero) = self.zeros.get(&extension) {
            zero
        } else {
            self.kinds.push(Kind::Zero);
            let zero = self.core.variable(NONE, false);
            self.zeros.insert(extension, zero);
            for variable in self.core.members(extension).to_vec() {
                if self.rank(variable) > 0 {
                    self.clause(&[zero * 2 + 1, variable * 2 + 1], None);
                }
            }
            zero
        };
        if self.core.is_free(zero * 2) {
            return Some(zero * 2);
        }
        if self.core.is_true(zero * 2) {
            return None;
        }
        let members = self.core.members(extension).iter().copied();
        let free = members.filter(|&variable| self.core.is_free(variable * 2) && self.rank(variable) > 0);
        let worst = free.max_by_key(|&variable| self.rank(variable))?;
        Some(worst * 2 + 1)
    }

    fn rank(&self, variable: u32) -> u32 {
        match self.kinds.get(variable as usize) {
            Some(&Kind::Release(release)) => self.situation.rank_of(self.catalog, release),
            _ => 0,
        }
    }

    fn demanded(&mut self) -> Next {
        let busy = self.core.conflicts > 64;
        let mut at = self.cursor.demand as usize;
        let mut chosen: Option<(u32, Lit)> = None;
        let mut open_before = false;
        while let Some(&lit) = self.core.trail.get(at) {
            at += 1;
            if let Some(decision) = self.open(lit) {
                if !busy {
                    return Next::Decide(decision);
                }
                open_before = true;
                let activity = self.core.activity.get((lit / 2) as usize).copied().unwrap_or(0);
                if chosen.is_none_or(|(most, _)| activity > most) {
                    chosen = Some((activity, decision));
                }
            } else if !open_before {
                self.cursor.demand = u32::try_from(at).unwrap_or(NONE);
            }
        }
        chosen.map_or(Next::Nothing, |(_, lit)| Next::Decide(lit))
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
        let mut best: Option<(bool, bool, u32, Lit)> = None;
        for &candidate in candidates {
            if self.core.is_true(candidate) {
                return None;
            }
            if self.core.is_false(candidate) {
                continue;
            }
            let Some(&Kind::Release(release)) = self.kinds.get((candidate / 2) as usize) else {
                continue;
            };
            let before = self.model.get((candidate / 2) as usize) == Some(&true);
            let kept = self.situation.keep && self.situation.is_special(release);
            let key = (!before, !kept, self.situation.rank_of(self.catalog, release), candidate);
            if best.is_none_or(|(b, k, rank, _)| (key.0, key.1, key.2) < (b, k, rank)) {
                best = Some(key);
            }
        }
        best.map(|(.., candidate)| candidate)
    }

    /// The releases that are in whatever is decided, if nothing is left to decide; at level 0.
    pub(crate) fn forced(&self) -> Option<Vec<u32>> {
        let mut forced = Vec::new();
        for &lit in &self.core.trail {
            if self.open(lit).is_some() {
                return None;
            }
            if let (0, Some(&Kind::Release(release))) = (lit & 1, self.kinds.get((lit / 2) as usize)) {
                forced.push(release);
            }
        }
        forced.sort_unstable();
        Some(forced)
    }

    /// How many extensions are in at least, whatever is decided: those that have to be, and one for each open choice that shares no
    /// extension with another one; at level 0.
    pub(crate) fn at_least(&self) -> usize {
        let mut taken = BTreeSet::new();
        let mut count = 0;
        for &lit in &self.core.trail {
            if let (0, Some(Kind::Release(_))) = (lit & 1, self.kinds.get((lit / 2) as usize)) {
                count += 1;
            }
            if self.open(lit).is_some()
                && let Some(&Kind::Choice(number)) = self.kinds.get((lit / 2) as usize)
            {
                let candidates = self.choices.get(number as usize).into_iter().flatten();
                let open = candidates.filter(|&&candidate| !self.core.is_false(candidate));
                let extensions: BTreeSet<u32> = open
                    .filter_map(|&candidate| match self.kinds.get((candidate / 2) as usize) {
                        Some(&Kind::Release(release)) => Some(self.catalog.release(release).extension),
                        _ => None,
                    })
                    .collect();
                if taken.is_disjoint(&extensions) {
                    taken.extend(extensions);
                    count += 1;
                }
            }
        }
        count
    }

    /// Sets for good, at level 0: these releases are in, and every other extension is absent or in its best version.
    pub(crate) fn settle(&mut self, fixed: BTreeMap<u32, u32>) {
        self.back_to(0);
        let known: Vec<(u32, u32)> = (0..)
            .zip(&self.kinds)
            .filter_map(|(variable, kind)| match kind {
                Kind::Release(release) => Some((variable, *release)),
                _ => None,
            })
            .collect();
        for (variable, release) in known {
            let extension = self.catalog.release(release).extension;
            let lit = variable * 2;
            if fixed.get(&extension) == Some(&release) {
                self.clause(&[lit], None);
            } else if self.situation.rank_of(self.catalog, release) > 0 {
                self.clause(&[lit ^ 1], None);
            }
        }
        self.settled = Some(fixed);
    }

    /// Counts literals, or extensions that are in, from here on.
    pub(crate) fn counter(&mut self, counted: Counted, listed: &[Lit]) -> usize {
        self.back_to(0);
        let counter = self.core.counter();
        self.counters.push(counted);
        for &lit in listed {
            self.core.count(counter, lit);
        }
        if counted != Counted::Listed {
            for (variable, kind) in (0..).zip(&self.kinds) {
                let Kind::Release(release) = *kind else { continue };
                let extension = self.catalog.release(release).extension;
                let installed = || self.situation.installed.iter().any(|&(installed, _)| installed == extension);
                if counted == Counted::All || !installed() {
                    self.core.count(counter, variable * 2);
                }
            }
        }
        counter
    }

    /// Bounds a counter for good.
    pub(crate) fn tighten(&mut self, counter: usize, bound: u32) {
        self.back_to(0);
        self.core.tighten(counter, bound);
    }

    /// Draws all conclusions at level 0. False if they are contradictory.
    pub(crate) fn conclude(&mut self) -> bool {
        self.wishes.clear();
        self.back_to(0);
        self.core.assign_units();
        self.settle_level_zero()
    }

    /// The literal of a release that could be chosen.
    pub(crate) fn open_release(&mut self, release: u32) -> Option<Lit> {
        self.back_to(0);
        let open = self.is_open(release);
        open.then(|| self.release(release))
    }

    /// Whether a literal is false as things stand.
    pub(crate) fn is_out(&self, lit: Lit) -> bool {
        self.core.is_false(lit)
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
