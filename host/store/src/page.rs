//! Keyset pagination, newest first: a page begins after the last row of the one before, whatever was added since.

use assay_domain::Digest;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Which page.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    limit: u16,
    after: Option<Cursor>,
}

impl PageRequest {
    /// Most rows of a page.
    pub const MAXIMUM: u16 = 200;

    /// At most `limit` rows (held to 1..=[`Self::MAXIMUM`]) after the given one; without it, from the newest on.
    pub fn new(limit: u16, after: Option<Cursor>) -> Self {
        Self {
            limit: limit.clamp(1, Self::MAXIMUM),
            after,
        }
    }

    /// One row more than asked for: it says whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// What all rows of the page come after; without a cursor later than any row.
    pub(crate) fn before(&self) -> (DateTime<Utc>, Uuid) {
        self.after.map_or_else(
            || {
                let far = DateTime::from_timestamp_micros(END).unwrap_or(DateTime::<Utc>::MAX_UTC);
                (far, Uuid::max())
            },
            |cursor| (cursor.at, cursor.id),
        )
    }

    /// The same for a list by version, the highest first.
    pub(crate) fn before_version(&self) -> i64 {
        self.after.map_or(i64::MAX, |cursor| cursor.at.timestamp_micros())
    }

    pub(crate) fn page<T>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        let limit = usize::from(self.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Page { items, next }
    }
}

/// A page and where the next one begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// Pass it as `after` to go on; none on the last page.
    pub next: Option<Cursor>,
}

/// A place in a list. It grants nothing: the list is the client's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

/// Text that is no cursor of the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a cursor of this list; pass `next` of the page before with the same filters, or nothing for the first page"
)]
pub struct CursorError;

/// Later than any row, and the latest that a cursor names: the end of the year 9999, in microseconds.
const END: i64 = 253_402_300_799_999_999;

impl Cursor {
    /// A place in a list by version, which counts from 1.
    pub(crate) fn of_version(version: i32) -> Self {
        Self {
            at: DateTime::from_timestamp_micros(version.into()).unwrap_or_default(),
            id: Uuid::nil(),
        }
    }

    /// The cursor as text, opaque to clients. `list` names what is listed: the text is good for that alone.
    pub fn to_text(self, list: Digest) -> String {
        let place = format!("{:016x}{:032x}", self.at.timestamp_micros(), self.id.as_u128());
        let check = check(&place, list);
        place + &check
    }

    /// The cursor that [`Self::to_text`] wrote for the same list.
    ///
    /// # Errors
    /// It was written for another list, or by somebody else.
    pub fn of_text(text: &str, list: Digest) -> Result<Self, CursorError> {
        let (place, checked) = text.split_at_checked(48).ok_or(CursorError)?;
        if checked != check(place, list) {
            return Err(CursorError);
        }
        let (at, id) = place.split_at_checked(16).ok_or(CursorError)?;
        let micros = i64::from_str_radix(at, 16).map_err(|_| CursorError)?;
        // Whoever makes up a cursor gets no time that the database does not know.
        let at = Some(micros)
            .filter(|micros| (0..=END).contains(micros))
            .and_then(DateTime::from_timestamp_micros);
        Ok(Self {
            at: at.ok_or(CursorError)?,
            id: Uuid::from_u128(u128::from_str_radix(id, 16).map_err(|_| CursorError)?),
        })
    }
}

/// Ties a place to its list. No secret: a cursor that somebody makes up shows them what is theirs.
fn check(place: &str, list: Digest) -> String {
    let digest = Digest::of(format!("{list}{place}").as_bytes()).to_string();
    digest.chars().take(16).collect()
}

#[cfg(test)]
mod tests;
