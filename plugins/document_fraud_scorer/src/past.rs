//! The history as the signals ask it, and what they leave in it.
//!
//! Invariant: the first question that is not answered ends the asking, with one line in the log; then the history is
//! not known, and no signal is made of half of it. A document leaves a bounded number of observations.

use assay_plugin_sdk::history::{self, HistoryError, KnownValue, Sightings};
use assay_plugin_sdk::{ExactFingerprint, FieldValue, NearFingerprint, Observation, log};

use crate::document::{At, Document, Kind};
use crate::fingerprint::Prints;
use crate::{amount, dates, fingerprint, sequence};

/// The exact fingerprint of a payee and all else that identifies a document.
pub(crate) const IDENTITY: &str = "identity";
/// The exact fingerprint of payee and number.
pub(crate) const NUMBER: &str = "payee-number";
/// The exact fingerprint of payee and day.
pub(crate) const DAY: &str = "payee-day";
/// The field of what the documents with a payee's number asked for.
pub(crate) const TOTAL: &str = "asked";
/// The field of a payee's accounts.
pub(crate) const ACCOUNT: &str = "account";

/// Asks until something is not answered.
#[derive(Debug)]
pub(crate) struct Past {
    known: bool,
}

impl Past {
    /// Nothing asked yet.
    pub(crate) fn new() -> Self {
        Self { known: true }
    }

    /// Whether everything that was asked was answered.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    pub(crate) fn exact(&mut self, name: &str, value: &str) -> Sightings {
        self.ask(|| history::find_exact(name, value))
            .unwrap_or(Sightings {
                total: 0,
                first_seen: None,
                newest: Vec::new(),
            })
    }

    pub(crate) fn near(&mut self, name: &str, bits: u64, distance: u8) -> Option<Sightings> {
        self.ask(|| history::find_near(name, bits, distance))
    }

    pub(crate) fn values(&mut self, subject: &str, field: &str) -> Vec<KnownValue> {
        self.ask(|| history::known_values(subject, field))
            .unwrap_or_default()
    }

    fn ask<T>(&mut self, question: impl FnOnce() -> Result<T, HistoryError>) -> Option<T> {
        if !self.known {
            return None;
        }
        match question() {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.known = false;
                let why = match error {
                    HistoryError::Denied => "the permission `history` is not granted".to_owned(),
                    HistoryError::Unavailable(why) => format!("it is unavailable: {why}"),
                    HistoryError::Invalid(why) => format!("a question was refused: {why}"),
                    HistoryError::Exhausted => "the call may ask no more questions".to_owned(),
                };
                log!(Warn, "the signals that need the history are left out: {why}");
                None
            }
        }
    }
}

/// What is to be remembered of a document.
pub(crate) fn observations(document: &Document, prints: &Prints) -> Vec<Observation> {
    let mut observations = Vec::new();
    let bodies = [
        (IDENTITY, &prints.identity),
        (NUMBER, &prints.number),
        (DAY, &prints.day),
    ];
    for subject in document.payee.subjects() {
        let of = bodies
            .iter()
            .filter_map(|(name, body)| Some((*name, fingerprint::under(subject, body.as_ref()?))));
        observations.extend(of.map(|(name, value)| {
            Observation::Exact(ExactFingerprint {
                name: name.to_owned(),
                value,
            })
        }));
    }
    observations.extend(
        [&prints.near, &prints.words]
            .into_iter()
            .flatten()
            .map(|(name, bits)| {
                Observation::Near(NearFingerprint {
                    name: name.clone(),
                    bits: *bits,
                })
            }),
    );
    let numbered = prints.number.as_ref().zip(document.total_text());
    if let Some((number, total)) = numbered {
        let of = |subject| value(&fingerprint::under(subject, number), TOTAL, &total);
        observations.extend(document.payee.subjects().map(of));
    }
    for subject in document.payee.holders() {
        let of = |account: &At<String>| value(subject, ACCOUNT, &account.value);
        observations.extend(document.accounts.iter().map(of));
    }
    if document.kind != Kind::CreditNote {
        observations.extend(dates::observations(document));
        observations.extend(amount::observations(document));
    }
    observations.extend(sequence::observation(document));
    observations
}

/// A field's value.
pub(crate) fn value(subject: &str, field: &str, value: &str) -> Observation {
    Observation::Value(FieldValue {
        subject: subject.to_owned(),
        field: field.to_owned(),
        value: value.to_owned(),
    })
}

/// The day of a time in RFC 3339.
pub(crate) fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or_default()
}
