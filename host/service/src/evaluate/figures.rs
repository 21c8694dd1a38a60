//! Precision and recall, counted.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

/// Decimal places of a share.
const PLACES: u32 = 4;

/// How often something was said and how often it was so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Documents where it is so.
    pub support: u64,
    /// Where it is so and was said.
    pub true_positives: u64,
    /// Where it was said and is not so.
    pub false_positives: u64,
    /// Where it is so and was not said.
    pub misses: u64,
    /// Of what was said, the share that is so; none when nothing was said.
    pub precision: Option<Decimal>,
    /// Of what is so, the share that was said; none when nothing is.
    pub recall: Option<Decimal>,
}

impl Figures {
    fn count(&mut self, is: bool, said: bool) {
        match (is, said) {
            (true, true) => self.true_positives += 1,
            (true, false) => self.misses += 1,
            (false, true) => self.false_positives += 1,
            (false, false) => {}
        }
        self.support = self.true_positives + self.misses;
        self.precision = share(self.true_positives, self.true_positives + self.false_positives);
        self.recall = share(self.true_positives, self.support);
    }
}

fn share(part: u64, of: u64) -> Option<Decimal> {
    let share = Decimal::from(part).checked_div(Decimal::from(of))?;
    Some(share.round_dp(PLACES).normalize())
}

/// The figures of every signal, and those of the score.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) documents: u64,
    pub(crate) signals: BTreeMap<String, Figures>,
    pub(crate) score: Figures,
}

impl Tally {
    /// Counts a document: what is so, what was said, and whether the score said that anything is.
    pub(crate) fn count(&mut self, labels: &BTreeSet<String>, said: &BTreeSet<String>, suspected: bool) {
        self.documents += 1;
        for name in labels.union(said) {
            let figures = self.signals.entry(name.clone()).or_default();
            figures.count(labels.contains(name), said.contains(name));
        }
        self.score.count(!labels.is_empty(), suspected);
    }
}

#[cfg(test)]
mod tests;
