//! A known payee with an account that it never had.
//!
//! Invariant: the first document of a payee is no signal. The weight grows from a half to the whole with the number of
//! documents that had other accounts.

use assay_plugin_sdk::Decimal;
use assay_plugin_sdk::history::KnownValue;

use crate::document::Document;
use crate::past::{ACCOUNT, Past, day};
use crate::payee::shortened;
use crate::settings::Settings;
use crate::{PLACES, Signal};

/// A host lists no more; what is not among so many may have been seen.
const LISTED: usize = 64;

/// The signal, if an account changed.
pub(crate) fn changed(document: &Document, settings: &Settings, past: &mut Past) -> Option<Signal> {
    if document.accounts.is_empty() {
        return None;
    }
    // The strongest key by which the history knows the payee.
    let known = document
        .payee
        .asked()
        .into_iter()
        .map(|(subject, by)| (by, past.values(&subject, ACCOUNT)))
        .find(|(_, known)| !known.is_empty());
    let (by, known) = known?;
    if known.len() >= LISTED {
        return None;
    }
    let is_known = |account: &str| known.iter().any(|other| other.value == account);
    let account = document
        .accounts
        .iter()
        .find(|account| !is_known(&account.value))?;
    let seen = known
        .iter()
        .fold(0_u64, |seen, other| seen.saturating_add(other.count));
    let usual = known.first()?;
    Some(Signal {
        name: "bank_account_changed",
        weight: weight(settings, seen),
        pointer: account.pointer.clone(),
        reason: format!(
            "the payee known by {} never had the account {}; {}",
            by,
            shortened(&account.value),
            before(seen, usual)
        ),
    })
}

fn before(seen: u64, usual: &KnownValue) -> String {
    let documents = if seen == 1 {
        "1 earlier document"
    } else {
        &format!("{seen} earlier documents")
    };
    format!(
        "{documents} had others, mostly {}, last on {}",
        shortened(&usual.value),
        day(&usual.last_seen)
    )
}

fn weight(settings: &Settings, seen: u64) -> Decimal {
    let whole = settings.weights.bank_account_changed;
    let enough = u64::from(settings.account_sightings);
    if seen >= enough {
        return whole;
    }
    let half = whole / Decimal::TWO;
    // Here `enough` is at least 2.
    let part = Decimal::from(seen.saturating_sub(1)) / Decimal::from(enough.saturating_sub(1).max(1));
    (half + half * part).round_dp(PLACES)
}
