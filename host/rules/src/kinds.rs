//! The rule kinds: one table, one file per family.
//!
//! To add a kind, write its check in its family's file and an entry in the family's `KINDS`; a new family is one
//! more line in [`FAMILIES`]. Parsing, conditions, the reference and its test find it through the table.

mod check_digits;
mod compare;
mod date_times;
mod dates;
mod documents;
mod length;
mod membership;
mod order;
mod pattern;
mod presence;
mod products;
mod quantifiers;
mod range;
mod sums;
mod type_of;
mod unique;

use crate::judge::Judge;
use crate::operands::Operands;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};

/// An entry of the table.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) doc: KindDoc,
    /// Reads the operands. All of their problems are recorded.
    pub(crate) compile: fn(&mut Operands<'_>) -> Result<Judge, Refused>,
}

/// All families, in the order of the reference.
static FAMILIES: &[&[Kind]] = &[
    presence::KINDS,
    compare::KINDS,
    dates::KINDS,
    date_times::KINDS,
    type_of::KINDS,
    pattern::KINDS,
    length::KINDS,
    membership::KINDS,
    sums::KINDS,
    products::KINDS,
    unique::KINDS,
    quantifiers::KINDS,
    check_digits::KINDS,
    documents::KINDS,
];

/// Every kind.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> + Clone {
    FAMILIES.iter().copied().flatten()
}

/// The kind of that name.
pub(crate) fn of(name: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.doc.name == name)
}

/// `compare_to`, for the families that compare.
const COMPARE_TO: OperandDoc = OperandDoc {
    name: "compare_to",
    required: false,
    takes: "the path of the other field; through the same list as the field, the same element's",
};
