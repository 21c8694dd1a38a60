//! Scorers in tests: fixtures, and single documents.

use std::path::Path;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Case, Host, prepare_error, run};
use crate::bindings::scorer::exports::assay::plugin::scoring;
use crate::{Data, Observation, Problem, Score, ScoreError, Scorer, parse_date, scorer, validator};

/// What a scorer said of one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// 0 to 1.
    pub score: Decimal,
    /// The reasons.
    pub signals: Vec<ScoredSignal>,
    /// What it asks to be remembered.
    pub observations: Vec<Observation>,
}

/// One reason for a score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredSignal {
    /// Its name.
    pub name: String,
    /// What it adds to the score.
    pub weight: Decimal,
    /// Where in the document.
    pub pointer: String,
    /// A sentence.
    pub reason: String,
}

impl Scored {
    fn of(report: scoring::ScoreReport) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse::<Decimal>()
                .map_err(|error| format!("`{text}` is no decimal: {error}"))
        };
        let signal = |signal: scoring::Signal| {
            Ok(ScoredSignal {
                weight: number(&signal.weight)?,
                name: signal.name,
                pointer: signal.pointer,
                reason: signal.reason,
            })
        };
        Ok(Self {
            score: number(&report.score)?,
            signals: report
                .signals
                .into_iter()
                .map(signal)
                .collect::<Result<_, String>>()?,
            observations: report.observations,
        })
    }

    /// The signal of this name.
    pub fn signal(&self, name: &str) -> Option<&ScoredSignal> {
        self.signals.iter().find(|signal| signal.name == name)
    }
}

/// Prepares a scorer and scores one document: for tests that are no fixture.
///
/// # Errors
/// What `prepare` or `score` said.
pub fn score<S: Scorer>(settings: &Value, rules: &Value, data: &Value) -> Result<Scored, String> {
    let scorer =
        scorer::load::<S>(&settings.to_string(), &rules.to_string()).map_err(|error| format!("{error:?}"))?;
    of(&scorer, &Data::from(data.clone())).map_err(|error| format!("{error:?}"))?
}

/// What `check-settings` of a scorer says.
pub fn check_scorer<S: Scorer>(settings: &str, rules: &str) -> Vec<Problem> {
    scorer::load::<S>(settings, rules)
        .err()
        .map(validator::problems)
        .unwrap_or_default()
}

/// Runs every case of a folder against a scorer; `Err` names every case that went otherwise.
///
/// # Errors
/// As [`validator_fixtures`](super::validator_fixtures).
pub fn scorer_fixtures<S: Scorer>(folder: impl AsRef<Path>) -> Result<usize, String> {
    run(folder.as_ref(), |case| {
        let scorer = match scorer::load::<S>(&case.settings, &case.rules) {
            Ok(scorer) => scorer,
            Err(error) => return Ok(prepare_error(error)),
        };
        let host = Host::new();
        let received = remember(&host, &scorer, case)?;
        if let Some(day) = received.as_deref().and_then(parse_date) {
            host.set_today(day);
        }
        let Ok(data) = Data::parse(&case.text()?) else {
            return Ok(json!({"error": "unsupported"}));
        };
        Ok(match of(&scorer, &data) {
            Ok(report) => shown(&report?),
            Err(ScoreError::NotPrepared) => json!({"error": "not-prepared"}),
            Err(ScoreError::Unsupported(message)) => json!({"error": "unsupported", "message": message}),
            Err(ScoreError::Other(message)) => json!({"error": "other", "message": message}),
        })
    })
}

fn of<S: Scorer>(scorer: &S, data: &Data) -> Result<Result<Scored, String>, ScoreError> {
    let mut score = Score::new();
    scorer.score(data, &mut score)?;
    Ok(Scored::of(score.finish()))
}

/// Scores the documents that came before, and returns the day when the input was received.
fn remember<S: Scorer>(host: &Host, scorer: &S, case: &Case) -> Result<Option<String>, String> {
    let Ok(text) = std::fs::read_to_string(case.folder.join("host.json")) else {
        return Ok(None);
    };
    let given: Value = serde_json::from_str(&text).map_err(|error| format!("host.json: {error}"))?;
    let text_of = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("host.json: `{key}` is missing"))
    };
    for earlier in given
        .get("earlier")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let (id, received) = (text_of(earlier, "id")?, text_of(earlier, "received")?);
        host.set_today(parse_date(&received).ok_or("host.json: `received` is no date")?);
        let data = earlier.get("data").cloned().unwrap_or_default();
        let said = of(scorer, &Data::from(data)).map_err(|error| format!("{id}: {error:?}"))??;
        host.remember(&id, &format!("{received}T12:00:00Z"), &said.observations);
    }
    text_of(&given, "received").map(Some)
}

fn shown(scored: &Scored) -> Value {
    let signals: Vec<_> = scored
        .signals
        .iter()
        .map(|signal| {
            json!({
                "name": signal.name,
                "weight": signal.weight.normalize().to_string(),
                "pointer": signal.pointer,
            })
        })
        .collect();
    json!({"score": scored.score.normalize().to_string(), "signals": signals})
}
