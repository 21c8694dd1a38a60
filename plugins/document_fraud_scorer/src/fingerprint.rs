//! Fingerprints of a document: exact ones of all that identifies it and of parts of it, and a `SimHash` of its content.
//!
//! The `SimHash` finds candidates; which of the exact ones a candidate shares decides whether it is a near duplicate.
//!
//! Invariant: what is written differently and means the same has the same fingerprints; a document that says too little
//! to be told from others has none.

use assay_plugin_sdk::{Datelike as _, Decimal, NaiveDate};

use crate::document::{Document, Line};
use crate::normal;

/// Lines that go into the `SimHash`.
const MAX_LINES: usize = 500;
/// Words of a line that go into it.
const MAX_WORDS: usize = 20;

/// What a document is known by.
#[derive(Debug)]
pub(crate) struct Prints {
    /// Everything that identifies it.
    pub(crate) identity: Option<String>,
    /// Payee and number.
    pub(crate) number: Option<String>,
    /// Payee and day.
    pub(crate) day: Option<String>,
    /// The numbers of the documents that it corrects, as `number`.
    pub(crate) corrects: Vec<String>,
    /// The `SimHash`, with the kind of document in its name: a credit note is like its invoice and is none.
    pub(crate) near: Option<(String, u64)>,
}

/// The fingerprints.
pub(crate) fn of(document: &Document) -> Prints {
    let Some(subject) = document.subject() else {
        return Prints {
            identity: None,
            number: None,
            day: None,
            corrects: Vec::new(),
            near: None,
        };
    };
    let kind = document.kind.as_str();
    let compact = document
        .number
        .as_ref()
        .map(|number| normal::compact(&number.value));
    let date = document.date.as_ref().map(|date| date.value);
    let says_enough = document.total.is_some() && (compact.is_some() || date.is_some());
    let numbered = |number: &str| {
        let scope = scope(number, date);
        normal::digest(["number", kind, subject, number, &scope])
    };
    Prints {
        identity: says_enough.then(|| identity(document, subject, compact.as_deref())),
        number: compact.as_deref().map(numbered),
        day: date.map(|date| normal::digest(["day", kind, subject, &date.to_string()])),
        corrects: document.corrects.iter().map(|number| numbered(number)).collect(),
        near: says_enough.then(|| (format!("content/{kind}"), near(document, subject))),
    }
}

/// The year that a number holds for: many suppliers begin anew each January. A number that names a year holds for ever.
fn scope(number: &str, date: Option<NaiveDate>) -> String {
    let digits = number.as_bytes().windows(4);
    let names_year = digits
        .filter_map(|digits| std::str::from_utf8(digits).ok()?.parse::<u16>().ok())
        .any(|year| (1990..2100).contains(&year));
    match date {
        Some(date) if !names_year => date.format("%Y").to_string(),
        _ => String::new(),
    }
}

fn identity(document: &Document, subject: &str, number: Option<&str>) -> String {
    let mut lines: Vec<String> = document.lines.iter().map(line_text).collect();
    lines.sort_unstable();
    let date = document.date.as_ref().map(|date| date.value.to_string());
    let total = document.total_text().unwrap_or_default();
    let mut parts = vec!["identity", document.kind.as_str(), subject];
    parts.extend([
        number.unwrap_or_default(),
        date.as_deref().unwrap_or_default(),
        &total,
    ]);
    // Without a number, what tells deliveries apart identifies it.
    if number.is_none() {
        parts.extend(document.marks.iter().map(String::as_str));
    }
    parts.extend(lines.iter().map(String::as_str));
    normal::digest(parts)
}

fn line_text(line: &Line) -> String {
    format!("{}|{}|{}", line.text, plain(line.quantity), plain(line.amount))
}

fn plain(amount: Option<Decimal>) -> String {
    amount
        .map(|amount| amount.normalize().to_string())
        .unwrap_or_default()
}

/// A `SimHash`: each feature votes on each bit with its weight.
#[derive(Debug)]
struct SimHash([i64; 64]);

impl SimHash {
    fn add(&mut self, feature: &str, weight: i64) {
        let bits = normal::bits(feature);
        for (index, votes) in self.0.iter_mut().enumerate() {
            *votes += if bits >> index & 1 == 1 { weight } else { -weight };
        }
    }

    fn bits(&self) -> u64 {
        let votes = self.0.iter().enumerate();
        votes.fold(0, |bits, (index, votes)| bits | u64::from(*votes > 0) << index)
    }
}

/// What the content is: lines, total and what tells deliveries apart weigh most; the day weighs little and
/// the number nothing, since a copy that is to be paid again changes them first.
fn near(document: &Document, subject: &str) -> u64 {
    let mut hash = SimHash([0; 64]);
    hash.add(&format!("payee {subject}"), 3);
    hash.add(&format!("currency {}", document.currency), 1);
    hash.add(&format!("total {}", document.total_text().unwrap_or_default()), 4);
    for mark in &document.marks {
        hash.add(&format!("mark {mark}"), 3);
    }
    if let Some(date) = &document.date {
        // Two rows of fortnights that overlap, so that days that lie close share at least one.
        let days = i64::from(date.value.num_days_from_ce());
        hash.add(&format!("early {}", days.div_euclid(14)), 1);
        hash.add(&format!("late {}", (days + 7).div_euclid(14)), 1);
    }
    for line in document.lines.iter().take(MAX_LINES) {
        for word in line.text.split(' ').take(MAX_WORDS) {
            hash.add(&format!("word {word}"), 1);
        }
        hash.add(&format!("line {}", line_text(line)), 2);
    }
    hash.bits()
}
