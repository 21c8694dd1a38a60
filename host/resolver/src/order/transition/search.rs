//! The search behind a plan: in layers of equal cost, in depth within a layer.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rules, Step};

/// How far each change is.
type State = Vec<Stage>;
/// Extensions in groups, then extensions deactivated for a while.
type Cost = (usize, usize);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Before,
    /// Deactivated, to be activated in its new version.
    Between,
    Done,
}

/// One extension that differs.
struct Change {
    id: u32,
    from: Option<u32>,
    to: Option<u32>,
}

impl Change {
    fn version(&self, stage: Stage) -> Option<u32> {
        match stage {
            Stage::Before => self.from,
            Stage::Between => None,
            Stage::Done => self.to,
        }
    }

    fn step(&self, from: Stage, to: Stage) -> Option<Step> {
        let id = self.id;
        Some(match (self.version(from), self.version(to)) {
            (Some(version), None) => Step::Deactivate { id, version },
            (Some(from), Some(to)) => Step::Replace { id, from, to },
            (None, Some(version)) => Step::Activate { id, version },
            (None, None) => return None,
        })
    }
}

/// A state that was reached, and how.
struct Reached {
    state: State,
    parent: Option<usize>,
}

pub(super) struct Search<'a, R: Rules> {
    current: &'a BTreeMap<u32, u32>,
    rules: &'a mut R,
    allowed: &'a BTreeSet<R::Fact>,
    /// In the order in which they are tried: what goes, from the last level on; then what is replaced and what comes, from the first.
    changes: Vec<Change>,
    holds: BTreeMap<State, bool>,
    budget: usize,
    pub(super) checks: usize,
    /// The furthest way so far.
    furthest: Vec<State>,
}

impl<'a, R: Rules> Search<'a, R> {
    pub(super) fn new(
        current: &'a BTreeMap<u32, u32>,
        target: &BTreeMap<u32, u32>,
        rules: &'a mut R,
        allowed: &'a BTreeSet<R::Fact>,
        budget: usize,
    ) -> Self {
        let ids: BTreeSet<u32> = current.keys().chain(target.keys()).copied().collect();
        let change = |id: u32| Change {
            id,
            from: current.get(&id).copied(),
            to: target.get(&id).copied(),
        };
        let mut changes: Vec<_> = ids
            .into_iter()
            .map(change)
            .filter(|change| change.from != change.to)
            .collect();
        changes.sort_by_cached_key(|change| {
            let level = i64::from(rules.level(change.id));
            match (change.from, change.to) {
                (_, None) => (0, -level, change.id),
                (Some(_), _) => (1, level, change.id),
                (None, _) => (2, level, change.id),
            }
        });
        Self {
            current,
            rules,
            allowed,
            changes,
            holds: BTreeMap::new(),
            budget,
            checks: 0,
            furthest: Vec::new(),
        }
    }

    /// The steps, and whether no better ones exist.
    pub(super) fn run(&mut self) -> (Vec<Vec<Step>>, bool) {
        let start = vec![Stage::Before; self.changes.len()];
        self.furthest = vec![start.clone()];
        for size in 1..=self.changes.len().max(1) {
            match self.layers(&start, size) {
                Some(Some(path)) => return (self.steps(&path), true),
                Some(None) => {}
                None => break,
            }
        }
        let path = self.go_on();
        (self.steps(&path), false)
    }

    /// All states that groups of at most `size` lead to, cheapest first, until the target: the way to it; or none; or nothing when the
    /// budget is used up.
    #[expect(clippy::option_option, reason = "found, not there, not known")]
    fn layers(&mut self, start: &State, size: usize) -> Option<Option<Vec<State>>> {
        let mut reached = vec![Reached {
            state: start.clone(),
            parent: None,
        }];
        let mut visited = BTreeSet::new();
        let mut layers: BTreeMap<Cost, Vec<usize>> = BTreeMap::from([((0, 0), vec![0])]);
        while let Some((cost, entries)) = layers.pop_first() {
            let mut layer = Vec::new();
            for entry in entries {
                if reached
                    .get(entry)
                    .is_some_and(|entry| visited.insert(entry.state.clone()))
                {
                    layer.push(entry);
                    if let Some(last) = self.deepen(entry, &mut reached, &mut visited, &mut layer)? {
                        return Some(Some(way(&reached, last)));
                    }
                }
            }
            for from in layer {
                let Some(state) = reached.get(from).map(|reached| reached.state.clone()) else {
                    continue;
                };
                for (next, (grouped, between)) in self.costly(&state, size) {
                    if !visited.contains(&next) && self.check(&next)? {
                        layers
                            .entry((cost.0 + grouped, cost.1 + between))
                            .or_default()
                            .push(reached.len());
                        reached.push(Reached {
                            state: next,
                            parent: Some(from),
                        });
                    }
                }
            }
        }
        Some(None)
    }

    /// Single steps from an entry on, in depth. The target's place, if they lead to it; none if they don't; nothing if the budget is used up.
    #[expect(clippy::option_option, reason = "found, not there, not known")]
    fn deepen(
        &mut self,
        entry: usize,
        reached: &mut Vec<Reached>,
        visited: &mut BTreeSet<State>,
        layer: &mut Vec<usize>,
    ) -> Option<Option<usize>> {
        let mut stack = vec![(entry, 0)];
        while let Some((at, tried)) = stack.pop() {
            let Some(state) = reached.get(at).map(|reached| reached.state.clone()) else {
                continue;
            };
            if state.iter().all(|stage| *stage == Stage::Done) {
                return Some(Some(at));
            }
            if done(&state) > self.furthest.last().map_or(0, done) {
                self.furthest = way(reached, at);
            }
            for change in tried..state.len() {
                if state.get(change) == Some(&Stage::Done) {
                    continue;
                }
                let next = with(&state, &[change], Stage::Done);
                if !visited.contains(&next) && self.check(&next)? {
                    visited.insert(next.clone());
                    stack.push((at, change + 1));
                    stack.push((reached.len(), 0));
                    layer.push(reached.len());
                    reached.push(Reached {
                        state: next,
                        parent: Some(at),
                    });
                    break;
                }
            }
        }
        Some(None)
    }

    /// What can be done at a price: replaced ones deactivated for a while, and groups.
    fn costly(&self, state: &State, size: usize) -> Vec<(State, Cost)> {
        let replaced = |change: &Change| change.from.is_some() && change.to.is_some();
        let changes = self.changes.iter().zip(state).zip(0..);
        let between = changes.filter(|((change, stage), _)| **stage == Stage::Before && replaced(change));
        let mut next: Vec<_> = between
            .map(|(_, at)| (with(state, &[at], Stage::Between), (0, 1)))
            .collect();
        let open: Vec<usize> = (0..state.len())
            .filter(|at| state.get(*at) != Some(&Stage::Done))
            .collect();
        for size in 2..=size.min(open.len()) {
            // More than the budget can't be checked anyway.
            let left = self.budget.saturating_sub(self.checks) + 1;
            let groups = Choices::new(open.len(), size).take(left);
            next.extend(groups.map(|chosen| {
                let group: Vec<_> = chosen.iter().filter_map(|at| open.get(*at).copied()).collect();
                (with(state, &group, Stage::Done), (size, 0))
            }));
        }
        next
    }

    /// A way to the target when the search gave up: from the furthest state on whatever holds, with the smallest group that does.
    fn go_on(&mut self) -> Vec<State> {
        self.budget += self.budget / 10 + 1;
        let mut path = std::mem::take(&mut self.furthest);
        while let Some(state) = path.last().cloned().filter(|state| done(state) < state.len()) {
            let open: Vec<usize> = (0..state.len())
                .filter(|at| state.get(*at) != Some(&Stage::Done))
                .collect();
            let mut all = (1..=open.len()).flat_map(|size| Choices::new(open.len(), size));
            let held = all.find_map(|chosen| {
                let group: Vec<_> = chosen.iter().filter_map(|at| open.get(*at).copied()).collect();
                let next = with(&state, &group, Stage::Done);
                match self.check(&next) {
                    Some(false) => None,
                    Some(true) => Some(next),
                    None => Some(vec![Stage::Done; state.len()]),
                }
            });
            path.push(held.unwrap_or_else(|| vec![Stage::Done; state.len()]));
        }
        path
    }

    /// Whether a state holds; nothing when the budget is used up.
    fn check(&mut self, state: &State) -> Option<bool> {
        if let Some(known) = self.holds.get(state) {
            return Some(*known);
        }
        if self.checks >= self.budget {
            return None;
        }
        self.checks += 1;
        let mut active = self.current.clone();
        for (change, stage) in self.changes.iter().zip(state) {
            match change.version(*stage) {
                Some(version) => active.insert(change.id, version),
                None => active.remove(&change.id),
            };
        }
        let holds = self
            .rules
            .broken(&active)
            .iter()
            .all(|fact| self.allowed.contains(fact));
        self.holds.insert(state.clone(), holds);
        Some(holds)
    }

    fn steps(&self, path: &[State]) -> Vec<Vec<Step>> {
        let pairs = path.iter().zip(path.iter().skip(1));
        let steps = pairs.map(|(before, after)| {
            let stages = self.changes.iter().zip(before.iter().zip(after));
            let mut steps: Vec<_> = stages
                .filter(|(_, (before, after))| before != after)
                .filter_map(|(change, (before, after))| change.step(*before, *after))
                .collect();
            steps.sort_by_key(Step::id);
            steps
        });
        steps.collect()
    }
}

fn done(state: &State) -> usize {
    state.iter().filter(|stage| **stage == Stage::Done).count()
}

fn with(state: &State, changes: &[usize], to: Stage) -> State {
    let mut state = state.clone();
    for change in changes {
        if let Some(stage) = state.get_mut(*change) {
            *stage = to;
        }
    }
    state
}

fn way(reached: &[Reached], last: usize) -> Vec<State> {
    let mut way = Vec::new();
    let mut at = Some(last);
    while let Some(reached) = at.and_then(|at| reached.get(at)) {
        way.push(reached.state.clone());
        at = reached.parent;
    }
    way.reverse();
    way
}

/// All choices of `size` out of `count` numbers from 0 on, in order.
struct Choices {
    count: usize,
    next: Option<Vec<usize>>,
}

impl Choices {
    fn new(count: usize, size: usize) -> Self {
        Self {
            count,
            next: (size <= count).then(|| (0..size).collect()),
        }
    }
}

impl Iterator for Choices {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let given = self.next.take()?;
        let size = given.len();
        let mut next = given.clone();
        let movable = (0..size)
            .rev()
            .find(|at| next.get(*at).is_some_and(|n| n + (size - at) < self.count));
        if let Some(at) = movable {
            let first = next.get(at).copied().unwrap_or(0) + 1;
            for (place, n) in next.iter_mut().skip(at).zip(first..) {
                *place = n;
            }
            self.next = Some(next);
        }
        Some(given)
    }
}
