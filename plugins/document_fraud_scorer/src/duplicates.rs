//! The same document again, nearly the same, and a number that was used before for something else.
//!
//! Invariant: of these three a document has either `duplicate` or the others. What a corrected invoice says it corrects
//! is neither nearly the same nor a reused number.

use std::collections::BTreeSet;

use assay_plugin_sdk::history::{Sighting, Sightings};

use crate::Signal;
use crate::document::Document;
use crate::fingerprint::Prints;
use crate::past::{DAY, IDENTITY, NUMBER, Past, day};
use crate::settings::Settings;

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
    let same = past.exact(IDENTITY, identity);
    if let Some(newest) = same.newest.first() {
        return vec![Signal {
            name: "duplicate",
            weight: settings.weights.duplicate,
            pointer: place(document),
            reason: format!(
                "the document {} says the same: payee, number, date, total and lines{}",
                named(newest),
                times(&same)
            ),
        }];
    }
    let mut corrected = BTreeSet::new();
    for number in &prints.corrects {
        corrected.extend(ids(&past.exact(NUMBER, number)));
    }
    let numbered = prints.number.as_ref().map(|number| past.exact(NUMBER, number));
    let reused = numbered.as_ref().and_then(|numbered| {
        let earlier = numbered
            .newest
            .iter()
            .find(|seen| !corrected.contains(&seen.document))?;
        Some(Signal {
            name: "number_reused",
            weight: settings.weights.number_reused,
            pointer: document.number.as_ref()?.pointer.clone(),
            reason: format!(
                "the document {} of the same payee has the same number and says something else",
                named(earlier)
            ),
        })
    });
    let near = near(document, prints, numbered.as_ref(), &corrected, settings, past);
    near.into_iter().chain(reused).collect()
}

/// The nearest document of the payee with the same number or of the same day. Those of another number and another day
/// are what a supplier sends every month.
fn near(
    document: &Document,
    prints: &Prints,
    numbered: Option<&Sightings>,
    corrected: &BTreeSet<String>,
    settings: &Settings,
    past: &mut Past,
) -> Option<Signal> {
    let (name, bits) = prints.near.as_ref()?;
    let found = past.near(name, *bits, settings.near_distance)?;
    if found.newest.is_empty() {
        return None;
    }
    let of_number = numbered.map(ids).unwrap_or_default();
    let of_day = match &prints.day {
        Some(day) => ids(&past.exact(DAY, day)),
        None => BTreeSet::new(),
    };
    let is_shared = |seen: &&Sighting| of_number.contains(&seen.document) || of_day.contains(&seen.document);
    let like = found
        .newest
        .iter()
        .filter(|seen| !corrected.contains(&seen.document))
        .find(is_shared)?;
    let shared = match (
        of_number.contains(&like.document),
        of_day.contains(&like.document),
    ) {
        (true, true) => "number and date",
        (true, false) => "number",
        _ => "date",
    };
    Some(Signal {
        name: "near_duplicate",
        weight: settings.weights.near_duplicate,
        pointer: place(document),
        reason: format!(
            "the document {} is nearly the same ({} of 64 bits differ), with the same payee and the same {shared}",
            named(like),
            like.distance
        ),
    })
}

fn ids(found: &Sightings) -> BTreeSet<String> {
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
