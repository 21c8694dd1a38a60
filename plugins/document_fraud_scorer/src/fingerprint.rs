//! Fingerprints of a document: exact ones of all that identifies it and of parts of it, and two `SimHash`es of its
//! content.
//!
//! The exact ones are made twice: a body here, without the payee, and [`under`] each of the payee's identities what is
//! remembered and asked for. The `SimHash`es find candidates; which of the exact ones a candidate shares decides whether
//! it is a near duplicate.
//!
//! Invariant: what is written differently and means the same has the same fingerprints; a document that says too little
//! to be told from others has none.

use assay_plugin_sdk::{Datelike as _, Decimal};

use crate::document::{Document, Line};
use crate::normal;

/// Lines that go into the `SimHash`.
const MAX_LINES: usize = 500;
/// Words of a line that go into it.
const MAX_WORDS: usize = 20;

/// What a document is known by, without its payee.
#[derive(Debug)]
pub(crate) struct Prints {
    /// Everything that identifies it.
    pub(crate) identity: Option<String>,
    /// The number.
    pub(crate) number: Option<String>,
    /// The day.
    pub(crate) day: Option<String>,
    /// The numbers of the documents that it corrects, as `number`.
    pub(crate) corrects: Vec<String>,
    /// The `SimHash` of the content, with the kind of document in its name: a credit note is like its invoice and is
    /// none.
    pub(crate) near: Option<(String, u64)>,
    /// The `SimHash` of the content without amounts, of a document that has words.
    pub(crate) words: Option<(String, u64)>,
}

/// An exact fingerprint of a body and one of the payee's identities.
pub(crate) fn under(subject: &str, body: &str) -> String {
    normal::digest([subject, body])
}

/// The fingerprints.
pub(crate) fn of(document: &Document) -> Prints {
    let kind = document.kind.as_str();
    let compact = document
        .number
        .as_ref()
        .map(|number| normal::compact(&number.value));
    let date = document.date.as_ref().map(|date| date.value);
    let says_enough =
        document.subject().is_some() && document.total.is_some() && (compact.is_some() || date.is_some());
    let numbered = |number: &str| {
        let scope = scope(number, document.year);
        normal::digest(["number", kind, number, &scope])
    };
    let (near, words) = near(document);
    let has_words = document.lines.iter().any(|line| !line.text.is_empty());
    Prints {
        identity: says_enough.then(|| identity(document, compact.as_deref())),
        number: compact.as_deref().map(numbered),
        day: date.map(|date| normal::digest(["day", kind, &date.to_string()])),
        corrects: document.corrects.iter().map(|number| numbered(number)).collect(),
        near: says_enough.then(|| (format!("content/{kind}"), near)),
        words: (says_enough && has_words && compact.is_some()).then(|| (format!("words/{kind}"), words)),
    }
}

/// The year that a number holds for: many suppliers begin anew each January. A number that names a year holds for ever.
fn scope(number: &str, year: Option<i32>) -> String {
    let digits = number.as_bytes().windows(4);
    let names_year = digits
        .filter_map(|digits| std::str::from_utf8(digits).ok()?.parse::<u16>().ok())
        .any(|year| (1990..2100).contains(&year));
    match year {
        Some(year) if !names_year => format!("{year:04}"),
        _ => String::new(),
    }
}

fn identity(document: &Document, number: Option<&str>) -> String {
    let mut lines: Vec<String> = document.lines.iter().map(line_text).collect();
    lines.sort_unstable();
    let date = document.date.as_ref().map(|date| date.value.to_string());
    let total = document.total_text().unwrap_or_default();
    let mut parts = vec!["identity", document.kind.as_str()];
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

/// An amount up to one or two in a hundred, in two rows of steps that overlap, so that amounts that lie close share at
/// least one.
fn coarse(amount: Decimal) -> [String; 2] {
    let mantissa = amount.normalize().mantissa().unsigned_abs();
    let (mut three, mut digits) = (mantissa * 100, 2_i64);
    while three >= 1_000 {
        three /= 10;
        digits += 1;
    }
    let size = digits - i64::from(amount.normalize().scale());
    let sign = if amount.is_sign_negative() { "-" } else { "" };
    [("early", 0), ("late", 2)].map(|(row, by)| format!("{row} {sign}{size} {}", (three + by) / 4))
}

/// What the content is, and the same without amounts. The payee's name and what tells deliveries apart weigh most; the
/// day weighs little and the number nothing, since a copy that is to be paid again changes them first. Amounts count
/// up to a little, since such a copy changes some of them too; the name and no other identity, since it keeps it.
fn near(document: &Document) -> (u64, u64) {
    let mut words = SimHash([0; 64]);
    if let Some(name) = &document.payee.name {
        words.add(&format!("payee {}", name.subject), 3);
    }
    words.add(&format!("currency {}", document.currency), 1);
    for mark in &document.marks {
        words.add(&format!("mark {mark}"), 3);
    }
    for line in document.lines.iter().take(MAX_LINES) {
        for word in line.text.split(' ').take(MAX_WORDS) {
            words.add(&format!("word {word}"), 1);
        }
    }
    let mut content = SimHash(words.0);
    if let Some(total) = &document.total {
        for total in coarse(total.value) {
            content.add(&format!("total {total}"), 3);
        }
    }
    if let Some(date) = &document.date {
        // Two rows of fortnights that overlap, so that days that lie close share at least one.
        let days = i64::from(date.value.num_days_from_ce());
        content.add(&format!("early {}", days.div_euclid(14)), 1);
        content.add(&format!("late {}", (days + 7).div_euclid(14)), 1);
    }
    for line in document.lines.iter().take(MAX_LINES) {
        for amount in line.amount.into_iter().flat_map(coarse) {
            content.add(&format!("line {}|{amount}", line.text), 1);
        }
    }
    (content.bits(), words.bits())
}
