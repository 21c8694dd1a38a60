//! Fixtures: a folder of cases that a plugin's own tests run natively, without a sandbox.
//!
//! A case is a folder with `input.json` (or `input.xml`, or `input.` and whatever an extractor reads), optionally
//! `settings.json` and `rules.json`, and `expected.json`, which holds one of
//! - `{"findings": [{"rule": …, "severity": …, "pointer": …, "review": true}, …]}`: exactly these, in this order
//!   (`review` only where it is asked for);
//! - `{"data": {…}, "confidence": "0.9"}`: an extraction that says at least this (lists have the same length);
//! - `{"score": "0.9", "signals": [{"name": …, "weight": "0.9", "pointer": …}, …]}`: exactly this score;
//! - `{"error": "malformed"}`: the named error;
//! - `{"problems": [{"part": "settings", "pointer": "/days"}, …]}`: what `check-settings` says.
//!
//! A scorer's case may have `host.json`: `{"received": "2026-10-02", "earlier": [{"id": …, "received": …, "data": {…}}]}`,
//! the day when the input was received, and the documents that were scored before it.
//!
//! Beside the fixtures there is [`Host`], which answers `history` and sets the clock for tests that are no fixture.
//!
//! Not compiled into a component.

pub(crate) mod host;
mod memory;
mod scored;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::{
    Data, Document, ExtractError, Extractor, Finding, Part, PrepareError, Problem, Report, Severity,
    ValidateError, Validator, extractor, validator,
};

pub use host::Host;
pub use scored::{Scored, ScoredSignal, check_scorer, score, scorer_fixtures};

/// Runs every case of a folder against a validator; `Err` names every case that went otherwise.
///
/// # Errors
/// A text for a person: which cases, what was expected and what came. Also when the folder holds no case.
pub fn validator_fixtures<V: Validator>(folder: impl AsRef<Path>) -> Result<usize, String> {
    run(folder.as_ref(), |case| {
        let validator = match validator::load::<V>(&case.settings, &case.rules) {
            Ok(validator) => validator,
            Err(error) => return Ok(prepare_error(error)),
        };
        let text = case.text()?;
        let Ok(data) = Data::parse(&text) else {
            return Ok(json!({"error": "unsupported"}));
        };
        let mut report = Report::new();
        let outcome = validator.validate(&data, &mut report);
        Ok(match outcome {
            Ok(()) => json!({"findings": report.finish().0.iter().map(finding).collect::<Vec<_>>()}),
            Err(ValidateError::NotPrepared) => json!({"error": "not-prepared"}),
            Err(ValidateError::Unsupported(message)) => json!({"error": "unsupported", "message": message}),
            Err(ValidateError::Other(message)) => json!({"error": "other", "message": message}),
        })
    })
}

/// Runs every case of a folder against an extractor.
///
/// # Errors
/// As [`validator_fixtures`].
pub fn extractor_fixtures<E: Extractor>(folder: impl AsRef<Path>) -> Result<usize, String> {
    run(folder.as_ref(), |case| {
        let extractor = match extractor::load::<E>(&case.settings) {
            Ok(extractor) => extractor,
            Err(error) => return Ok(prepare_error(error)),
        };
        let media_type = match case.input.extension().and_then(|extension| extension.to_str()) {
            Some("xml") => "application/xml",
            Some("json") => "application/json",
            Some("csv") => "text/csv",
            _ => "application/octet-stream",
        };
        let content = fs::read(&case.input).map_err(|error| error.to_string())?;
        let document = Document {
            content,
            media_type: media_type.to_owned(),
            name: None,
        };
        Ok(match extractor.extract(&document) {
            Ok(extracted) => json!({
                "data": extracted.data,
                "confidence": extracted.confidence.normalize().to_string(),
            }),
            Err(error) => {
                let (name, message) = extract_error(error);
                json!({"error": name, "message": message})
            }
        })
    })
}

/// Prepares a validator and judges one document: for tests that are no fixture.
///
/// # Errors
/// What `prepare` or `validate` said, and text that is not JSON.
pub fn validate<V: Validator>(settings: &Value, rules: &Value, data: &Value) -> Result<Vec<Finding>, String> {
    let validator = validator::load::<V>(&settings.to_string(), &rules.to_string())
        .map_err(|error| format!("{error:?}"))?;
    let mut report = Report::new();
    let outcome = validator.validate(&Data::from(data.clone()), &mut report);
    outcome.map_err(|error| format!("{error:?}"))?;
    Ok(report.finish().0)
}

/// What `check-settings` of a validator says.
pub fn check_validator<V: Validator>(settings: &str, rules: &str) -> Vec<Problem> {
    validator::load::<V>(settings, rules)
        .err()
        .map(validator::problems)
        .unwrap_or_default()
}

/// What `check-settings` of an extractor says.
pub fn check_extractor<E: Extractor>(settings: &str) -> Vec<Problem> {
    extractor::load::<E>(settings)
        .err()
        .map(validator::problems)
        .unwrap_or_default()
}

struct Case {
    folder: PathBuf,
    input: PathBuf,
    settings: String,
    rules: String,
}

impl Case {
    fn text(&self) -> Result<String, String> {
        fs::read_to_string(&self.input).map_err(|error| format!("{}: {error}", self.input.display()))
    }
}

fn run(folder: &Path, judge: impl Fn(&Case) -> Result<Value, String>) -> Result<usize, String> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    if cases.is_empty() {
        return Err(format!("{} holds no case", folder.display()));
    }
    let mut wrong = Vec::new();
    for path in &cases {
        if let Err(message) = try_case(path, &judge) {
            wrong.push(format!("{}: {message}", path.display()));
        }
    }
    if wrong.is_empty() {
        Ok(cases.len())
    } else {
        Err(wrong.join("\n\n"))
    }
}

fn try_case(path: &Path, judge: &impl Fn(&Case) -> Result<Value, String>) -> Result<(), String> {
    let optional = |name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
    let input = fs::read_dir(path)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|file| file.file_stem().is_some_and(|stem| stem == "input"))
        .ok_or("there is no file `input.*`")?;
    let case = Case {
        folder: path.to_owned(),
        input,
        settings: optional("settings.json"),
        rules: optional("rules.json"),
    };
    let text =
        fs::read_to_string(path.join("expected.json")).map_err(|error| format!("expected.json: {error}"))?;
    let expected: Value = serde_json::from_str(&text).map_err(|error| format!("expected.json: {error}"))?;
    let actual = judge(&case)?;
    let same = match (expected.get("findings"), expected.get("problems")) {
        (None, None) => says_at_least(&expected, &actual, ""),
        _ => equal(&expected, &actual),
    };
    same.map_err(|place| format!("{place}\nexpected {expected}\ncame     {actual}"))
}

fn equal(expected: &Value, actual: &Value) -> Result<(), String> {
    if expected == actual {
        Ok(())
    } else {
        Err("not the same".to_owned())
    }
}

fn says_at_least(expected: &Value, actual: &Value, place: &str) -> Result<(), String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => expected.iter().try_for_each(|(key, value)| {
            let place = format!("{place}/{key}");
            match actual.get(key) {
                Some(actual) => says_at_least(value, actual, &place),
                None if value.is_null() => Ok(()),
                None => Err(format!("{place} is missing")),
            }
        }),
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => expected
            .iter()
            .zip(actual)
            .enumerate()
            .try_for_each(|(index, (expected, actual))| {
                says_at_least(expected, actual, &format!("{place}/{index}"))
            }),
        _ if expected == actual => Ok(()),
        _ => Err(format!("{place} differs: expected {expected}, came {actual}")),
    }
}

fn finding(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let mut shown = Map::new();
    shown.insert("rule".to_owned(), finding.rule.as_str().into());
    shown.insert("severity".to_owned(), severity.into());
    shown.insert("pointer".to_owned(), finding.pointer.as_str().into());
    if finding.review {
        shown.insert("review".to_owned(), true.into());
    }
    shown.into()
}

fn prepare_error(error: PrepareError) -> Value {
    let problem = |problem: Problem| {
        let part = if problem.part == Part::Settings {
            "settings"
        } else {
            "rules"
        };
        json!({"part": part, "pointer": problem.pointer})
    };
    json!({"problems": validator::problems(error).into_iter().map(problem).collect::<Vec<_>>()})
}

fn extract_error(error: ExtractError) -> (&'static str, String) {
    match error {
        ExtractError::NotPrepared => ("not-prepared", String::new()),
        ExtractError::Unsupported(message) => ("unsupported", message),
        ExtractError::Malformed(message) => ("malformed", message),
        ExtractError::Hostile(message) => ("hostile", message),
        ExtractError::Encoding(message) => ("encoding", message),
        ExtractError::Other(message) => ("other", message),
    }
}
