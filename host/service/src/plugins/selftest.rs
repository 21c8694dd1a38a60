//! A plugin's own tests, from its manifest, run as calls of a process would be.
//!
//! Absent: any way to a transaction, and a history: a test that needs one expects that there is none.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::manifest::selftest::{Expected, ExpectedFinding, SelfTest};
use assay_domain::{Digest, Finding, JsonLimits, Limits, Manifest, Outcome, Signal, World, json};
use assay_engine::{Call, CallContext, Document, Engine, Plugin, Prepared};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use tokio::time::Instant;

use super::register::Reason;
use crate::question::Question;

/// The code of a test that does not come out.
pub(super) const CODE: &str = "selftest";

/// The time of tests that name none: 2026-01-01, noon.
const RECEIVED: DateTime<Utc> = DateTime::from_timestamp(1_767_268_800, 0).expect("a time that there is");

/// How long all tests of a release may take together.
const ALL: Duration = Duration::from_secs(30);

/// What a call gave, as far as tests look at it.
#[derive(Default)]
struct Gave {
    findings: Vec<Finding>,
    score: Option<Decimal>,
    signals: Vec<Signal>,
    data: Option<Value>,
}

/// Every test that does not come out as it says.
pub(super) async fn failures(
    engine: &Engine,
    plugin: &Arc<Plugin>,
    manifest: &Manifest,
    maximum: &Limits,
) -> Vec<Reason> {
    let mut failures = Vec::new();
    let end = Instant::now() + ALL;
    for test in &manifest.selftest {
        if let Err(message) = run(engine, plugin, manifest, maximum, test, end).await {
            failures.push(Reason {
                code: CODE.to_owned(),
                message: format!("its test `{}`: {message}", test.name),
            });
        }
    }
    failures
}

async fn run(
    engine: &Engine,
    plugin: &Arc<Plugin>,
    manifest: &Manifest,
    maximum: &Limits,
    test: &SelfTest,
    end: Instant,
) -> Result<(), String> {
    let world = test.world.or_else(|| manifest.worlds.first().copied());
    let world = world.ok_or("it has no world to call")?;
    let canonical =
        |value: &Option<Value>, empty: &str| value.as_ref().map_or_else(|| empty.to_owned(), json::canonical);
    let (settings, rules) = (canonical(&test.settings, "{}"), canonical(&test.rules, "null"));
    let told = Prepared::new(Arc::clone(plugin), world, &settings, &rules);
    let limits = Limits::DEFAULT.with(&manifest.limits, maximum);
    let context = CallContext {
        limits,
        received: test.received.unwrap_or(RECEIVED),
        deadline: end.min(Instant::now() + Duration::from_millis(limits.deadline_ms)),
        seed: Digest::of(test.input.as_bytes()),
        history: None,
        granted: &manifest.permissions,
    };
    if world != World::Extractor {
        let bounds = JsonLimits::bytes(test.input.len());
        json::parse(test.input.as_bytes(), bounds).map_err(|error| format!("its input: {error}"))?;
    }
    let outcome = match world {
        World::Validator => gave(engine.validate(&told, &context, &test.input).await, |report| {
            Gave {
                findings: report.findings,
                ..Gave::default()
            }
        }),
        World::Scorer => gave(engine.score(&told, &context, &test.input).await, |report| Gave {
            score: Some(report.score),
            signals: report.signals,
            ..Gave::default()
        }),
        World::Resolver => {
            let asked = Question::of(&test.input);
            let asked = asked.ok_or("its input: write an object with `catalog` and `request`")?;
            let call = engine.resolve(&told, &context, &asked.catalog, &asked.request);
            gave(call.await, |resolution| Gave {
                data: serde_json::from_str(&resolution.answer).ok(),
                ..Gave::default()
            })
        }
        World::Extractor => {
            let document = Document {
                content: test.input.as_bytes(),
                media_type: &test.media_type,
                name: None,
            };
            gave(engine.extract(&told, &context, document).await, |read| Gave {
                data: Some(read.data),
                ..Gave::default()
            })
        }
    };
    compare(&test.expect, outcome)
}

fn gave<T>(call: Call<T>, read: impl FnOnce(T) -> Gave) -> Outcome<Gave> {
    match call.outcome {
        Outcome::Done(done) => Outcome::Done(read(done)),
        Outcome::Declined { case, message } => Outcome::Declined { case, message },
        Outcome::Failed(failure) => Outcome::Failed(failure),
    }
}

fn compare(expected: &Expected, outcome: Outcome<Gave>) -> Result<(), String> {
    let gave = match (outcome, &expected.declined) {
        (Outcome::Failed(failure), _) => return Err(format!("it failed: {failure}")),
        (Outcome::Declined { case, .. }, Some(expected)) if case == *expected => return Ok(()),
        (Outcome::Declined { case, message }, _) => return Err(format!("it declined: {case}: {message}")),
        (Outcome::Done(_), Some(expected)) => {
            return Err(format!("it was to decline with `{expected}` and did not"));
        }
        (Outcome::Done(gave), None) => gave,
    };
    if let Some(expected) = &expected.findings {
        findings(expected, &gave.findings)?;
    }
    if let Some(expected) = expected.score
        && gave.score != Some(expected)
    {
        let score = gave
            .score
            .map_or_else(|| "none".to_owned(), |score| score.to_string());
        return Err(format!("the score is {score} and was to be {expected}"));
    }
    if let Some(expected) = &expected.signals {
        let mut names: Vec<_> = gave.signals.iter().map(|signal| signal.name.clone()).collect();
        let mut expected = expected.clone();
        names.sort_unstable();
        expected.sort_unstable();
        if names != expected {
            return Err(format!("the signals are {names:?} and were to be {expected:?}"));
        }
    }
    match (&expected.data, &gave.data) {
        (Some(expected), Some(data)) if expected != data => {
            Err(format!("the data is {data} and was to be {expected}"))
        }
        (Some(_), None) => Err("it gives no data".to_owned()),
        _ => Ok(()),
    }
}

/// Each expected one is found once, and nothing is left.
fn findings(expected: &[ExpectedFinding], found: &[Finding]) -> Result<(), String> {
    let mut left: Vec<_> = found.iter().collect();
    for wanted in expected {
        let fits = |finding: &&Finding| {
            finding.rule == wanted.rule
                && wanted
                    .severity
                    .is_none_or(|severity| severity == finding.severity)
                && wanted
                    .pointer
                    .as_ref()
                    .is_none_or(|pointer| *pointer == finding.pointer)
        };
        let at = left.iter().position(fits);
        let at = at.ok_or_else(|| format!("there is no finding of `{}` as it was to be", wanted.rule))?;
        left.swap_remove(at);
    }
    match left.first() {
        Some(finding) => Err(format!(
            "there is a finding of `{}` at `{}` that was not to be: {}",
            finding.rule, finding.pointer, finding.message
        )),
        None => Ok(()),
    }
}
