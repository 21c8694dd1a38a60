use std::collections::BTreeSet;

use super::*;
use crate::random::{Dice, case, parse, solutions};
use crate::solve::Situation;

type Key = (bool, Vec<u32>, Vec<u32>, Vec<u32>, usize, Vec<u32>);

/// What a set is compared by, said from the rules alone.
fn key(catalog: &Catalog, request: &Request, set: &[u32]) -> Key {
    let situation = Situation::new(catalog, request);
    let requested: BTreeSet<u32> = situation.wanted.iter().copied().flatten().collect();
    let installed = |extension: u32| situation.installed.iter().any(|&(other, _)| other == extension);
    let mut changes = Vec::new();
    if situation.keep {
        let lost = |wanted: bool| {
            let own = situation
                .installed
                .iter()
                .filter(|(extension, _)| requested.contains(extension) == wanted);
            own.filter(|(_, release)| !set.contains(release)).count()
        };
        let added = set
            .iter()
            .filter(|&&release| !installed(catalog.release(release).extension))
            .count();
        changes = [lost(true), lost(false), added]
            .map(|count| u32::try_from(count).unwrap())
            .to_vec();
    }
    let of = |extension: u32| {
        set.iter()
            .find(|&&release| catalog.release(release).extension == extension)
    };
    let rank = |extension: &u32| of(*extension).map_or(0, |&release| situation.rank_of(catalog, release));
    let all = 0..u32::try_from(catalog.extensions.len()).unwrap();
    let others: Vec<u32> = all.filter(|extension| !requested.contains(extension)).collect();
    let mut ids: Vec<u32> = set
        .iter()
        .map(|&release| catalog.release(release).extension)
        .collect();
    ids.sort_unstable();
    (
        stands_in_a_cycle(catalog, set),
        changes,
        requested.iter().map(rank).collect(),
        others.iter().map(rank).collect(),
        set.len(),
        ids,
    )
}

/// Whether activating one after the other, each when all that it requires is there, leaves something out.
fn stands_in_a_cycle(catalog: &Catalog, set: &[u32]) -> bool {
    let mut active: Vec<u32> = Vec::new();
    loop {
        let ready = |release: u32| {
            let mut requires = catalog.requires(release).iter().filter(|r| !r.optional);
            requires.all(|requirement| {
                let need = catalog.need(requirement.need);
                if let crate::catalog::Target::Extension(extension) = need.target {
                    let mut active = active.iter();
                    active.any(|&other| catalog.release(other).extension == extension)
                } else {
                    let met = catalog.met_by(requirement.need);
                    met.contains(&release) || active.iter().any(|other| met.contains(other))
                }
            })
        };
        let mut waiting = set.iter().filter(|release| !active.contains(release));
        match waiting.find(|release| ready(**release)) {
            Some(&release) => active.push(release),
            None => return active.len() < set.len(),
        }
    }
}

#[test]
fn the_best_is_what_trying_every_set_says() {
    let small = (0..3_000).map(|seed| (seed, 3 + seed % 4));
    let large = (0..60).map(|seed| (10_000 + seed, 7 + seed % 3));
    for (seed, extensions) in small.chain(large) {
        let case = case(&mut Dice::new(50_000 + seed), extensions);
        let (catalog, request) = parse(&case);
        let mut expected = solutions(&catalog, &request);
        expected.sort_by_cached_key(|set| key(&catalog, &request, set));
        let (outcome, _) = best(&catalog, &request, u64::MAX);
        let expected = expected
            .into_iter()
            .next()
            .map_or(Outcome::Impossible, |mut set| {
                set.sort_unstable();
                Outcome::Best(set)
            });
        assert_eq!(outcome, expected, "seed {seed}\n{}\n{}", case.0, case.1);
    }
}
