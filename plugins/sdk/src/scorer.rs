//! The world `scorer`.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread::LocalKey;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use crate::bindings::scorer::exports::assay::plugin::scoring;
use crate::bounds::{self, MAX_ITEMS, MAX_TEXT_BYTES, OBSERVATIONS_REACHED, Observations};
use crate::validator::problems;
use crate::{Data, Observation, PluginRules, PrepareError, Problem, ScoreError, heap, settings};

/// `name` of the signal that carries the weight of those that were left out.
pub const SIGNALS_REACHED: &str = "limit:signals";

/// A plugin that says how suspicious a document is.
pub trait Scorer: Sized + 'static {
    /// The settings: a struct that derives `Deserialize`, or [`NoSettings`](crate::NoSettings).
    type Settings: DeserializeOwned;
    /// The rules: [`RuleSet`](crate::RuleSet) for those of the host's rule language, or [`NoRules`](crate::NoRules).
    type Rules: PluginRules;

    /// Makes the scorer; called once per configuration version. No clock, no randomness.
    fn prepare(settings: Self::Settings, rules: Self::Rules) -> Result<Self, PrepareError>;

    /// Scores one document.
    fn score(&self, data: &Data, score: &mut Score) -> Result<(), ScoreError>;
}

/// A score in the making: the sum of its signals' weights, never above 1.
///
/// Of more than 1000 signals the heaviest are kept, and one more, [`SIGNALS_REACHED`], carries the weight of the rest:
/// many small signals neither hide a heavy one nor lower the score.
#[derive(Debug, Default)]
pub struct Score {
    total: Decimal,
    signals: Vec<Weighed>,
    observations: Observations,
    left_out: LeftOut,
}

/// What was too much.
#[derive(Debug, Default)]
struct LeftOut {
    count: usize,
    weight: Decimal,
}

/// A signal before its weight is written as text.
#[derive(Debug)]
struct Weighed {
    name: String,
    weight: Decimal,
    pointer: String,
    reason: String,
}

impl Score {
    /// No signals yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reason. The weight is held to what is left up to 1, so that the weights add up to the score.
    pub fn signal(
        &mut self,
        name: &str,
        weight: Decimal,
        pointer: impl AsRef<str>,
        reason: impl Into<String>,
    ) {
        let weight = weight.clamp(Decimal::ZERO, Decimal::ONE - self.total);
        self.total += weight;
        self.signals.push(Weighed {
            name: name.to_owned(),
            weight,
            pointer: pointer.as_ref().to_owned(),
            reason: reason.into(),
        });
        if self.signals.len() > 2 * MAX_ITEMS {
            self.left_out.cut(&mut self.signals);
        }
    }

    /// Asks the host to remember something of the document. At most
    /// [`MAX_OBSERVATIONS`](crate::MAX_OBSERVATIONS) are taken, within the sizes of `wit/plugin-v1`; a signal without
    /// weight says so where others were left out.
    pub fn observe(&mut self, observation: Observation) {
        self.observations.add(observation);
    }

    /// The score so far, 0 to 1.
    pub fn total(&self) -> Decimal {
        self.total
    }

    /// The signals that are kept so far: name and weight.
    pub fn signals(&self) -> impl Iterator<Item = (&str, Decimal)> {
        self.signals
            .iter()
            .map(|signal| (signal.name.as_str(), signal.weight))
    }

    pub(crate) fn finish(mut self) -> scoring::ScoreReport {
        self.left_out.cut(&mut self.signals);
        let (observations, said) = self.observations.finish();
        if self.left_out.count > 0 {
            self.signals.push(Weighed {
                name: SIGNALS_REACHED.to_owned(),
                weight: self.left_out.weight,
                pointer: String::new(),
                reason: format!(
                    "{} more signals were left out, and this is their weight; a score has at most {MAX_ITEMS}, with \
                     {MAX_TEXT_BYTES} bytes of text",
                    self.left_out.count
                ),
            });
        }
        self.signals.extend(said.map(|reason| Weighed {
            name: OBSERVATIONS_REACHED.to_owned(),
            weight: Decimal::ZERO,
            pointer: String::new(),
            reason,
        }));
        let signals = self.signals.into_iter().map(|signal| scoring::Signal {
            name: signal.name,
            weight: signal.weight.normalize().to_string(),
            pointer: signal.pointer,
            reason: signal.reason,
        });
        scoring::ScoreReport {
            score: self.total.normalize().to_string(),
            signals: signals.collect(),
            observations,
        }
    }
}

impl LeftOut {
    /// Holds signals to the bounds and notes what that takes away.
    fn cut(&mut self, signals: &mut Vec<Weighed>) {
        for signal in signals.iter_mut() {
            bounds::sentence(&mut signal.reason);
            bounds::pointer(&mut signal.pointer);
        }
        let bytes = |signal: &Weighed| signal.name.len() + signal.pointer.len() + signal.reason.len();
        for signal in bounds::cut(signals, |signal| signal.weight, bytes) {
            self.count += 1;
            self.weight += signal.weight;
        }
    }
}

/// Reads settings and rules and prepares; what is wrong with either is reported together.
pub(crate) fn load<S: Scorer>(settings: &str, rules: &str) -> Result<S, PrepareError> {
    match (settings::read(settings), S::Rules::read(rules)) {
        (Ok(settings), Ok(rules)) => S::prepare(settings, rules),
        (settings, rules) => {
            let problems = settings.err().into_iter().chain(rules.err()).flatten().collect();
            Err(PrepareError::Invalid(problems))
        }
    }
}

/// Where the prepared scorer lives; implemented by [`export!`](crate::export).
#[doc(hidden)]
pub trait ScorerCell: Scorer {
    /// The static.
    fn cell() -> &'static LocalKey<RefCell<Option<Self>>>;
}

/// A scorer as the generated bindings want it.
#[doc(hidden)]
pub struct ScorerComponent<S>(PhantomData<S>);

impl<S> fmt::Debug for ScorerComponent<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ScorerComponent")
    }
}

impl<S: ScorerCell> scoring::Guest for ScorerComponent<S> {
    fn check_settings(settings: String, rules: String) -> Vec<Problem> {
        load::<S>(&settings, &rules)
            .err()
            .map(problems)
            .unwrap_or_default()
    }

    fn prepare(settings: String, rules: String) -> Result<(), PrepareError> {
        S::cell().set(None);
        S::cell().set(Some(load(&settings, &rules)?));
        heap::leave_room();
        Ok(())
    }

    fn score(data: String) -> Result<scoring::ScoreReport, ScoreError> {
        S::cell().with_borrow(|prepared| {
            let scorer = prepared.as_ref().ok_or(ScoreError::NotPrepared)?;
            let data = Data::parse(&data).map_err(ScoreError::Unsupported)?;
            let mut score = Score::new();
            scorer.score(&data, &mut score)?;
            Ok(score.finish())
        })
    }
}

#[cfg(test)]
mod tests;
