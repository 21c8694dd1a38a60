use std::collections::BTreeSet;

use super::*;
use crate::random::{Dice, case, parse, solutions};

type Key = (Vec<u32>, Vec<u32>, Vec<u32>, usize, Vec<u32>);

/// What a set is compared by, said from the rules alone.
fn key(catalog: &Catalog, request: &Request, set: &[u32]) -> Key {
    let situation = Situation::new(catalog, request);
    let requested: BTreeSet<u32> = situation.wanted.iter().copied().flatten().collect();
    let installed = |extension: u32| situation.installed.iter().any(|&(other, _)| other == extension);
    let mut changes = Vec::new();
    if situation.keep {
        let lost = |wanted: bool| {
            let own = situation.installed.iter().filter(|(extension, _)| requested.contains(extension) == wanted);
            own.filter(|(_, release)| !set.contains(release)).count()
        };
        let added = set.iter().filter(|&&release| !installed(catalog.release(release).extension)).count();
        changes = [lost(true), lost(false), added].map(|count| u32::try_from(count).unwrap()).to_vec();
    }
    let of = |extension: u32| set.iter().find(|&&release| catalog.release(release).extension == extension);
    let rank = |extension: &u32| of(*extension).map_or(0, |&release| situation.rank_of(catalog, release));
    let all = 0..u32::try_from(catalog.extensions.len()).unwrap();
    let others: Vec<u32> = all.filter(|extension| !requested.contains(extension)).collect();
    let mut ids: Vec<u32> = set.iter().map(|&release| catalog.release(release).extension).collect();
    ids.sort_unstable();
    (
        changes,
        requested.iter().map(rank).collect(),
        others.iter().map(rank).collect(),
        set.len(),
        ids,
    )
}

#[test]
fn the_best_is_what_trying_every_set_says() {
    for seed in 0..3_000 {
        let case = case(&mut Dice::new(50_000 + seed), 3 + seed % 4);
        let (catalog, request) = parse(&case);
        let mut expected = solutions(&catalog, &request);
        expected.sort_by_cached_key(|set| key(&catalog, &request, set));
        let (outcome, _) = best(&catalog, &request, u64::MAX);
        let expected = expected.into_iter().next().map_or(Outcome::Impossible, |mut set| {
            set.sort_unstable();
            Outcome::Best(set)
        });
        assert_eq!(outcome, expected, "seed {seed}\n{}\n{}", case.0, case.1);
    }
}
