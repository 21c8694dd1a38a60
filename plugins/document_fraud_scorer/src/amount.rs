//! Totals that are round, and totals just below what somebody else would have to approve.
//!
//! Invariant: a credit note is judged by neither, since nobody is paid; a round total that a payee had before is how it
//! bills.

use assay_plugin_sdk::{Decimal, Observation, decimal};

use crate::Signal;
use crate::document::{Document, Kind};
use crate::past::{self, Past};
use crate::settings::Settings;

const TOTAL: &str = "total";
/// On so many documents a total is usual.
const USUAL: u64 = 2;

/// Whether the payee had this total before; asked only of a round one.
pub(crate) fn is_usual(document: &Document, settings: &Settings, past: &mut Past) -> bool {
    let round = document
        .total
        .as_ref()
        .is_some_and(|total| is_round(total.value, settings.round_unit));
    if !round || document.kind == Kind::CreditNote {
        return false;
    }
    let (Some(subject), Some(total)) = (document.subject(), document.total_text()) else {
        return false;
    };
    let known = past.values(subject, TOTAL);
    known
        .iter()
        .any(|known| known.value == total && known.count >= USUAL)
}

/// What `is_usual` finds again, also of a payee who leaves out an identifier.
pub(crate) fn observations(document: &Document) -> Vec<Observation> {
    let Some(total) = document.total_text() else {
        return Vec::new();
    };
    let keys = document.payee.ids.iter().chain(&document.payee.name);
    keys.map(|key| past::value(&key.subject, TOTAL, &total)).collect()
}

/// The signals, if any.
pub(crate) fn signals(document: &Document, usual: bool, settings: &Settings) -> Vec<Signal> {
    let Some(total) = document
        .total
        .as_ref()
        .filter(|_| document.kind != Kind::CreditNote)
    else {
        return Vec::new();
    };
    let currency = &document.currency;
    let below = settings
        .approval_limits
        .iter()
        .filter(|(code, _)| code.eq_ignore_ascii_case(currency))
        .flat_map(|(_, limits)| limits)
        .map(|limit| limit.0)
        .filter(|limit| is_just_below(total.value, *limit, settings.below_limit_percent))
        .min()
        .map(|limit| Signal {
            name: "below_limit",
            weight: settings.weights.below_limit,
            pointer: total.pointer.clone(),
            reason: format!(
                "the total of {} {currency} lies just below {limit} {currency}, from which somebody else has to approve",
                total.value
            ),
        });
    let round = (!usual && is_round(total.value, settings.round_unit)).then(|| Signal {
        name: "round_amount",
        weight: settings.weights.round_amount,
        pointer: total.pointer.clone(),
        reason: format!(
            "the total of {} {currency} is a multiple of {}, and the payee had it on fewer than {USUAL} documents",
            total.value, settings.round_unit
        ),
    });
    below.into_iter().chain(round).collect()
}

fn is_just_below(total: Decimal, limit: Decimal, percent: Decimal) -> bool {
    // Settings are bounded, so that this is exact.
    let band = decimal::percent_of(limit, percent).unwrap_or_default();
    total < limit && total >= limit - band && total > Decimal::ZERO
}

fn is_round(total: Decimal, unit: Decimal) -> bool {
    unit > Decimal::ZERO && total >= unit && total.checked_rem(unit).is_some_and(|rest| rest.is_zero())
}
