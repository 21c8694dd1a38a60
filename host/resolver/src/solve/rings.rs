//! Rings that are not wanted: extensions of which each requires something that only the others of the ring meet.
//!
//! Invariant: what is excluded is exactly that all of a ring require what they require and nothing outside of it meets any of it.
//! Absent: finding the rings ([`crate::founded`]).

use super::core::{Lit, NONE};
use super::{Kind, Solver};
use crate::catalog::Target;
use crate::founded::Link;

impl Solver<'_> {
    /// For good: not this ring, unless something outside of it meets a requirement in it.
    pub(crate) fn exclude(&mut self, ring: &[Link]) {
        self.back_to(0);
        let catalog = self.catalog;
        let is_in = |extension: u32| {
            ring.binary_search_by_key(&extension, |link| link.extension)
                .is_ok()
        };
        let mut clause: Vec<Lit> = Vec::new();
        let mut outside: Vec<u32> = Vec::new();
        for link in ring {
            let need = *catalog.need(link.need);
            // Of an extension that is required, every version is in the ring: the range does not matter.
            let same = |other: u32| match need.target {
                Target::Extension(_) => catalog.need(other).target == need.target,
                _ => other == link.need,
            };
            let requires = |release: u32| {
                let required = catalog.requires(release).iter().filter(|r| !r.optional);
                required.into_iter().any(|r| same(r.need))
            };
            let met_by_itself = |release: u32| {
                matches!(need.target, Target::Capability(_))
                    && catalog.met_by(link.need).binary_search(&release).is_ok()
            };
            let waits = self.variable(Kind::Guard, NONE, false) * 2;
            for release in catalog.releases_of(link.extension) {
                if requires(release) && !met_by_itself(release) && self.is_open(release) {
                    let lit = self.release(release);
                    self.clause(&[lit ^ 1, waits], None);
                }
            }
            clause.push(waits ^ 1);
            if let Target::Capability(_) = need.target {
                let mut candidates = Vec::new();
                self.situation
                    .candidates(catalog, link.need, &need, &mut candidates);
                outside.extend(
                    candidates
                        .into_iter()
                        .filter(|&release| !is_in(catalog.release(release).extension)),
                );
            }
        }
        outside.sort_unstable();
        outside.dedup();
        clause.extend(self.any_of(&outside));
        self.clause(&clause, None);
    }
}
