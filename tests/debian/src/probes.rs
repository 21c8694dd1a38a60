//! Random sets of packages, each as a package that depends on all of them.

use std::fmt::Write;

use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::control::Package;

/// So many stanzas `zz-probe-N`, each depending on 2 to 40 names, of which half declare conflicts. The same for the same seed.
pub(crate) fn stanzas(packages: &[Package], count: usize, seed: u64) -> String {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let all: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let fighting = packages.iter().filter(|package| !package.conflicts.is_empty());
    let fighting: Vec<&str> = fighting.map(|package| package.name.as_str()).collect();
    let mut out = String::new();
    for probe in 0..count {
        let size = chance.random_range(2..=40_usize);
        let mut names: Vec<&str> = fighting.iter().copied().choose_multiple(&mut chance, size / 2);
        names.extend((names.len()..size).filter_map(|_| all.choose(&mut chance).copied()));
        names.sort_unstable();
        names.dedup();
        let _ = write!(
            out,
            "\nPackage: zz-probe-{probe}\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: a probe\nDepends: {}\n",
            names.join(", ")
        );
    }
    out
}
