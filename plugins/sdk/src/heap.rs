//! The heap that a snapshot is taken of.

use std::hint::black_box;

/// Bytes that a call can use without growing its memory: a document of some kilobytes with its report.
const ROOM: usize = 512 << 10;

/// Leaves room on the heap. A call that starts from a snapshot would otherwise grow its memory, and each growth costs the
/// host two system calls and the page faults after them. Pages that nobody wrote take no memory.
pub(crate) fn leave_room() {
    drop(black_box(Vec::<u8>::with_capacity(ROOM)));
}
