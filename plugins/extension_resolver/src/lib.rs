//! The resolver as a plugin: the crate that the host resolves with, in the sandbox.
//!
//! Invariant: the same bytes as the crate gives natively. Absent: everything that is not its interface.

use assay_plugin_sdk::{Input, InputProblem, PrepareError, ResolveError, Resolver, export};
use assay_resolver::{Document, InputErrors, Options};
use serde::Deserialize;

/// The settings, as plugin.toml has them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    budget: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            budget: Options::default().budget,
        }
    }
}

/// The prepared resolver.
#[derive(Debug)]
pub struct Extensions {
    options: Options,
}

impl Resolver for Extensions {
    type Settings = Settings;

    fn prepare(settings: Settings) -> Result<Self, PrepareError> {
        Ok(Self {
            options: Options {
                budget: settings.budget,
            },
        })
    }

    fn resolve(&self, catalog: &str, request: &str) -> Result<String, ResolveError> {
        let bytes = assay_resolver::resolve_json(catalog.as_bytes(), request.as_bytes(), self.options);
        String::from_utf8(bytes.map_err(|errors| invalid(&errors))?)
            .map_err(|error| ResolveError::Other(error.to_string()))
    }
}

fn invalid(errors: &InputErrors) -> ResolveError {
    let problem = |problem: &assay_resolver::InputProblem| InputProblem {
        input: match problem.document {
            Document::Catalog => Input::Catalog,
            Document::Request => Input::Request,
        },
        pointer: problem.pointer.clone(),
        message: problem.message.clone(),
    };
    ResolveError::Invalid(errors.problems.iter().map(problem).collect())
}

export!(Extensions as resolver);
