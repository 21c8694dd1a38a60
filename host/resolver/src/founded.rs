//! What of a set can be activated, where each waits for what it requires: the rest stands in cycles or depends on one.
//!
//! A requirement that the release itself meets waits for nothing. Where several of the set meet one, it is enough that one of
//! them is active, so a cycle over one provider is none if another one does as well.
//!
//! Invariant: what is founded is in a later round than something that meets each of its requirements; everything that could be
//! founded is. Absent: optional requirements, which wait for nothing that can't be.

use crate::catalog::{Catalog, Target};
use crate::order::components;

/// An extension and what it requires, which only the others of its ring can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(crate) extension: u32,
    /// The number of the need.
    pub(crate) need: u32,
}

/// What is known of a set.
#[derive(Debug)]
pub(crate) struct Founded {
    /// By place in the set: in which round it can be activated, if it ever can.
    rounds: Vec<Option<u32>>,
    waits: Vec<Wait>,
    by: Vec<u32>,
}

/// A requirement that waits for one of others.
#[derive(Debug)]
struct Wait {
    own: u32,
    need: u32,
    /// Which part of the list of what meets requirements is about this one.
    by: (usize, usize),
}

/// Looks at a set, ascending, that satisfies everything.
pub(crate) fn founded(catalog: &Catalog, set: &[u32]) -> Founded {
    let place = |release: &u32| u32::try_from(set.binary_search(release).ok()?).ok();
    let mut waits: Vec<Wait> = Vec::new();
    let mut by: Vec<u32> = Vec::new();
    let mut open = vec![0_u32; set.len()];
    for ((own, &release), open) in (0..).zip(set).zip(&mut open) {
        for requirement in catalog.requires(release).iter().filter(|r| !r.optional) {
            let start = by.len();
            match catalog.need(requirement.need).target {
                Target::Extension(extension) => {
                    let releases = catalog.releases_of(extension);
                    let at = set.partition_point(|&release| release < releases.start);
                    let there = set.get(at).filter(|release| releases.contains(release));
                    by.extend(there.and_then(|_| u32::try_from(at).ok()));
                }
                _ => by.extend(catalog.met_by(requirement.need).iter().filter_map(place)),
            }
            if by.get(start..).unwrap_or_default().contains(&own) {
                by.truncate(start);
                continue;
            }
            *open += 1;
            waits.push(Wait {
                own,
                need: requirement.need,
                by: (start, by.len()),
            });
        }
    }
    // By what meets them, the requirements that wait for it: where they begin, and then they themselves.
    let mut begins = vec![0_usize; set.len() + 1];
    for &other in &by {
        if let Some(count) = begins.get_mut(other as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for begin in &mut begins {
        sum += *begin;
        *begin = sum;
    }
    let mut waiting = vec![0_u32; by.len()];
    let mut free = begins.clone();
    for (number, wait) in (0..).zip(&waits) {
        for &other in by.get(wait.by.0..wait.by.1).unwrap_or_default() {
            if let Some(at) = free.get_mut(other as usize) {
                if let Some(slot) = waiting.get_mut(*at) {
                    *slot = number;
                }
                *at += 1;
            }
        }
    }
    let waiting = |own: u32| {
        let range = begins.get(own as usize).zip(begins.get(own as usize + 1));
        let own = range.and_then(|(begin, end)| waiting.get(*begin..*end));
        own.unwrap_or_default()
    };
    let mut met = vec![false; waits.len()];
    let mut rounds: Vec<Option<u32>> = vec![None; set.len()];
    let mut now: Vec<u32> = (0..)
        .zip(&open)
        .filter(|(_, open)| **open == 0)
        .map(|(own, _)| own)
        .collect();
    let mut round = 0;
    while !now.is_empty() {
        let mut next = Vec::new();
        for &own in &now {
            if let Some(slot) = rounds.get_mut(own as usize) {
                *slot = Some(round);
            }
            for &wait in waiting(own) {
                let Some((wait, met)) = waits.get(wait as usize).zip(met.get_mut(wait as usize)) else {
                    continue;
                };
                if !std::mem::replace(met, true)
                    && let Some(open) = open.get_mut(wait.own as usize)
                {
                    *open -= 1;
                    if *open == 0 {
                        next.push(wait.own);
                    }
                }
            }
        }
        now = next;
        round += 1;
    }
    Founded { rounds, waits, by }
}

impl Founded {
    /// Whether everything can be activated.
    pub(crate) fn all(&self) -> bool {
        self.rounds.iter().all(Option::is_some)
    }

    /// Whether what is at one place can be activated before what is at another, or the other can't be at all.
    pub(crate) fn before(&self, one: usize, other: usize) -> bool {
        let round = |place: usize| self.rounds.get(place).copied().flatten();
        round(other).is_none_or(|other| round(one).is_some_and(|one| one < other))
    }

    /// Where in the set what meets a requirement is.
    fn by(&self, wait: &Wait) -> &[u32] {
        self.by.get(wait.by.0..wait.by.1).unwrap_or_default()
    }

    /// Smallest parts of what can't be activated in which each waits for the others only, each by extension.
    pub(crate) fn rings(&self, catalog: &Catalog, set: &[u32]) -> Vec<Vec<Link>> {
        let stuck = |place: u32| self.rounds.get(place as usize) == Some(&None);
        // For each of them the requirement that nothing founded meets; of several, one that the fewest meet.
        let mut hopeless: Vec<Option<&Wait>> = vec![None; set.len()];
        for wait in &self.waits {
            if stuck(wait.own)
                && self.by(wait).iter().all(|&other| stuck(other))
                && let Some(slot) = hopeless.get_mut(wait.own as usize)
                && slot.is_none_or(|known| self.by(wait).len() < self.by(known).len())
            {
                *slot = Some(wait);
            }
        }
        let edges = || {
            let waits = hopeless.iter().copied().flatten();
            waits.flat_map(|wait| self.by(wait).iter().map(|&other| (wait.own, other)))
        };
        let components = components(set.len(), edges());
        let mut home = vec![0; set.len()];
        for (number, component) in components.iter().enumerate() {
            for &place in component {
                if let Some(home) = home.get_mut(place as usize) {
                    *home = number;
                }
            }
        }
        let home = |place: u32| home.get(place as usize).copied();
        let mut closed = vec![true; components.len()];
        for (from, to) in edges() {
            if home(from) != home(to)
                && let Some(closed) = home(from).and_then(|number| closed.get_mut(number))
            {
                *closed = false;
            }
        }
        let rings = components.iter().zip(closed).filter(|(_, closed)| *closed);
        let rings = rings.map(|(component, _)| {
            let waits = component
                .iter()
                .filter_map(|&place| *hopeless.get(place as usize)?);
            let mut ring: Vec<Link> = waits
                .filter_map(|wait| {
                    Some(Link {
                        extension: catalog.release(*set.get(wait.own as usize)?).extension,
                        need: wait.need,
                    })
                })
                .collect();
            ring.sort_unstable();
            ring
        });
        rings.filter(|ring| !ring.is_empty()).collect()
    }
}
