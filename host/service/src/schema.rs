//! JSON Schemas of configurations and manifests: draft 2020-12, formats asserted, no remote references, patterns in
//! linear time (a schema is hostile input too).

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use assay_domain::{Digest, Problem};
use jsonschema::{Draft, PatternOptions, Validator};
use lru::LruCache;
use serde_json::Value;

/// A schema that is ready to check values. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Schema(Arc<Validator>);

impl Schema {
    /// Compiles a schema.
    pub(crate) fn compile(schema: &Value) -> Result<Self, Problem> {
        let meta = jsonschema::draft202012::meta::validator();
        if let Some(error) = meta.iter_errors(schema).next() {
            return Err(problem(&error));
        }
        let built = jsonschema::options()
            .offline()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
            .build(schema);
        built
            .map(|validator| Self(Arc::new(validator)))
            .map_err(|error| problem(&error))
    }

    /// What is wrong with a value, at most `most` problems.
    pub(crate) fn problems(&self, value: &Value, most: usize) -> Vec<Problem> {
        self.0
            .iter_errors(value)
            .take(most)
            .map(|error| problem(&error))
            .collect()
    }
}

/// The message without the value itself: a document's content belongs into no log and no error.
fn problem(error: &jsonschema::ValidationError<'_>) -> Problem {
    let message: String = error.masked().to_string().chars().take(500).collect();
    Problem::new(error.instance_path().to_string(), message)
}

/// The compiled schemas of the configuration versions that were used last.
#[derive(Debug)]
pub(crate) struct Schemas(Mutex<LruCache<Digest, Schema>>);

impl Schemas {
    /// Keeps at most this many.
    pub(crate) fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(capacity)))
    }

    /// The schema, compiled once as long as it is kept.
    pub(crate) fn get(&self, schema: &Value) -> Result<Schema, Problem> {
        let digest = Digest::of(schema.to_string().as_bytes());
        let kept = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&digest)
            .cloned();
        if let Some(schema) = kept {
            return Ok(schema);
        }
        let schema = Schema::compile(schema)?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(digest, schema.clone());
        Ok(schema)
    }
}

#[cfg(test)]
mod tests;
