//! Numbers for things, first in the order in which they come and then in their own.
//!
//! Invariant: the final numbers do not depend on the order in which things came. Absent: what they are.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{BuildHasherDefault, Hash};

/// Keyed without chance, so that nothing here asks the system for random numbers.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// Numbers things in the order in which they come.
#[derive(Debug)]
pub(super) struct Interner<K> {
    numbers: Map<K, u32>,
    pub(super) list: Vec<K>,
}

impl<K: Copy + Eq + Hash + Ord> Interner<K> {
    pub(super) fn new() -> Self {
        Self {
            numbers: Map::default(),
            list: Vec::new(),
        }
    }

    pub(super) fn number(&mut self, key: K) -> u32 {
        match self.numbers.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = size(self.list.len());
                self.list.push(key);
                *new.insert(number)
            }
        }
    }

    /// The things in their own order, and where each number went.
    pub(super) fn sorted(self) -> (Vec<K>, Vec<u32>) {
        let mut order: Vec<u32> = (0..size(self.list.len())).collect();
        order.sort_unstable_by_key(|&old| self.list.get(old as usize));
        let mut moved = vec![0; order.len()];
        for (new, &old) in (0..).zip(&order) {
            if let Some(slot) = moved.get_mut(old as usize) {
                *slot = new;
            }
        }
        let list = order
            .iter()
            .filter_map(|&old| self.list.get(old as usize).copied());
        (list.collect(), moved)
    }
}

pub(super) fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

pub(super) fn moved(table: &[u32], number: u32) -> u32 {
    table.get(number as usize).copied().unwrap_or_default()
}
