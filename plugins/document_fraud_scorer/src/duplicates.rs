//! The same document again, nearly the same, and a number that was used before for something else.
//!
//! A document is looked for under each identity of its payee. All that is asked of every document is its number under
//! each and its content once; the rest only where one of these was seen. A document is not in the history that it asks,
//! so that it is never its own duplicate.
//!
//! Invariant: of these three a document has either `duplicate` or the others. What a corrected invoice says it corrects
//! is neither nearly the same nor a reused number.

use std::collections::BTreeSet;

use assay_plugin_sdk::Decimal;
use assay_plugin_sdk::history::{Sighting, Sightings};

use crate::Signal;
use crate::document::Document;
use crate::fingerprint::{Prints, under};
use crate::past::{DAY, IDENTITY, NUMBER, Past, TOTAL, day};
use crate::payee::Payee;
use crate::settings::Settings;

/// A total that is lower by one part in so many is one that the supplier put right.
const MENDED_PART: i64 = 200;

/// What was seen under each identity of a payee.
#[derive(Debug, Default)]
struct Seen {
    /// The identities under which something was, each with it.
    under: Vec<(String, Sightings)>,
    by_id: BTreeSet<String>,
    by_name: BTreeSet<String>,
    by_account: BTreeSet<String>,
}

impl Seen {
    fn of(name: &str, body: &str, payee: &Payee, past: &mut Past) -> Self {
        let mut seen = Self::default();
        let ids = payee.ids.iter().map(|key| (&key.subject, 0));
        let named = payee.name.iter().map(|key| (&key.subject, 1));
        let accounts = payee.accounts.iter().map(|subject| (subject, 2));
        for (subject, way) in ids.chain(named).chain(accounts) {
            let found = past.exact(name, &under(subject, body));
            if found.newest.is_empty() {
                continue;
            }
            let by = match way {
                0 => &mut seen.by_id,
                1 => &mut seen.by_name,
                _ => &mut seen.by_account,
            };
            by.extend(ids_of(&found));
            seen.under.push((subject.clone(), found));
        }
        seen
    }

    /// All, those of the strongest identity first.
    fn all(&self) -> impl Iterator<Item = &Sighting> {
        self.under.iter().flat_map(|(_, found)| &found.newest)
    }

    /// The documents that are the payee's beyond doubt. One of the same name is not if each has another identifier,
    /// unless the account is the same; nor is one of the same account alone.
    fn sure(&self, name: &str, body: &str, payee: &Payee, past: &mut Past) -> BTreeSet<String> {
        let mut sure = self.by_id.clone();
        let named = self.by_name.iter().cloned();
        if payee.ids.is_empty() {
            sure.extend(named);
            return sure;
        }
        sure.extend(named.filter(|document| self.by_account.contains(document)));
        if let Some(alone) = payee.alone.as_ref().filter(|_| !self.by_name.is_subset(&sure)) {
            sure.extend(ids_of(&past.exact(name, &under(alone, body))));
        }
        sure
    }
}

/// The signals, if any.
pub(crate) fn signals(
    document: &Document,
    prints: &Prints,
    settings: &Settings,
    past: &mut Past,
) -> Vec<Signal> {
    let Some(identity) = &prints.identity else {
        return Vec::new();
    };
    let payee = &document.payee;
    let numbered = match &prints.number {
        Some(number) => Seen::of(NUMBER, number, payee, past),
        None => Seen::default(),
    };
    let same = if prints.number.is_some() {
        // Number, day and all lines alike under one of the identities: whatever the others say.
        let under_same = numbered.under.iter().map(|(subject, _)| subject);
        under_same
            .map(|subject| past.exact(IDENTITY, &under(subject, identity)))
            .find(|found| !found.newest.is_empty())
    } else {
        let same = Seen::of(IDENTITY, identity, payee, past);
        let sure = same.sure(IDENTITY, identity, payee, past);
        let mut found = same.under.into_iter().map(|(_, found)| found);
        found.find(|found| found.newest.iter().any(|seen| sure.contains(&seen.document)))
    };
    if let Some((same, newest)) = same.as_ref().and_then(|same| Some((same, same.newest.first()?))) {
        return vec![Signal {
            name: "duplicate",
            weight: settings.weights.duplicate,
            pointer: place(document),
            reason: format!(
                "the document {} says the same: payee, number, date, total and lines{}",
                named(newest),
                times(same)
            ),
        }];
    }
    let content = (prints.near.as_ref())
        .and_then(|(name, bits)| past.near(name, *bits, settings.near_distance))
        .map(|found| found.newest)
        .unwrap_or_default();
    if numbered.under.is_empty() && content.is_empty() {
        return Vec::new();
    }
    let corrected = corrected(prints, payee, past);
    let near = of_number(document, prints, &numbered, &content, &corrected, settings, past)
        .or_else(|| of_day(document, prints, &content, &corrected, settings, past));
    let reused = reused(document, prints, &numbered, &corrected, settings, past);
    near.into_iter().chain(reused).collect()
}

/// The documents that this one says it corrects.
fn corrected(prints: &Prints, payee: &Payee, past: &mut Past) -> BTreeSet<String> {
    let mut corrected = BTreeSet::new();
    for number in &prints.corrects {
        for key in payee.ids.iter().chain(&payee.name) {
            corrected.extend(ids_of(&past.exact(NUMBER, &under(&key.subject, number))));
        }
    }
    corrected
}

/// A number that the payee used before, for something else.
fn reused(
    document: &Document,
    prints: &Prints,
    numbered: &Seen,
    corrected: &BTreeSet<String>,
    settings: &Settings,
    past: &mut Past,
) -> Option<Signal> {
    let sure = numbered.sure(NUMBER, prints.number.as_ref()?, &document.payee, past);
    let earlier = numbered
        .all()
        .find(|seen| sure.contains(&seen.document) && !corrected.contains(&seen.document))?;
    Some(Signal {
        name: "number_reused",
        weight: settings.weights.number_reused,
        pointer: document.number.as_ref()?.pointer.clone(),
        reason: format!(
            "the document {} of the same payee has the same number and says something else",
            named(earlier)
        ),
    })
}

/// The nearest document of the payee with the same number: the same words, and at most twice what was asked before. One
/// that asks for less is how a supplier puts an invoice right.
fn of_number(
    document: &Document,
    prints: &Prints,
    numbered: &Seen,
    content: &[Sighting],
    corrected: &BTreeSet<String>,
    settings: &Settings,
    past: &mut Past,
) -> Option<Signal> {
    let candidates: BTreeSet<&str> = numbered
        .all()
        .map(|seen| seen.document.as_str())
        .filter(|document| !corrected.contains(*document))
        .collect();
    if candidates.is_empty() {
        return None;
    }
    let words = (prints.words.as_ref())
        .and_then(|(name, bits)| past.near(name, *bits, settings.near_distance))
        .map(|found| found.newest)
        .unwrap_or_default();
    let like = words
        .iter()
        .chain(content)
        .find(|seen| candidates.contains(seen.document.as_str()))?;
    let (subject, _) = numbered
        .under
        .iter()
        .find(|(_, found)| found.newest.iter().any(|seen| seen.document == like.document))?;
    let known = past.values(&under(subject, prints.number.as_ref()?), TOTAL);
    let before = known.iter().filter_map(|known| {
        let (currency, total) = known.value.split_once(' ')?;
        let total = total.parse::<Decimal>().ok()?;
        (currency == document.currency).then_some(total)
    });
    let total = document.total.as_ref()?.value;
    let is_like = |before: Decimal| {
        let more = total - before;
        more > -(before.abs() / Decimal::from(MENDED_PART)) && more <= before.abs()
    };
    let before: Vec<Decimal> = before.collect();
    if !before.is_empty() && !before.into_iter().any(is_like) {
        return None;
    }
    Some(signal(document, like, "number", settings))
}

/// The nearest document of the payee of the same day. Those of another number and another day are what a supplier sends
/// every month.
fn of_day(
    document: &Document,
    prints: &Prints,
    content: &[Sighting],
    corrected: &BTreeSet<String>,
    settings: &Settings,
    past: &mut Past,
) -> Option<Signal> {
    if content.iter().all(|seen| corrected.contains(&seen.document)) {
        return None;
    }
    let body = prints.day.as_ref()?;
    let of_day = Seen::of(DAY, body, &document.payee, past);
    let sure = of_day.sure(DAY, body, &document.payee, past);
    let like = content
        .iter()
        .find(|seen| sure.contains(&seen.document) && !corrected.contains(&seen.document))?;
    Some(signal(document, like, "date", settings))
}

fn signal(document: &Document, like: &Sighting, shared: &str, settings: &Settings) -> Signal {
    Signal {
        name: "near_duplicate",
        weight: settings.weights.near_duplicate,
        pointer: place(document),
        reason: format!(
            "the document {} is nearly the same ({} of 64 bits differ), with the same payee and the same {shared}",
            named(like),
            like.distance
        ),
    }
}

fn ids_of(found: &Sightings) -> BTreeSet<String> {
    found.newest.iter().map(|seen| seen.document.clone()).collect()
}

fn named(seen: &Sighting) -> String {
    format!("{} of {}", seen.document, day(&seen.seen_at))
}

fn times(found: &Sightings) -> String {
    match (found.total, &found.first_seen) {
        (2.., Some(first)) => format!("; {} do, the first of {}", found.total, day(first)),
        _ => String::new(),
    }
}

fn place(document: &Document) -> String {
    document
        .number
        .as_ref()
        .map(|number| number.pointer.clone())
        .unwrap_or_default()
}
