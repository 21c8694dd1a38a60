//! What the tasks say to the person who runs them: lines on standard error, so that standard output stays for results.
//!
//! Deliberately absent: colours, spinners and a verbosity switch. cargo and apt show their own progress.

use std::io::Write as _;
use std::time::Duration;

/// Says one line of progress.
///
/// A closed standard error is no reason to stop working, so a failed write is ignored.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints one line of result on standard output; a reader who went away is no failure.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A duration for people: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests;
