//! The day, as the host tells it: when the document was received.
//!
//! Invariant: the sandbox's clock stands at that time, so that a replay reads the same. To be read in `validate`,
//! `score` and `extract` only; what `prepare` leaves may be older than any document.
//!
//! Run natively, it is the day of the `testing::Host`, and without one the machine's.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{Days, NaiveDate};

const SECONDS_PER_DAY: u64 = 86_400;

/// The day when the document was received, UTC; nothing if the clock stands before 1970.
pub fn today() -> Option<NaiveDate> {
    #[cfg(not(target_family = "wasm"))]
    if let Some(today) = crate::testing::host::today() {
        return Some(today);
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_days(Days::new(since.as_secs() / SECONDS_PER_DAY))
}
