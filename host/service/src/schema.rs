//! JSON Schemas of configurations and manifests: draft 2020-12, formats asserted, nothing fetched.
//!
//! A schema is hostile input as much as the value that it is held against. Invariant: compiling and checking take
//! bounded work, whoever wrote either: [`bounds`] refuses what can't be afforded before anything is compiled,
//! [`metered`] ends a check that goes on for too long, and all but small checks run on threads of their own, a few at a
//! time, never on one that serves. Checks are not awaited with a transaction open.

mod bounds;
mod metered;

use std::num::NonZeroUsize;
use std::sync::Arc;

use assay_domain::{Digest, Problem};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};

use crate::recent::Recent;
use bounds::Cost;
use metered::{Budget, Metered, Seen, Spent, within};

/// Steps of a check that is done at once, a fraction of a millisecond; most documents are done with that.
const AT_ONCE: u64 = 20_000;

/// Steps of any check, about a second: 500,000 values held against some ten keywords each.
const MOST_STEPS: u64 = 20_000_000;

/// Errors that are written down before somebody picks those that are shown, some hundred bytes each.
const MOST_ERRORS: u64 = 10_000;

/// Checks and compilations on threads of their own at one time.
static THREADS: Semaphore = Semaphore::const_new(2);

/// Bytes of stack of such a thread: enough for the deepest value and the deepest schema that are allowed.
const STACK: usize = 64 << 20;

/// Subschemas within one another per value that a thread which serves has stack for.
const NESTED_AT_ONCE: u32 = 6;

/// Bytes of text in one step, where no pattern is matched with it.
const PLAIN_BYTES: u64 = 64;

/// Bytes of the program of a pattern: matching takes time by it, for every byte of the text.
const PATTERN_PROGRAM: usize = 64 << 10;

/// A schema that is ready to check values. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    validator: Validator<Metered>,
    cost: Cost,
}

/// A value was not held against a schema to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "holding it against the schema takes more than {MOST_STEPS} steps, so that it was given up; send less at once, or save a schema with fewer alternatives"
)]
pub(crate) struct TooMuch;

impl Schema {
    /// Looks at a schema and compiles it.
    pub(crate) async fn compile(schema: &Value) -> Result<Self, Problem> {
        let schema = schema.clone();
        aside(move || Self::build(&schema))
            .await
            .unwrap_or_else(|| Err(Problem::new("", "the schema can't be compiled now; try again")))
    }

    fn build(schema: &Value) -> Result<Self, Problem> {
        let bytes = schema.to_string().len();
        if bytes > bounds::MOST_BYTES {
            let message = format!(
                "{bytes} bytes are more than the {} that are allowed",
                bounds::MOST_BYTES
            );
            return Err(Problem::new("", message));
        }
        let cost = bounds::check(schema)?;
        let meta = jsonschema::draft202012::meta::validator();
        if let Some(error) = meta.iter_errors(schema).next() {
            return Err(problem(&error));
        }
        let built = jsonschema::options_for::<Metered>()
            .offline()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_PROGRAM))
            .build(schema);
        let validator = built.map_err(|error| problem(&error))?;
        Ok(Self(Arc::new(Compiled { validator, cost })))
    }

    /// What is wrong with a value, at most `most` problems.
    pub(crate) async fn problems(&self, value: &Arc<Value>, most: usize) -> Result<Vec<Problem>, TooMuch> {
        if self.0.cost.nested <= NESTED_AT_ONCE
            && let Ok(problems) = self.0.check(value, most, AT_ONCE)
        {
            return Ok(problems);
        }
        let (schema, value) = (self.clone(), Arc::clone(value));
        aside(move || schema.0.check(&value, most, MOST_STEPS))
            .await
            .unwrap_or(Err(TooMuch))
    }
}

impl Compiled {
    fn check(&self, value: &Value, most: usize, steps: u64) -> Result<Vec<Problem>, TooMuch> {
        let budget = Budget {
            steps,
            errors: MOST_ERRORS,
            idle: self.cost.idle,
            bytes: if self.cost.patterns { 1 } else { PLAIN_BYTES },
        };
        let (valid, left) = within(budget, || self.validator.is_valid(Seen(value))).map_err(|_| TooMuch)?;
        if valid {
            return Ok(Vec::new());
        }
        // `iter_errors` writes all errors down before it gives the first, `validate` one and what led to it.
        let all = || {
            let errors = self.validator.iter_errors(Seen(value)).take(most);
            errors.map(|error| problem(&error)).collect()
        };
        match within(left, all) {
            Ok((problems, _)) => return Ok(problems),
            Err(Spent::Steps) => return Err(TooMuch),
            Err(Spent::Errors) => {}
        }
        let first = || {
            self.validator
                .validate(Seen(value))
                .err()
                .map(|error| problem(&error))
        };
        match within(left, first) {
            Ok((first, _)) => Ok(first.into_iter().collect()),
            Err(Spent::Steps) => Err(TooMuch),
            Err(Spent::Errors) => {
                let message = "nothing here is as the schema wants it, in more places than can be listed";
                Ok(vec![Problem::new("", message)])
            }
        }
    }
}

/// Runs hostile work on a thread of its own, when its turn comes. None when there can be no thread now.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let turn = THREADS.acquire().await.ok()?;
    let (answer, answered) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("schema".to_owned())
        .stack_size(STACK);
    let started = thread.spawn(move || {
        // A caller who is gone leaves the thread its turn until it is done.
        let _turn = turn;
        drop(answer.send(work()));
    });
    started.ok()?;
    answered.await.ok()
}

/// The message without the value itself: a document's content belongs into no log and no error.
fn problem(error: &jsonschema::ValidationError<'_>) -> Problem {
    let message: String = error.masked().to_string().chars().take(500).collect();
    Problem::new(error.instance_path().to_string(), message)
}

/// The compiled schemas of the configuration versions that were used last.
#[derive(Debug)]
pub(crate) struct Schemas(Recent<Digest, Schema>);

impl Schemas {
    /// Keeps at most this many.
    pub(crate) fn new(capacity: NonZeroUsize) -> Self {
        Self(Recent::new(capacity))
    }

    /// The schema, compiled once as long as it is kept.
    pub(crate) async fn get(&self, schema: &Value) -> Result<Schema, Problem> {
        let digest = Digest::of(schema.to_string().as_bytes());
        if let Some(schema) = self.0.get(&digest) {
            return Ok(schema);
        }
        let schema = Schema::compile(schema).await?;
        self.0.put(digest, schema.clone());
        Ok(schema)
    }
}

#[cfg(test)]
mod tests;
