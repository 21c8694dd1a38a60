//! A generated sequence of documents with labels: what honest suppliers send, what looks odd and is honest, and fraud
//! of each kind that `document_fraud_scorer` looks for.
//!
//! Invariant: the same seed and number give the same bytes. What is fraud is decided by how a document was made, never
//! by the definitions that a scorer detects it with, so that its figures say something.
//!
//! Deliberately absent: anything that scores.

mod dice;
mod fraud;
mod invoice;
mod ledger;
mod lookalike;
mod payslip;
mod supplier;

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::ledger::Ledger;

/// The names of the labels: the signals that a scorer should give.
pub const LABELS: [&str; 11] = [
    "arithmetic",
    "bank_account_changed",
    "below_limit",
    "duplicate",
    "first_digit",
    "future_date",
    "near_duplicate",
    "number_reused",
    "number_sequence",
    "round_amount",
    "weekend_date",
];

/// A document and what is truly there.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// Its place in the sequence, as a name.
    pub id: String,
    /// When it comes in; the sequence is in this order.
    pub received: DateTime<Utc>,
    /// The names of the signals that are truly there, of [`LABELS`]; none for an honest document.
    pub labels: BTreeSet<&'static str>,
    /// The data, in the shape of `ubl_invoice_extractor` or of a payslip.
    pub data: Value,
}

impl Labelled {
    /// One line of JSON, as `assay evaluate` reads it.
    pub fn to_line(&self) -> String {
        json!({
            "id": self.id,
            "received": self.received.to_rfc3339_opts(SecondsFormat::Secs, true),
            "labels": self.labels,
            "data": self.data,
        })
        .to_string()
    }
}

/// So many documents from this seed, in the order in which they come in.
pub fn generate(seed: u64, documents: usize) -> Vec<Labelled> {
    let mut dice = Dice::new(seed);
    let share = |thousandths: usize| (documents * thousandths).div_ceil(1_000);
    let mut ledger = Ledger::honest(documents, documents - share(210).min(documents), &mut dice);
    for (count, insert) in lookalike::KINDS {
        ledger.repeat(share(count), &mut dice, insert);
    }
    for (count, insert) in fraud::KINDS.into_iter().chain(lookalike::LATER) {
        ledger.repeat(share(count), &mut dice, insert);
    }
    ledger.finish(documents)
}

#[cfg(test)]
mod tests;
