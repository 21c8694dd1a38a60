//! Chance, from a seed.
//!
//! Invariant: whole numbers of fixed widths only, so that a seed gives the same on every machine.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A source of chance.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0.random_range(least..=most.max(least))
    }

    /// True so many times in a hundred.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// A place in a list of this length.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        let last = i64::try_from(length.saturating_sub(1)).unwrap_or(i64::MAX);
        usize::try_from(self.between(0, last)).unwrap_or_default()
    }

    /// One of a list; the default of an empty one.
    pub(crate) fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        from.get(self.place(from.len())).copied().unwrap_or_default()
    }

    /// Cents as prices grow: from a euro on, a random number of random factors.
    pub(crate) fn grown(&mut self, factors: i64) -> i64 {
        let factors = self.between(factors / 2, factors);
        (0..factors).fold(self.between(100, 990), |cents, _| {
            cents * self.between(60, 230) / 100
        })
    }

    /// So many digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.between(0, 9)).unwrap_or_default()))
            .collect()
    }
}
