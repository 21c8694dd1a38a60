//! Measuring: alternate rounds, medians.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Which way is good.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    Lower,
    Higher,
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) floor: f64,
    pub(crate) ratio: f64,
    pub(crate) limit: f64,
    pub(crate) better: Better,
    /// Figures to compare with, without a limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) beside: Vec<(&'static str, f64)>,
}

impl Row {
    pub(crate) fn new(
        name: &'static str,
        unit: &'static str,
        (value, floor): (f64, f64),
        limit: f64,
        better: Better,
    ) -> Self {
        Self {
            name,
            value,
            unit,
            floor,
            ratio: value / floor,
            limit,
            better,
            beside: Vec::new(),
        }
    }

    /// Shows another figure beside it, in the same unit.
    pub(crate) fn beside(mut self, name: &'static str, figure: f64) -> Self {
        self.beside.push((name, figure));
        self
    }

    pub(crate) fn holds(&self) -> bool {
        match self.better {
            Better::Lower => self.ratio <= self.limit,
            Better::Higher => self.ratio >= self.limit,
        }
    }
}

/// The middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// What so many thousandths of some figures are not above.
pub(crate) fn quantile(figures: &mut [f64], thousandths: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[(figures.len() * thousandths).div_ceil(1_000).max(1) - 1]
}

/// Two ways of doing the same, each timed per call in microseconds.
pub(crate) trait Pair {
    fn value(&mut self) -> Duration;
    fn floor(&mut self) -> Duration;
}

/// Medians of the rounds' p50 of value and floor, in microseconds, measured call by call in turn: what troubles the
/// machine for longer than a call troubles both.
pub(crate) fn alternate(pair: &mut impl Pair, rounds: usize, calls: usize) -> (f64, f64) {
    for _ in 0..calls / 4 {
        pair.floor();
        pair.value();
    }
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (mut value, mut floor) = (Vec::with_capacity(calls), Vec::with_capacity(calls));
        for _ in 0..calls {
            floor.push(pair.floor().as_secs_f64() * 1e6);
            value.push(pair.value().as_secs_f64() * 1e6);
        }
        values.push(median(value));
        floors.push(median(floor));
    }
    (median(values), median(floors))
}

/// How long something took.
pub(crate) fn timed<T>(act: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(act());
    start.elapsed()
}
