//! A supplier's numbers in the order of their dates: one that goes back, and one that leaps far beyond.
//!
//! Numbers are remembered by month, with their day, since a host lists only 64 values of a field; a series is what
//! stands around a number's last digits, so that prefixes with a year begin anew each January.
//!
//! Invariant: one odd number among the earlier ones makes no signal of an honest one.

use assay_plugin_sdk::{Datelike as _, Days, Months, NaiveDate, Observation, parse_date};

use crate::Signal;
use crate::document::Document;
use crate::normal;
use crate::past::{self, Past};
use crate::settings::Settings;

/// Months that are looked at, with that of the document.
const MONTHS: u32 = 7;
/// Digits of a number.
const MAX_DIGITS: usize = 12;
/// Earlier documents that a leap needs.
const LEAP_DOCUMENTS: usize = 3;
/// Earlier documents with higher numbers that going back needs, and the part of all that they are.
const BACK_DOCUMENTS: usize = 2;
const BACK_PART: usize = 4;

/// A number in its series.
#[derive(Debug)]
struct Numbered {
    subject: String,
    number: u64,
    date: NaiveDate,
}

impl Numbered {
    fn of(document: &Document) -> Option<Self> {
        let text = &document.number.as_ref()?.value;
        let (before, digits, after) = last_digits(text)?;
        let series = format!("{}#{}", normal::compact(before), normal::compact(after));
        let subject = document.subject()?;
        Some(Self {
            subject: normal::kept(format!("numbers {} {subject} {series}", document.kind.as_str())),
            number: digits.parse().ok()?,
            date: document.date.as_ref()?.value,
        })
    }
}

/// What the signal finds again.
pub(crate) fn observation(document: &Document) -> Option<Observation> {
    let numbered = Numbered::of(document)?;
    let value = format!("{}:{}", numbered.date, numbered.number);
    Some(past::value(&numbered.subject, &month(numbered.date), &value))
}

/// The signal, if the number is out of order.
pub(crate) fn signal(document: &Document, settings: &Settings, past: &mut Past) -> Option<Signal> {
    let numbered = Numbered::of(document)?;
    let mut earlier: Vec<(NaiveDate, u64)> = Vec::new();
    for back in 0..MONTHS {
        let Some(first) = numbered.date.checked_sub_months(Months::new(back)) else {
            break;
        };
        let known = past.values(&numbered.subject, &month(first));
        earlier.extend(known.iter().filter_map(|known| {
            let (date, number) = known.value.split_once(':')?;
            Some((parse_date(date)?, number.parse().ok()?))
        }));
    }
    earlier.retain(|(date, _)| *date <= numbered.date);
    earlier.sort_unstable();
    let reason = back(&numbered, &earlier, settings).or_else(|| leap(&numbered, &earlier, settings))?;
    Some(Signal {
        name: "number_sequence",
        weight: settings.weights.number_sequence,
        pointer: document.number.as_ref()?.pointer.clone(),
        reason,
    })
}

fn back(numbered: &Numbered, earlier: &[(NaiveDate, u64)], settings: &Settings) -> Option<String> {
    let latest = numbered
        .date
        .checked_sub_days(Days::new(u64::from(settings.sequence_days)))?;
    // A series without a year may begin anew with it.
    let before: Vec<_> = earlier
        .iter()
        .filter(|(date, _)| *date <= latest && date.year() == numbered.date.year())
        .collect();
    let higher: Vec<_> = before
        .iter()
        .filter(|(_, number)| *number > numbered.number)
        .collect();
    if higher.len() < BACK_DOCUMENTS || higher.len() * BACK_PART < before.len() {
        return None;
    }
    let (date, number) = higher.first()?;
    Some(format!(
        "the number ends in {}, but {} earlier documents of the supplier have higher ones, already {number} on {date}",
        numbered.number,
        higher.len()
    ))
}

fn leap(numbered: &Numbered, earlier: &[(NaiveDate, u64)], settings: &Settings) -> Option<String> {
    let mut numbers: Vec<u64> = earlier.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let highest = *numbers.last()?;
    if numbers.len() < LEAP_DOCUMENTS {
        return None;
    }
    let mut steps: Vec<u64> = numbers
        .iter()
        .zip(numbers.iter().skip(1))
        .map(|(one, next)| next - one)
        .collect();
    steps.sort_unstable();
    let usual = *steps.get(steps.len() / 2)?;
    let step = numbered.number.checked_sub(highest)?;
    let leaps = step > u64::from(settings.leap_minimum)
        && step > usual.saturating_mul(u64::from(settings.leap_factor));
    leaps.then(|| {
        format!(
            "the number ends in {}, {step} after the highest of {} earlier documents of the supplier, whose usual step is {usual}",
            numbered.number,
            numbers.len()
        )
    })
}

/// The last digits of a number, with what stands before and after them.
fn last_digits(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.rfind(|character: char| character.is_ascii_digit())? + 1;
    let (head, after) = text.split_at_checked(end)?;
    let start = head
        .rfind(|character: char| !character.is_ascii_digit())
        .map_or(0, |at| {
            at + head
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
    let (before, digits) = head.split_at_checked(start)?;
    (digits.len() <= MAX_DIGITS).then_some((before, digits, after))
}

fn month(date: NaiveDate) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}
