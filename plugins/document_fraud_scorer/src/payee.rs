//! Who is to be paid, as the history knows them.
//!
//! Invariant: a document is remembered under each identity of its payee, so that one that leaves out or changes some of
//! them is found by the others. A name or an account alone is weaker than an identifier: namesakes have identifiers of
//! their own, and suppliers share the account of the bank that collects for them. What is remembered of numbers in
//! sequence and of days is remembered under the strongest alone.

use assay_plugin_sdk::{Data, Node};

use crate::document::At;
use crate::normal;

/// Accounts that are identities.
const MAX_ACCOUNTS: usize = 1;
/// Identifiers of one payee.
const MAX_IDS: usize = 3;

/// One way in which the history knows somebody.
#[derive(Debug)]
pub(crate) struct Key {
    /// The subject of observations.
    pub(crate) subject: String,
    /// In words, for reasons.
    pub(crate) by: String,
}

/// Everything that a payee is known by.
#[derive(Debug, Default)]
pub(crate) struct Payee {
    /// Identifiers, the strongest first; of two that say the same the first.
    pub(crate) ids: Vec<Key>,
    /// The name without its legal form.
    pub(crate) name: Option<Key>,
    /// The name of a payee without identifier.
    pub(crate) alone: Option<String>,
    /// The name with its legal form, or with none, and whether it has one.
    formed: Option<(String, bool)>,
    /// The accounts.
    pub(crate) accounts: Vec<String>,
}

impl Payee {
    /// The strongest.
    pub(crate) fn first(&self) -> Option<&Key> {
        self.ids.first().or(self.name.as_ref())
    }

    /// Everything that a document is remembered under.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &str> {
        let own = self.ids.iter().chain(&self.name).map(|key| key.subject.as_str());
        let alone = self.alone.iter().filter(|_| self.ids.is_empty());
        own.chain(alone.chain(&self.accounts).map(String::as_str))
    }

    /// What accounts are remembered under.
    pub(crate) fn holders(&self) -> impl Iterator<Item = &str> {
        let own = self.ids.iter().chain(&self.name).map(|key| key.subject.as_str());
        own.chain(self.formed.iter().map(|(subject, _)| subject.as_str()))
    }

    /// What accounts are asked about, the strongest first, each with what it is in words: `Roca GmbH` is another firm than
    /// `Roca S.L.`, but either may be meant by `Roca`.
    pub(crate) fn asked(&self) -> Vec<(String, &str)> {
        let ids = self.ids.iter().map(|key| (key.subject.clone(), key.by.as_str()));
        let named = self.name.iter().flat_map(|name| match &self.formed {
            Some((formed, true)) => vec![
                (formed.clone(), name.by.as_str()),
                (format!("{}|", name.subject), name.by.as_str()),
            ],
            _ => vec![(name.subject.clone(), name.by.as_str())],
        });
        ids.chain(named).collect()
    }
}

/// An invoice's seller, who has these accounts.
pub(crate) fn seller(data: &Data, accounts: &[At<String>]) -> Payee {
    let identifiers = [
        ("/seller/vat_id", "VAT number"),
        ("/seller/tax_id", "tax id"),
        ("/seller/legal_id", "registration number"),
        ("/seller/registration_number", "registration number"),
    ];
    let mut payee = Payee::default();
    for (pointer, by) in identifiers {
        let shown = text(&data.at(pointer));
        let id = shown
            .as_deref()
            .and_then(normal::identifier)
            .and_then(|id| key("supplier:id:", &id, by, &normal::compact(shown.as_deref()?)));
        if let Some(id) = id.filter(|id| payee.ids.iter().all(|other| other.subject != id.subject)) {
            payee.ids.push(id);
        }
    }
    payee.ids.truncate(MAX_IDS);
    payee.named(&data.at("/seller/name"), "supplier:name:");
    payee.accounts = accounts
        .iter()
        .take(MAX_ACCOUNTS)
        .map(|account| format!("supplier:account:{}", account.value))
        .collect();
    payee
}

/// A payslip's employee; employers number their people alike, so the employer belongs to it. Two of a household may have
/// one account, so that it is none of the identities.
pub(crate) fn employee(data: &Data) -> Payee {
    let employer = text(&data.at("/employer/tax_id"))
        .and_then(|id| normal::identifier(&id))
        .or_else(|| text(&data.at("/employer/name")).map(|name| normal::stem_and_form(&name).0))
        .unwrap_or_default();
    let id = text(&data.at("/employee/id")).map(|id| normal::compact(&id));
    let mut payee = Payee::default();
    payee.ids.extend(id.and_then(|id| {
        let own = format!("{employer}|{id}");
        (!id.is_empty())
            .then(|| key("employee:id:", &own, "id", &id))
            .flatten()
    }));
    payee.named(&data.at("/employee/name"), &format!("employee:name:{employer}|"));
    payee
}

impl Payee {
    fn named(&mut self, name: &Node<'_>, prefix: &str) {
        let Some(name) = name.as_text() else { return };
        let (stem, form) = normal::stem_and_form(name);
        self.name = key(prefix, &stem, "name", name);
        self.alone = self.name.as_ref().map(|key| format!("{}|alone", key.subject));
        self.formed = self.name.as_ref().map(|key| {
            let subject = format!("{}|{}", key.subject, form.as_deref().unwrap_or_default());
            (subject, form.is_some())
        });
    }
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
