//! The world `scorer`.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread::LocalKey;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use crate::bindings::scorer::exports::assay::plugin::scoring;
use crate::validator::problems;
use crate::{Data, Observation, PluginRules, PrepareError, Problem, ScoreError, settings};

/// Signals of one document; more are left out, since a host takes only so many.
const MAX_SIGNALS: usize = 1_000;

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
#[derive(Debug, Default)]
pub struct Score {
    total: Decimal,
    signals: Vec<scoring::Signal>,
    observations: Vec<Observation>,
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
        if self.signals.len() >= MAX_SIGNALS {
            return;
        }
        let weight = weight.clamp(Decimal::ZERO, Decimal::ONE - self.total);
        self.total += weight;
        self.signals.push(scoring::Signal {
            name: name.to_owned(),
            weight: weight.normalize().to_string(),
            pointer: pointer.as_ref().to_owned(),
            reason: reason.into(),
        });
    }

    /// Asks the host to remember something of the document.
    pub fn observe(&mut self, observation: Observation) {
        self.observations.push(observation);
    }

    /// The score so far, 0 to 1.
    pub fn total(&self) -> Decimal {
        self.total
    }

    /// The signals so far: name and weight.
    pub fn signals(&self) -> impl Iterator<Item = (&str, &str)> {
        self.signals
            .iter()
            .map(|signal| (signal.name.as_str(), signal.weight.as_str()))
    }

    fn finish(self) -> scoring::ScoreReport {
        let score = self.total.normalize().to_string();
        scoring::ScoreReport {
            score,
            signals: self.signals,
            observations: self.observations,
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
