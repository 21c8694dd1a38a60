//! Scores an invoice, a credit note or a payslip for fraud, by what it says and by what earlier documents said.
//!
//! Invariant: the score is the sum of its signals; the same document with the same history gets the same score; a
//! history that can't be asked takes its signals away and nothing else. README.md has the signals.
//!
//! Deliberately absent: whether a document is valid (validators say that), and binary floating point.

mod account;
mod amount;
mod arithmetic;
mod dates;
mod day;
mod document;
mod duplicates;
mod fingerprint;
mod first_digit;
mod normal;
mod past;
mod payee;
mod sequence;
mod settings;

use assay_plugin_sdk::{Data, Decimal, NoRules, PrepareError, Score, ScoreError, Scorer, export};

use document::Document;
use past::Past;
use settings::Settings;

/// Decimal places that a weight is rounded to, where it is a part of what is set.
const PLACES: u32 = 4;

/// The scorer.
#[derive(Debug)]
struct Fraud {
    settings: Settings,
}

/// One reason for the score.
#[derive(Debug)]
struct Signal {
    name: &'static str,
    weight: Decimal,
    pointer: String,
    reason: String,
}

impl Scorer for Fraud {
    type Settings = Settings;
    type Rules = NoRules;

    fn prepare(settings: Settings, _: NoRules) -> Result<Self, PrepareError> {
        match settings.problems() {
            problems if problems.is_empty() => Ok(Self { settings }),
            problems => Err(PrepareError::Invalid(problems)),
        }
    }

    fn score(&self, data: &Data, score: &mut Score) -> Result<(), ScoreError> {
        if !data.value().is_object() {
            return Err(ScoreError::Unsupported(
                "an invoice or a payslip is a JSON object; this is something else".to_owned(),
            ));
        }
        let document = Document::read(data);
        let prints = fingerprint::of(&document);
        for signal in self.signals(data, &document, &prints) {
            if !signal.weight.is_zero() {
                score.signal(signal.name, signal.weight, signal.pointer, signal.reason);
            }
        }
        for observation in past::observations(&document, &prints) {
            score.observe(observation);
        }
        Ok(())
    }
}

impl Fraud {
    /// Those of the history come first, so that what is beyond 1 is taken from what weighs less.
    fn signals(&self, data: &Data, document: &Document, prints: &fingerprint::Prints) -> Vec<Signal> {
        let mut past = Past::new();
        let settings = &self.settings;
        let mut from_history = duplicates::signals(document, prints, settings, &mut past);
        // A copy has the number of what it was copied from, which is out of order for no other reason.
        let sequence = if from_history.is_empty() {
            sequence::signal(document, settings, &mut past)
        } else {
            None
        };
        from_history.extend(account::changed(document, settings, &mut past));
        from_history.extend(sequence);
        let mut habits = dates::Habits::of(document, settings, &mut past);
        let mut usual = amount::is_usual(document, settings, &mut past);
        if !past.is_known() {
            from_history.clear();
            (habits, usual) = (dates::Habits::default(), false);
        }
        let mut signals = from_history;
        signals.extend(arithmetic::signal(data, document, settings));
        signals.extend(first_digit::signal(document, settings));
        signals.extend(dates::signals(document, habits, settings));
        signals.extend(amount::signals(document, usual, settings));
        signals
    }
}

export!(Fraud as scorer);

#[cfg(test)]
mod tests;
