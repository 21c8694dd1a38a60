//! What a plugin for Assay is written with: a struct, a trait per world and one macro.
//!
//! ```ignore
//! use assay_plugin_sdk::{Data, NoRules, NoSettings, PrepareError, Report, ValidateError, Validator, export};
//!
//! struct Totals;
//!
//! impl Validator for Totals {
//!     type Settings = NoSettings;
//!     type Rules = NoRules;
//!
//!     fn prepare(_: NoSettings, _: NoRules) -> Result<Self, PrepareError> {
//!         Ok(Self)
//!     }
//!
//!     fn validate(&self, data: &Data, report: &mut Report) -> Result<(), ValidateError> {
//!         let total = data.at("/total");
//!         if report.read(total.amount()).is_some_and(|total| total.is_sign_negative()) {
//!             report.error("negative", &total, "the total is negative").actual(total.shown());
//!         }
//!         Ok(())
//!     }
//! }
//!
//! export!(Totals as validator);
//! ```
//!
//! The host calls `prepare` once per configuration version and may keep a copy of the memory that it left; every
//! document starts from that copy. So `prepare` reads neither clock nor randomness, and nothing that one document
//! leaves in a static is seen by the next.
//!
//! Invariants: `check-settings` and `prepare` are the same code, so they can't disagree; amounts are exact decimals;
//! the order of findings depends on the document alone; a report or score never grows beyond what a host takes by
//! default (1 MiB, 10000 items), and says so where something was left out.
//!
//! Deliberately absent: files, network, environment (the sandbox has none), and `unsafe` outside of what
//! `wit-bindgen` generates.

pub mod bindings;
mod bounds;
pub mod clock;
pub mod decimal;
mod document;
mod export;
mod extractor;
mod heap;
pub mod history;
pub mod log;
mod report;
mod resolver;
mod rules;
mod scorer;
pub mod settings;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod validator;

pub use assay_rules::{RuleSet, checksums};
pub use chrono::{Datelike, Days, Months, NaiveDate};
pub use decimal::Sum;
pub use rust_decimal::Decimal;
pub use serde;
pub use serde_json;

pub use bindings::extractor::exports::assay::plugin::extraction::ExtractError;
pub use bindings::resolver::exports::assay::resolver::resolution::{Input, InputProblem, ResolveError};
pub use bindings::scorer::exports::assay::plugin::scoring::ScoreError;
pub use bindings::validator::assay::plugin::types::{
    ExactFingerprint, FieldValue, Finding, NearFingerprint, Observation, Part, PrepareError, Problem,
    Severity,
};
pub use bindings::validator::exports::assay::plugin::validation::ValidateError;
pub use bounds::{MAX_OBSERVATIONS, MAX_TEXT_BYTES, OBSERVATIONS_REACHED};
pub use document::{Data, Node, Unreadable, parse_date};
pub use extractor::{Document, Extracted, Extractor};
#[doc(hidden)]
pub use extractor::{ExtractorCell, ExtractorComponent};
pub use report::{FINDINGS_REACHED, FindingDraft, IntoShown, MAX_FINDINGS, Report, TYPE_RULE};
pub use resolver::Resolver;
#[doc(hidden)]
pub use resolver::{ResolverCell, ResolverComponent};
pub use rules::{NoRules, PluginRules};
pub use scorer::{SIGNALS_REACHED, Score, Scorer};
#[doc(hidden)]
pub use scorer::{ScorerCell, ScorerComponent};
pub use settings::NoSettings;
pub use validator::Validator;
#[doc(hidden)]
pub use validator::{ValidatorCell, ValidatorComponent};
