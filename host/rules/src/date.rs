//! Calendar dates in the one form that the language reads: `YYYY-MM-DD` of the Gregorian calendar.
//!
//! Deliberately absent: times, zones and local spellings; `31/01/2025` means different days to different readers.

use chrono::NaiveDate;

/// The date that a text writes, or nothing if it is not of that form or no day of the calendar.
pub fn parse(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(&[*y1, *y2, *y3, *y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
}
