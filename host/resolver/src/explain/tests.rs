use super::*;
use crate::random::{Dice, case, parse};

/// The minimal sets among all subsets of the facts that a solver with every fact knows, each solved from scratch.
fn all_by_hand(catalog: &Catalog, request: &Request, facts: &[Fact]) -> Vec<Vec<Fact>> {
    let mut found: Vec<u32> = Vec::new();
    let mut subsets: Vec<u32> = (0..1u32 << facts.len()).collect();
    subsets.sort_by_key(|subset| subset.count_ones());
    for subset in subsets {
        if found.iter().any(|smaller| smaller & subset == *smaller) {
            continue;
        }
        let chosen = |fact: Fact| facts.iter().position(|f| *f == fact).is_some_and(|at| subset >> at & 1 == 1);
        let mut solver = Solver::for_request(catalog, request, u64::MAX);
        solver.explain();
        solver.state();
        // Facts come up while it solves; it is solved again until there are no new ones.
        loop {
            let known = solver.facts().len();
            let (verdict, _) = solver.solve_with(chosen, false);
            if verdict == Verdict::No {
                found.push(subset);
                break;
            }
            if solver.facts().len() == known {
                break;
            }
        }
    }
    let mut sets: Vec<Vec<Fact>> = found
        .into_iter()
        .map(|subset| {
            let of = facts.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1);
            of.map(|(_, fact)| *fact).collect()
        })
        .collect();
    sets.sort();
    sets
}

#[test]
fn all_minimal_sets_are_found() {
    let (mut compared, mut several) = (0, 0);
    for seed in 0..2_000 {
        let case = case(&mut Dice::new(90_000 + seed), 3 + seed % 3);
        let (catalog, request) = parse(&case);
        let reasons = reasons(&catalog, &request, u64::MAX);
        if reasons.sets.is_empty() {
            continue;
        }
        let mut solver = Solver::for_request(&catalog, &request, u64::MAX);
        solver.explain();
        solver.state();
        solver.explore();
        let mut facts = solver.facts().to_vec();
        facts.sort_unstable();
        if facts.len() > 11 {
            continue;
        }
        compared += 1;
        several += usize::from(reasons.sets.len() > 1);
        assert!(reasons.complete);
        let expected = all_by_hand(&catalog, &request, &facts);
        assert_eq!(reasons.sets, expected, "seed {seed}\n{}\n{}", case.0, case.1);
    }
    assert!(compared > 100 && several > 20, "{compared} {several}");
}
