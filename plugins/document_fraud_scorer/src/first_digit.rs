//! First digits of the lines' amounts against Benford's law, by a chi-square.
//!
//! Invariant: the arithmetic is decimal, so that it is the same everywhere. Only different amounts count, so that a
//! price that repeats is one; amounts that lie close together follow no law and are not judged.

use std::collections::BTreeSet;

use assay_plugin_sdk::Decimal;

use crate::Signal;
use crate::document::Document;
use crate::settings::Settings;

/// How often amounts begin with 1 to 9, of a million: log10(1 + 1/d).
const EXPECTED: [u32; 9] = [
    301_030, 176_091, 124_939, 96_910, 79_181, 66_947, 57_992, 51_153, 45_757,
];
const MILLION: u32 = 1_000_000;

/// The signal, if the digits are odd.
pub(crate) fn signal(document: &Document, settings: &Settings) -> Option<Signal> {
    let amounts: BTreeSet<Decimal> = document
        .lines
        .iter()
        .filter_map(|line| line.amount)
        .map(|amount| amount.abs().normalize())
        .filter(|amount| !amount.is_zero())
        .collect();
    let count = u32::try_from(amounts.len()).ok()?;
    let (smallest, largest) = (amounts.first()?, amounts.last()?);
    let spans = smallest
        .checked_mul(Decimal::from(settings.first_digit_span))
        .is_some_and(|least| *largest >= least);
    if count < settings.first_digit_lines || !spans {
        return None;
    }
    let digits = digits(&amounts);
    let square = chi_square(&digits, count);
    if square <= settings.first_digit_chi_square {
        return None;
    }
    let listed: Vec<String> = digits.iter().map(u32::to_string).collect();
    Some(Signal {
        name: "first_digit",
        weight: settings.weights.first_digit,
        pointer: "/lines".to_owned(),
        reason: format!(
            "the first digits of {count} different amounts of lines are not those of grown amounts: 1 to 9 come {} times, \
             chi-square {}, above {}",
            listed.join(", "),
            square.round_dp(2),
            settings.first_digit_chi_square
        ),
    })
}

fn digits(amounts: &BTreeSet<Decimal>) -> [u32; 9] {
    let mut digits = [0; 9];
    for amount in amounts {
        let mut digit = amount.mantissa().unsigned_abs();
        while digit >= 10 {
            digit /= 10;
        }
        let place = usize::try_from(digit).ok().and_then(|digit| digit.checked_sub(1));
        if let Some(count) = place.and_then(|place| digits.get_mut(place)) {
            *count += 1;
        }
    }
    digits
}

/// The sum of (observed - expected)² / expected, which is the sum of observed² / expected less the count.
fn chi_square(digits: &[u32; 9], count: u32) -> Decimal {
    let count = Decimal::from(count);
    let parts = digits.iter().zip(EXPECTED).map(|(observed, expected)| {
        let observed = Decimal::from(*observed);
        observed * observed * Decimal::from(MILLION) / (count * Decimal::from(expected))
    });
    parts.sum::<Decimal>() - count
}
