//! Days as documents write them.
//!
//! Invariant: a day is known only where it can be one day alone: `2026-03-03`, `2026/03/03`, `20260303` and
//! `03.03.2026`, whose order nobody mistakes; with slashes or hyphens only where one part can't be a month or both are
//! the same. Of what may be two days the year is known and nothing else. Deliberately absent: years of two digits, and
//! months in words.

use assay_plugin_sdk::{Datelike as _, NaiveDate};

/// What is known of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: i32,
    pub(crate) date: Option<NaiveDate>,
}

/// The day that a text says; a time of day after it does not matter.
pub(crate) fn read(text: &str) -> Option<Day> {
    let text = text.trim();
    let end = text.find(|character: char| !matches!(character, '0'..='9' | '-' | '/' | '.'));
    let (day, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    // `2026-03-03T10:00:00`, `2026-03-03Z`, `2026-03-03 10:00`; an offset begins with `+`, or with a fourth hyphen.
    if !rest.is_empty() && !rest.starts_with(['T', 't', 'Z', 'z', ' ', '+']) {
        return None;
    }
    if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        return known(day.get(..4)?, day.get(4..6)?, day.get(6..)?);
    }
    let separator = day.chars().find(|character| !character.is_ascii_digit())?;
    let mut parts = day.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    match (first.len(), third.len(), separator) {
        (4, _, _) => known(first, second, third),
        (_, 4, '.') => known(third, second, first),
        (_, 4, _) => {
            let (day_first, month_first) = (known(third, second, first), known(third, first, second));
            match (day_first, month_first) {
                (Some(one), Some(other)) if one != other => Some(Day { date: None, ..one }),
                (one, other) => one.or(other),
            }
        }
        _ => None,
    }
}

fn known(year: &str, month: &str, day: &str) -> Option<Day> {
    let number = |text: &str, most: usize| (text.len() <= most).then(|| text.parse::<u32>().ok()).flatten();
    let year = i32::try_from(number(year, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)?;
    Some(Day {
        year: date.year(),
        date: Some(date),
    })
}

#[cfg(test)]
mod tests;
