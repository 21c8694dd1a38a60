//! Moments: date-times of RFC 3339 with their offset from UTC, and whole days.
//!
//! Invariant: nothing is rounded or guessed. A date-time without an offset, one with a leap second and one with more than
//! nine digits of a second are refused, each for what it is. Year, day and offset are those that the text says.
//!
//! Deliberately absent: names of time zones, whose rules change.

use chrono::{Datelike, NaiveDate};

use crate::date;

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// Why a text is no date-time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateTimeError {
    /// Another form.
    #[error("a date-time is written as 2025-01-31T09:30:00+01:00")]
    Form,
    /// No day of the calendar.
    #[error("there is no such day")]
    Day,
    /// No time of a day.
    #[error("there is no such time of day; hours go to 23, minutes and seconds to 59")]
    Time,
    /// A second 60.
    #[error("a leap second cannot be compared exactly; write the second before or after it")]
    LeapSecond,
    /// Too many digits behind the second.
    #[error("a second has at most 9 digits behind the point; write fewer")]
    TooManyDigits,
    /// Nothing behind the time.
    #[error("the offset from UTC is missing; add Z or an offset as +01:00")]
    NoOffset,
    /// No offset.
    #[error("the offset is wrong; it is Z or from -23:59 to +23:59")]
    Offset,
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    seconds: i64,
    nanos: u32,
}

/// An offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offset {
    /// East is positive.
    seconds: i64,
}

impl Offset {
    /// Reads `Z` or `±hh:mm`.
    pub fn parse(text: &str) -> Option<Offset> {
        let bytes = text.as_bytes();
        if matches!(bytes, b"Z" | b"z") {
            return Some(Offset::default());
        }
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = bytes else {
            return None;
        };
        let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = i64::from(hours * 60 + minutes) * 60;
        let seconds = if *sign == b'-' { -seconds } else { seconds };
        Some(Offset { seconds })
    }
}

/// A point in time, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A date-time.
    Instant(Instant),
    /// A date: a whole day, wherever it is.
    Day(NaiveDate),
}

impl Moment {
    /// Reads a date-time, or a date as `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Moment, DateTimeError> {
        match date::parse(text) {
            Some(day) => Ok(Moment::Day(day)),
            None => parse(text).map(Moment::Instant),
        }
    }

    /// The first and the last instant of it; of a day, those at the offset.
    pub fn span(self, offset: Offset) -> (Instant, Instant) {
        match self {
            Moment::Instant(instant) => (instant, instant),
            Moment::Day(day) => {
                let seconds = i64::from(day.num_days_from_ce()) * SECONDS_PER_DAY - offset.seconds;
                let last = Instant {
                    seconds: seconds + SECONDS_PER_DAY - 1,
                    nanos: NANOS_PER_SECOND - 1,
                };
                (Instant { seconds, nanos: 0 }, last)
            }
        }
    }
}

/// The instant that a date-time of RFC 3339 writes.
pub fn parse(text: &str) -> Result<Instant, DateTimeError> {
    let (day, rest) = text.split_at_checked(10).ok_or(DateTimeError::Form)?;
    let form = |at: usize, byte: u8| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if !day.bytes().enumerate().all(|(at, byte)| form(at, byte)) {
        return Err(DateTimeError::Form);
    }
    let [b'T' | b't', h1, h2, b':', m1, m2, b':', s1, s2, behind @ ..] = rest.as_bytes() else {
        return Err(DateTimeError::Form);
    };
    let number = |one: &u8, other: &u8| two(*one, *other).ok_or(DateTimeError::Form);
    let (hours, minutes, seconds) = (number(h1, h2)?, number(m1, m2)?, number(s1, s2)?);
    let (nanos, offset) = fraction(behind)?;
    let offset = match std::str::from_utf8(offset) {
        Ok("") => return Err(DateTimeError::NoOffset),
        Ok(offset) => Offset::parse(offset).ok_or(DateTimeError::Offset)?,
        Err(_) => return Err(DateTimeError::Offset),
    };
    let day = date::parse(day).ok_or(DateTimeError::Day)?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return Err(DateTimeError::Time);
    }
    if seconds == 60 {
        return Err(DateTimeError::LeapSecond);
    }
    let of_day = i64::from((hours * 60 + minutes) * 60 + seconds);
    Ok(Instant {
        seconds: i64::from(day.num_days_from_ce()) * SECONDS_PER_DAY + of_day - offset.seconds,
        nanos: nanos?,
    })
}

/// What stands behind the second: its fraction in nanoseconds, and the offset.
type Behind<'t> = (Result<u32, DateTimeError>, &'t [u8]);

fn fraction(behind: &[u8]) -> Result<Behind<'_>, DateTimeError> {
    let [b'.', rest @ ..] = behind else {
        return Ok((Ok(0), behind));
    };
    let end = rest.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, offset) = rest
        .split_at_checked(end.unwrap_or(rest.len()))
        .unwrap_or((rest, &[]));
    if digits.is_empty() {
        return Err(DateTimeError::Form);
    }
    // Zeros at the end say nothing.
    let count = digits
        .iter()
        .rposition(|digit| *digit != b'0')
        .map_or(0, |last| last + 1);
    if count > 9 {
        return Ok((Err(DateTimeError::TooManyDigits), offset));
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanos = padded.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    Ok((Ok(nanos), offset))
}

/// The number that two digits write.
fn two(one: u8, other: u8) -> Option<u32> {
    let digits = one.is_ascii_digit() && other.is_ascii_digit();
    digits.then(|| u32::from(one - b'0') * 10 + u32::from(other - b'0'))
}

#[cfg(test)]
mod tests;
