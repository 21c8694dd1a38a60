//! Keyset pagination, newest first: a page begins after the last row of the one before, whatever was added since.

use std::fmt;
use std::str::FromStr;

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
                let far = DateTime::from_timestamp(253_402_300_799, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
                (far, Uuid::max())
            },
            |cursor| (cursor.at, cursor.id),
        )
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

/// A place in a list, opaque to clients. It grants nothing: the list is the client's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

/// Text that is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor; pass `next` of the page before, or nothing for the first page")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:032x}", self.at.timestamp_micros(), self.id.as_u128())
    }
}

impl FromStr for Cursor {
    type Err = CursorError;
    fn from_str(text: &str) -> Result<Self, CursorError> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || text.len() != 48 {
            return Err(CursorError);
        }
        let (at, id) = text.split_at_checked(16).ok_or(CursorError)?;
        let micros = i64::from_str_radix(at, 16).map_err(|_| CursorError)?;
        Ok(Self {
            at: DateTime::from_timestamp_micros(micros).ok_or(CursorError)?,
            id: Uuid::from_u128(u128::from_str_radix(id, 16).map_err(|_| CursorError)?),
        })
    }
}

#[cfg(test)]
mod tests;
