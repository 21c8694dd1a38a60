//! When a search stops deciding by what is preferred, and when it begins again.
//!
//! What is preferred leads straight to the best set where little stands in its way. Where conflicts go on and on, what
//! they are about leads sooner to any answer at all, with restarts after 1, 1, 2, 1, 1, 2, 4, … times a number of
//! conflicts (Luby, Sinclair, Zuckerman 1993).
//!
//! Invariant: counted in conflicts, never in time. Absent: what is decided.

/// From so many conflicts in one search on, conflicts lead.
const SMOOTH: u64 = 300;

/// The unit of restarts, in conflicts.
const UNIT: u64 = 100;

/// What a search does after a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes on.
    On,
    /// It begins again, keeping what it learnt.
    Again,
    /// It begins again and lets conflicts lead.
    Lead,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    conflicts: u64,
    restarts: u64,
    next: u64,
}

impl Pace {
    /// Another conflict.
    pub(super) fn conflict(&mut self) -> Turn {
        self.conflicts += 1;
        if self.conflicts < SMOOTH {
            return Turn::On;
        }
        if self.conflicts == SMOOTH {
            self.next = SMOOTH + UNIT;
            return Turn::Lead;
        }
        if self.conflicts < self.next {
            return Turn::On;
        }
        self.restarts += 1;
        self.next = self.conflicts + UNIT * luby(self.restarts);
        Turn::Again
    }
}

/// The sequence 1, 1, 2, 1, 1, 2, 4, 1, … at a place from 0.
fn luby(mut place: u64) -> u64 {
    let mut size = 1;
    while size < place + 1 {
        size = size * 2 + 1;
    }
    while size - 1 != place {
        size /= 2;
        place %= size;
    }
    size.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::luby;

    #[test]
    fn restarts_come_in_lubys_sequence() {
        let sequence: Vec<u64> = (0..15).map(luby).collect();
        assert_eq!(sequence, [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]);
    }
}
