use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

mod plans;

fn requires(from: u32, to: u32) -> Edge {
    Edge {
        from,
        to,
        optional: false,
        fact: from * 1000 + to,
    }
}

fn after(from: u32, to: u32) -> Edge {
    Edge {
        optional: true,
        ..requires(from, to)
    }
}

#[test]
fn levels_put_dependencies_first() {
    let found = order(
        &[1, 2, 3, 4],
        &[requires(1, 2), requires(2, 3), requires(4, 3), requires(1, 9)],
    );
    assert_eq!(found.levels, [vec![3], vec![2, 4], vec![1]]);
    assert!(found.cycles.is_empty() && found.quarantined.is_empty() && found.dropped.is_empty());
}

#[test]
fn a_cycle_stops_only_its_members_and_what_requires_them() {
    let edges = [
        requires(1, 2),
        requires(2, 3),
        requires(3, 1),
        requires(2, 1),
        requires(4, 3),
        requires(5, 4),
        after(6, 1),
        requires(7, 8),
    ];
    let found = order(&[1, 2, 3, 4, 5, 6, 7, 8], &edges);
    assert_eq!(found.cycles, [vec![requires(1, 2), requires(2, 1)]]);
    assert_eq!(found.quarantined, [1, 2, 3, 4, 5]);
    assert_eq!(found.levels, [vec![6, 8], vec![7]]);
    let itself = order(&[1, 2], &[requires(1, 1)]);
    assert_eq!(
        (itself.cycles, itself.levels),
        (vec![vec![requires(1, 1)]], vec![vec![2]])
    );
}

#[test]
fn optional_cycles_lose_optional_edges_only() {
    let found = order(
        &[1, 2, 3],
        &[requires(1, 2), after(2, 3), requires(3, 1), after(3, 3)],
    );
    assert_eq!(found.levels, [vec![2], vec![1], vec![3]]);
    assert_eq!(found.dropped, [after(2, 3), after(3, 3)]);
    assert!(found.cycles.is_empty());
}

#[test]
fn long_chains_and_rings_fit_a_small_stack() {
    let work = || {
        let nodes: Vec<u32> = (0..200_000).collect();
        let chain: Vec<_> = (1..200_000)
            .map(|n| Edge {
                from: n,
                to: n - 1,
                optional: false,
                fact: n,
            })
            .collect();
        let found = order(&nodes, &chain);
        assert_eq!(found.levels.len(), 200_000);
        let mut ring = chain.clone();
        ring.push(Edge {
            from: 0,
            to: 199_999,
            optional: false,
            fact: 0,
        });
        let found = order(&nodes, &ring);
        assert_eq!(
            (found.cycles[0].len(), found.quarantined.len()),
            (200_000, 200_000)
        );
        let both: Vec<_> = chain
            .iter()
            .flat_map(|e| [after(e.from, e.to), after(e.to, e.from)])
            .map(|e| Edge { fact: 0, ..e })
            .collect();
        let found = order(&nodes, &both);
        assert_eq!((found.levels.len(), found.dropped.len()), (200_000, 199_999));
    };
    let fact_free = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .unwrap();
    fact_free.join().unwrap();
}

fn graphs() -> impl Strategy<Value = Vec<Edge>> {
    let edge = (0..8_u32, 0..8_u32, proptest::bool::weighted(0.4)).prop_map(|(from, to, optional)| Edge {
        from,
        to,
        optional,
        fact: from * 10 + to,
    });
    proptest::collection::vec(edge, 0..20)
}

/// What each node reaches over at least one of these edges.
fn reach(edges: &[Edge]) -> BTreeSet<(u32, u32)> {
    let mut pairs: BTreeSet<_> = edges.iter().map(|e| (e.from, e.to)).collect();
    for middle in 0..8 {
        for from in 0..8 {
            for to in 0..8 {
                if pairs.contains(&(from, middle)) && pairs.contains(&(middle, to)) {
                    pairs.insert((from, to));
                }
            }
        }
    }
    pairs
}

fn shortest_cycle(edges: &[Edge], among: &BTreeSet<u32>) -> usize {
    let mut best = usize::MAX;
    for start in among {
        let mut seen = BTreeSet::from([*start]);
        for length in 1..=8 {
            let next = edges
                .iter()
                .filter(|e| seen.contains(&e.from) && among.contains(&e.to));
            seen = next.map(|e| e.to).collect();
            if seen.contains(start) {
                best = best.min(length);
            }
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn orders_are_what_they_claim(edges in graphs(), seed in 0..1000_usize) {
        let nodes: Vec<u32> = (0..8).collect();
        let found = order(&nodes, &edges);
        let mut turned = edges.clone();
        turned.rotate_left(seed % edges.len().max(1));
        turned.reverse();
        prop_assert_eq!(&order(&nodes, &turned), &found);

        let required: Vec<_> = edges.iter().copied().filter(|e| !e.optional).collect();
        let reaches = reach(&required);
        let circular: BTreeSet<u32> = (0..8).filter(|n| reaches.contains(&(*n, *n))).collect();
        let stuck: Vec<u32> = (0..8).filter(|n| circular.iter().any(|c| n == c || reaches.contains(&(*n, *c)))).collect();
        prop_assert_eq!(&found.quarantined, &stuck);

        let mut level = BTreeMap::new();
        for (at, nodes) in found.levels.iter().enumerate() {
            for node in nodes {
                prop_assert!(level.insert(*node, at).is_none() && !stuck.contains(node));
            }
        }
        prop_assert_eq!(level.len() + stuck.len(), 8);
        let whole = reach(&edges.iter().copied().filter(|e| !stuck.contains(&e.from) && !stuck.contains(&e.to)).collect::<Vec<_>>());
        for edge in &edges {
            if let (Some(from), Some(to)) = (level.get(&edge.from), level.get(&edge.to)) {
                let dropped = found.dropped.contains(edge);
                prop_assert!(dropped || to < from);
                prop_assert!(!dropped || (edge.optional && whole.contains(&(edge.to, edge.from))), "needlessly dropped {edge:?}");
            }
        }
        for (node, at) in &level {
            let kept = |e: &&Edge| e.from == *node && level.contains_key(&e.to) && !found.dropped.contains(*e);
            let lowest = edges.iter().filter(kept).map(|e| level[&e.to] + 1).max().unwrap_or(0);
            prop_assert_eq!(*at, lowest);
        }

        let mut parts: BTreeSet<BTreeSet<u32>> = BTreeSet::new();
        for node in &circular {
            parts.insert(circular.iter().copied().filter(|o| o == node || (reaches.contains(&(*node, *o)) && reaches.contains(&(*o, *node)))).collect());
        }
        prop_assert_eq!(found.cycles.len(), parts.len());
        for cycle in &found.cycles {
            let part = parts.iter().find(|part| part.contains(&cycle[0].from)).unwrap();
            prop_assert_eq!(cycle.len(), shortest_cycle(&required, part));
            prop_assert!(cycle.iter().all(|e| required.contains(e) && part.contains(&e.from) && e.from >= cycle[0].from));
            prop_assert!(cycle.windows(2).all(|w| w[0].to == w[1].from) && cycle[cycle.len() - 1].to == cycle[0].from);
        }
    }
}
