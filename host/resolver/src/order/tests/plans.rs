//! Plans against brute force.

use super::*;

/// A small world: what each version of each extension requires and refuses.
#[derive(Clone, Debug, Default)]
struct World {
    /// `(id, version)` needs `id` in one of these versions.
    needs: Vec<((u32, u32), u32, Vec<u32>)>,
    /// The two can't be together.
    clashes: Vec<((u32, u32), (u32, u32))>,
}

impl Rules for World {
    type Fact = (char, usize);

    fn broken(&mut self, active: &BTreeMap<u32, u32>) -> Vec<Self::Fact> {
        let has = |(id, version): &(u32, u32)| active.get(id) == Some(version);
        let unmet = |(who, id, versions): &(_, u32, Vec<u32>)| {
            has(who) && !active.get(id).is_some_and(|v| versions.contains(v))
        };
        let needs = self
            .needs
            .iter()
            .enumerate()
            .filter(|(_, need)| unmet(need))
            .map(|(at, _)| ('n', at));
        let clashes = self
            .clashes
            .iter()
            .enumerate()
            .filter(|(_, (a, b))| has(a) && has(b))
            .map(|(at, _)| ('c', at));
        needs.chain(clashes).collect()
    }
}

type Active = BTreeMap<u32, u32>;

fn set(pairs: &[(u32, u32)]) -> Active {
    pairs.iter().copied().collect()
}

/// Walks the plan; panics unless it holds after each group and ends in the target. Its largest group, extensions in groups, and extensions
/// deactivated for a while.
fn walk(
    plan: &Plan<(char, usize)>,
    current: &Active,
    target: &Active,
    world: &mut World,
) -> (usize, usize, usize) {
    let mut allowed = world.broken(current);
    allowed.extend(world.broken(target));
    let mut active = current.clone();
    let (mut largest, mut grouped, mut between) = (1, 0, 0);
    for group in &plan.groups {
        if group.steps.len() > 1 {
            largest = largest.max(group.steps.len());
            grouped += group.steps.len();
            if plan.proven {
                assert_eq!(
                    group.because.len(),
                    group.steps.len(),
                    "each of a group has its reason"
                );
            }
        }
        for step in &group.steps {
            match step {
                Step::Deactivate { id, version } => {
                    assert_eq!(active.remove(id), Some(*version));
                    between += usize::from(target.contains_key(id));
                }
                Step::Replace { id, from, to } => assert_eq!(active.insert(*id, *to), Some(*from)),
                Step::Activate { id, version } => assert_eq!(active.insert(*id, *version), None),
            }
        }
        assert!(
            world.broken(&active).iter().all(|fact| allowed.contains(fact)),
            "it holds after {group:?}"
        );
    }
    assert_eq!(&active, target);
    (largest, grouped, between)
}

/// The cheapest plan by relaxation over all states: sets of what is done, and of what is deactivated for a while.
fn brute(current: &Active, target: &Active, world: &mut World) -> (usize, usize, usize) {
    let mut allowed = world.broken(current);
    allowed.extend(world.broken(target));
    let ids: Vec<u32> = current
        .keys()
        .chain(target.keys())
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|id| current.get(id) != target.get(id))
        .collect();
    let states: Vec<Vec<usize>> = (0..3_usize.pow(u32::try_from(ids.len()).unwrap()))
        .map(|n| {
            (0..ids.len())
                .map(|at| n / 3_usize.pow(u32::try_from(at).unwrap()) % 3)
                .collect()
        })
        .collect();
    let active = |state: &[usize]| {
        let mut active = current.clone();
        for (id, stage) in ids.iter().zip(state) {
            let version = [current.get(id), None, target.get(id)][*stage];
            match version {
                Some(version) => active.insert(*id, *version),
                None => active.remove(id),
            };
        }
        active
    };
    let replaced = |at: usize| current.contains_key(&ids[at]) && target.contains_key(&ids[at]);
    let valid: Vec<bool> = states
        .iter()
        .map(|s| {
            s.iter()
                .enumerate()
                .all(|(at, stage)| *stage != 1 || replaced(at))
                && world.broken(&active(s)).iter().all(|fact| allowed.contains(fact))
        })
        .collect();
    let mut cost = vec![None; states.len()];
    cost[0] = Some((1, 0, 0));
    loop {
        let mut changed = false;
        for from in 0..states.len() {
            let Some((largest, grouped, between)) = cost[from] else {
                continue;
            };
            for to in 0..states.len() {
                let moves: Vec<_> = states[from]
                    .iter()
                    .zip(&states[to])
                    .filter(|(a, b)| a != b)
                    .collect();
                let pause = matches!(moves[..], [(0, 1)]);
                if !valid[to] || moves.is_empty() || !(pause || moves.iter().all(|(_, b)| **b == 2)) {
                    continue;
                }
                let size = moves.len();
                let price = (
                    largest.max(size),
                    grouped + if size > 1 { size } else { 0 },
                    between + usize::from(pause),
                );
                if cost[to].is_none_or(|known| price < known) {
                    cost[to] = Some(price);
                    changed = true;
                }
            }
        }
        if !changed {
            return cost[states.len() - 1].unwrap();
        }
    }
}

fn worlds() -> impl Strategy<Value = (World, Active, Active)> {
    let release = || (0..5_u32, 0..2_u32);
    let needs = proptest::collection::vec(
        (
            release(),
            0..5_u32,
            proptest::sample::select(vec![vec![0], vec![1], vec![0, 1]]),
        ),
        0..5,
    );
    let clashes = proptest::collection::vec((release(), release()), 0..4);
    let active = || proptest::collection::btree_map(0..5_u32, 0..2_u32, 0..5);
    (needs, clashes, active(), active()).prop_map(|(needs, clashes, current, target)| {
        let clashes = clashes.into_iter().filter(|(a, b)| a.0 != b.0).collect();
        (World { needs, clashes }, current, target)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn plans_hold_at_each_step_and_are_the_best((mut world, current, target) in worlds()) {
        let plan = transition(&current, &target, &mut world, 100_000);
        prop_assert!(plan.proven);
        prop_assert_eq!(walk(&plan, &current, &target, &mut world), brute(&current, &target, &mut world));
        let poor = transition(&current, &target, &mut world, 3);
        walk(&poor, &current, &target, &mut world);
    }
}

#[test]
fn two_that_need_each_others_new_version_change_at_once() {
    let mut world = World {
        needs: vec![
            ((1, 1), 2, vec![1]),
            ((2, 1), 1, vec![1]),
            ((1, 0), 2, vec![0]),
            ((2, 0), 1, vec![0]),
        ],
        clashes: vec![],
    };
    let plan = transition(
        &set(&[(1, 0), (2, 0), (3, 0)]),
        &set(&[(1, 1), (2, 1), (4, 0)]),
        &mut world,
        1000,
    );
    assert!(plan.proven);
    let groups: Vec<_> = plan.groups.iter().map(|group| group.steps.len()).collect();
    assert_eq!(groups.iter().filter(|size| **size == 2).count(), 1);
    let pair = plan.groups.iter().find(|group| group.steps.len() == 2).unwrap();
    assert_eq!(pair.because, [(1, ('n', 0)), (2, ('n', 1))]);
}

#[test]
fn one_waits_outside_while_its_partner_changes() {
    // 1 in its new version needs 2's new version, which clashes with 1's old one.
    let mut world = World {
        needs: vec![((1, 1), 2, vec![1])],
        clashes: vec![((1, 0), (2, 1))],
    };
    let plan = transition(&set(&[(1, 0), (2, 0)]), &set(&[(1, 1), (2, 1)]), &mut world, 1000);
    let steps: Vec<_> = plan.groups.iter().flat_map(|group| group.steps.clone()).collect();
    assert_eq!(
        steps,
        [
            Step::Deactivate { id: 1, version: 0 },
            Step::Replace {
                id: 2,
                from: 0,
                to: 1
            },
            Step::Activate { id: 1, version: 1 }
        ]
    );
}

#[test]
fn a_large_change_needs_few_checks_when_the_levels_are_known() {
    struct Chain;
    impl Rules for Chain {
        type Fact = u32;
        fn broken(&mut self, active: &BTreeMap<u32, u32>) -> Vec<u32> {
            active
                .iter()
                .filter(|(id, v)| **id > 0 && active.get(&(**id - 1)).is_none_or(|below| below < v))
                .map(|(id, _)| *id)
                .collect()
        }
        fn level(&self, id: u32) -> u32 {
            id
        }
    }
    let to: Active = (0..500).map(|id| (id, 1)).collect();
    let from: Active = (0..250).map(|id| (id, 0)).collect();
    let plan = transition(&from, &to, &mut Chain, 10_000);
    assert!(plan.proven && plan.checks < 600, "{}", plan.checks);
    assert_eq!(plan.groups.len(), 500);
}

#[test]
fn what_can_not_be_proven_is_still_small() {
    // Forty changes in any order, and two that must go together.
    let mut world = World {
        needs: vec![
            ((1, 1), 2, vec![1]),
            ((2, 1), 1, vec![1]),
            ((1, 0), 2, vec![0]),
            ((2, 0), 1, vec![0]),
        ],
        clashes: vec![],
    };
    let current: Active = (1..42).map(|id| (id, 0)).collect();
    let target: Active = (1..42).map(|id| (id, 1)).collect();
    let plan = transition(&current, &target, &mut world, 2000);
    assert!(!plan.proven);
    let (largest, grouped, _) = walk(&plan, &current, &target, &mut world);
    assert_eq!((largest, grouped), (2, 2));
}
