//! Who is to be paid, as the history knows them.
//!
//! Invariant: a document's first key is the strongest that it has, and what is remembered of numbers, days and totals
//! is remembered under it; accounts are remembered under all, so that a known name with another VAT number is still
//! met with the accounts that the name had.

use assay_plugin_sdk::{Data, Node};

use crate::normal;

/// One way in which the history knows somebody.
#[derive(Debug)]
pub(crate) struct Key {
    /// The subject of observations.
    pub(crate) subject: String,
    /// In words, for reasons.
    pub(crate) by: String,
}

/// An invoice's seller.
pub(crate) fn seller(data: &Data) -> Vec<Key> {
    let identifiers = [
        ("/seller/vat_id", "vat", "VAT number"),
        ("/seller/tax_id", "tax", "tax id"),
        ("/seller/legal_id", "legal", "registration number"),
    ];
    let mut keys: Vec<Key> = identifiers
        .into_iter()
        .filter_map(|(pointer, kind, by)| {
            let id = normal::compact(&text(&data.at(pointer))?);
            key(&format!("supplier:{kind}:"), &id, by, &id)
        })
        .collect();
    keys.extend(named(&data.at("/seller/name"), "supplier:name:"));
    keys
}

/// A payslip's employee; employers number their people alike, so the employer belongs to it.
pub(crate) fn employee(data: &Data) -> Vec<Key> {
    let employer = text(&data.at("/employer/tax_id"))
        .map(|id| normal::compact(&id))
        .or_else(|| text(&data.at("/employer/name")).map(|name| normal::spaced(&name)))
        .unwrap_or_default();
    let id = text(&data.at("/employee/id")).map(|id| normal::compact(&id));
    let by_id = id.and_then(|id| {
        let own = format!("{employer}|{id}");
        (!id.is_empty())
            .then(|| key("employee:id:", &own, "id", &id))
            .flatten()
    });
    let prefix = format!("employee:name:{employer}|");
    by_id
        .into_iter()
        .chain(named(&data.at("/employee/name"), &prefix))
        .collect()
}

fn named(name: &Node<'_>, prefix: &str) -> Option<Key> {
    let name = name.as_text()?;
    key(prefix, &normal::spaced(name), "name", name)
}

fn key(prefix: &str, id: &str, by: &str, shown: &str) -> Option<Key> {
    (!id.is_empty()).then(|| Key {
        subject: normal::kept(format!("{prefix}{id}")),
        by: format!("{by} {}", shortened(shown)),
    })
}

/// Text, or a number as it is written: identifiers come as both.
pub(crate) fn text(node: &Node<'_>) -> Option<String> {
    match node.value()? {
        value if value.is_string() => value.as_str().map(str::to_owned),
        value if value.is_number() => Some(value.to_string()),
        _ => None,
    }
}

/// As much of a document's text as a reason repeats.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
