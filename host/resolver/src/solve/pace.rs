//! When a search stops deciding by what is preferred, and when it begins again.
//!
//! What is preferred leads straight to the best set where little stands in its way. Where conflicts go on and on, what
//! they are about leads sooner to any answer at all, with restarts after 1, 1, 2, 1, 1, 2, 4, … times a number of
//! conflicts (Luby, Sinclair, Zuckerman 1993).
//!
//! Invariant: counted in conflicts, never in time. Absent: what is decided.

/// From so many conflicts in one search on, and one more for each wish, conflicts lead.
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
    smooth: u64,
    unit: u64,
    conflicts: u64,
    restarts: u64,
    next: u64,
}

impl Pace {
    /// At the beginning of a search for so many wishes, all of which are decided again whenever it begins again.
    pub(super) fn new(wishes: usize) -> Self {
        let wishes = wishes as u64;
        Self {
            smooth: SMOOTH + wishes,
            unit: UNIT + wishes / 4,
            ..Self::default()
        }
    }

    /// Another conflict.
    pub(super) fn conflict(&mut self) -> Turn {
        self.conflicts += 1;
        if self.conflicts < self.smooth {
            return Turn::On;
        }
        if self.conflicts == self.smooth {
            self.next = self.smooth + self.unit;
            return Turn::Lead;
        }
        if self.conflicts < self.next {
            return Turn::On;
        }
        self.restarts += 1;
        self.next = self.conflicts + self.unit * luby(self.restarts);
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
