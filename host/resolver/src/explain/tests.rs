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
        let of = facts.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1);
        let chosen: BTreeSet<Fact> = of.map(|(_, fact)| *fact).collect();
        let mut solver = Solver::for_request(catalog, request, u64::MAX);
        solver.explain();
        solver.state();
        // Facts come up while it solves; it is solved again until there are no new ones.
        loop {
            let known = solver.facts().len();
            let (verdict, _) = solver.solve_with(&chosen);
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

/// Two thousand requested extensions in a chain that is broken in two places: each of those before a break is one set, so that
/// there are far more than are shown.
#[test]
fn a_large_request_ends_within_its_bound() {
    let release = |id: u32, version: &str, requires: String| {
        serde_json::json!({"id": format!("e{id}"), "version": version,
            "requires": if requires.is_empty() { vec![] } else { vec![serde_json::json!({"extension": requires, "range": "^2"})] }})
    };
    let mut releases = Vec::new();
    for id in 0..2_000 {
        let next = if id < 1_999 {
            format!("e{}", id + 1)
        } else {
            String::new()
        };
        releases.push(release(id, "1.0.0", String::new()));
        if id % 700 != 650 {
            releases.push(release(id, "2.0.0", next));
        }
    }
    let requested: Vec<_> = (0..2_000)
        .map(|id| serde_json::json!({"id": format!("e{id}"), "range": "^2"}))
        .collect();
    let case = (
        serde_json::json!({"extensions": releases}),
        serde_json::json!({"requested": requested}),
    );
    let (catalog, request) = parse(&case);
    let found = reasons(&catalog, &request, u64::MAX);
    assert_eq!((found.sets.len(), found.complete), (MAX_SETS, false));
    let broken = request.requested.iter().position(|wanted| wanted.id == "e650");
    let broken = Fact::Request(u32::try_from(broken.unwrap()).unwrap());
    assert!(found.sets.contains(&vec![broken]));
    assert!(found.decisions < 300_000, "{}", found.decisions);
    for budget in [1_000, 300_000] {
        let found = reasons(&catalog, &request, budget);
        assert!(!found.complete && !found.sets.is_empty());
        assert!(found.decisions < 2 * budget, "{}", found.decisions);
        let answer = crate::resolve(&catalog, &request, crate::Options { budget });
        assert_eq!(answer.status, crate::Status::Conflict);
        let bound = "stopped at its bound";
        assert!(answer.explanation.iter().any(|sentence| sentence.contains(bound)));
    }
}
