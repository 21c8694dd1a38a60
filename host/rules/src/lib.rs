//! The rule language of a configuration's `validation_rules`: checked when saved, evaluated inside a plugin.
//!
//! A rule holds one field of the document's data against something: a constant, another field, a pattern, a sum.
//! [`RuleSet::parse`] checks a whole set and reports every [`Problem`] at once with a pointer into the rules;
//! [`RuleSet::evaluate`] judges one document and reports [`Finding`]s with a pointer into the data. Rules about several
//! documents are judged by whoever has them all, by [`RuleSet::evaluate_together`]. `REFERENCE.md` has every rule.
//!
//! How every rule behaves:
//! - **Missing or null is not judged.** A rule whose field, or whose other side, is missing or `null` says nothing.
//!   Only the presence rules (`required`, `absent`, `not_empty`) judge a field that is not there.
//! - **A wrong type is a finding.** Text where a number is needed never passes in silence, nor does a path that
//!   walks through text or a number.
//! - **Numbers are exact.** They are read from their text as decimals of at most 28 digits and never rounded, unless
//!   a rule says to how many places; a longer one is a finding that says so. Plain decimal text (`"12.30"`) counts as
//!   a number where one is needed.
//! - **`[*]` judges each element by itself**, and the other side is paired with the same element where both paths
//!   go through the same list.
//!
//! Invariant: no input makes this crate panic or recurse without bound, and the work of one call is bounded by
//! [`limits`]. Evaluation is a pure function: findings come in the order of the rules, then of the document.
//!
//! Deliberately absent: input and output, a clock (today is an argument), async, and everything of the host. The
//! crate is compiled into plugins, whose source digest must not change with the host.

mod automaton;
pub mod checksums;
mod condition;
pub mod date;
pub mod date_time;
pub mod decimal;
mod distinct;
mod finding;
mod judge;
mod kinds;
pub mod limits;
mod message;
mod nearest;
mod operands;
#[cfg(any(test, feature = "reference"))]
mod page;
mod path;
mod problem;
mod reference;
mod rule;
mod ruleset;

pub use finding::{Finding, Severity};
#[cfg(any(test, feature = "reference"))]
pub use page::{PageError, page};
pub use path::{Path, PathError};
pub use problem::Problem;
pub use reference::{COMMON_KEYS, KindDoc, OperandDoc, reference};
pub use ruleset::{RuleSet, check};

// The types of this crate's signatures, so that plugins need no versions of their own.
pub use chrono::NaiveDate;
pub use rust_decimal::Decimal;

/// The version of the language that this crate reads; a plugin's manifest names it.
pub const LANGUAGE_VERSION: &str = "1.1.0";

#[cfg(test)]
mod tests;
