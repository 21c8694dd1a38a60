//! The world `validator`.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread::LocalKey;

use serde::de::DeserializeOwned;

use crate::bindings::validator::exports::assay::plugin::validation;
use crate::{Data, PluginRules, PrepareError, Problem, Report, ValidateError, heap, settings};

/// A plugin that says what is wrong with a document's data.
pub trait Validator: Sized + 'static {
    /// The settings: a struct that derives `Deserialize`, or [`NoSettings`](crate::NoSettings).
    type Settings: DeserializeOwned;
    /// The rules: [`RuleSet`](crate::RuleSet) for those of the host's rule language, or [`NoRules`](crate::NoRules).
    type Rules: PluginRules;

    /// Makes the validator; called once per configuration version. No clock, no randomness.
    fn prepare(settings: Self::Settings, rules: Self::Rules) -> Result<Self, PrepareError>;

    /// Judges one document. A document that is merely wrong has findings, not an error.
    fn validate(&self, data: &Data, report: &mut Report) -> Result<(), ValidateError>;
}

/// Reads settings and rules and prepares; what is wrong with either is reported together.
pub(crate) fn load<V: Validator>(settings: &str, rules: &str) -> Result<V, PrepareError> {
    match (settings::read(settings), V::Rules::read(rules)) {
        (Ok(settings), Ok(rules)) => V::prepare(settings, rules),
        (settings, rules) => {
            let problems = settings.err().into_iter().chain(rules.err()).flatten().collect();
            Err(PrepareError::Invalid(problems))
        }
    }
}

/// The problems of an error of `prepare`.
pub(crate) fn problems(error: PrepareError) -> Vec<Problem> {
    match error {
        PrepareError::Invalid(problems) => problems,
        PrepareError::Other(message) => vec![Problem {
            part: crate::Part::Settings,
            pointer: String::new(),
            message,
        }],
    }
}

/// Where the prepared validator lives; implemented by [`export!`](crate::export).
#[doc(hidden)]
pub trait ValidatorCell: Validator {
    /// The static.
    fn cell() -> &'static LocalKey<RefCell<Option<Self>>>;
}

/// A validator as the generated bindings want it.
#[doc(hidden)]
pub struct ValidatorComponent<V>(PhantomData<V>);

impl<V> fmt::Debug for ValidatorComponent<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ValidatorComponent")
    }
}

impl<V: ValidatorCell> validation::Guest for ValidatorComponent<V> {
    fn check_settings(settings: String, rules: String) -> Vec<Problem> {
        load::<V>(&settings, &rules)
            .err()
            .map(problems)
            .unwrap_or_default()
    }

    fn prepare(settings: String, rules: String) -> Result<(), PrepareError> {
        V::cell().set(None);
        V::cell().set(Some(load(&settings, &rules)?));
        heap::leave_room();
        Ok(())
    }

    fn validate(data: String) -> Result<validation::Report, ValidateError> {
        V::cell().with_borrow(|prepared| {
            let validator = prepared.as_ref().ok_or(ValidateError::NotPrepared)?;
            let data = Data::parse(&data).map_err(ValidateError::Unsupported)?;
            let mut report = Report::new();
            validator.validate(&data, &mut report)?;
            let (findings, observations) = report.finish();
            Ok(validation::Report {
                findings,
                observations,
            })
        })
    }
}
