//! How much there may be to compile. Each bound is some times what an interpreter needs: the figures for Ruby are those
//! of `ruby+stdlib.wasm` 3.4, the largest that was looked at (30 MB). Times are of one core.

use crate::config::CORE_INSTANCES;
use crate::inspect::Complexity;
use crate::refuse::Reason;

/// However empty, one costs some 40 microseconds and 5 kB while it is compiled. Ruby has 18,000.
const FUNCTIONS: u64 = 100_000;
/// Registers are allocated for a body as a whole. Ruby's largest has 138 kB.
const BODY_BYTES: u64 = 512 << 10;
/// For each branch it is kept which locals are alive: 65 kB with 1,300 locals took 3 seconds, 99 kB with 2,000 took 20.
/// Ruby comes to 23 million; `QuickJS` to 1 million, and to 700 million when it is built without optimisations.
const FRAME: u64 = 1 << 27;
/// The same for all bodies together. Ruby comes to 130 million.
const FRAMES: u64 = 1 << 30;
/// Each signature is interned, and gets a trampoline where the host can call it.
const TYPES: u64 = 100_000;
/// Modules and components around one another; composing adds one or two levels.
const DEPTH: u64 = 16;
/// Gaps between data are filled with zeros, in memory and in the cache. Ruby has 19 MB with its files.
const IMAGE_BYTES: u64 = 128 << 20;
/// Definitions after nested components are copied to where they are instantiated. A program has some hundred.
const PARTS: u64 = 200_000;

/// Adds a reason for everything that there is too much of.
pub(super) fn bounded(found: &Complexity, reasons: &mut Vec<Reason>) {
    let bounds = [
        (found.functions, FUNCTIONS, "functions"),
        (found.largest_body, BODY_BYTES, "bytes in one function"),
        (found.largest_frame, FRAME, "bytes times locals in one function"),
        (found.frames, FRAMES, "bytes times locals in all functions"),
        (found.types, TYPES, "types"),
        (found.modules, u64::from(CORE_INSTANCES), "core modules"),
        (found.depth, DEPTH, "levels of nested components"),
        (
            found.image_bytes,
            IMAGE_BYTES,
            "bytes between the first and the last data of its memories",
        ),
        (
            found.parts,
            PARTS,
            "definitions in nested components, counted wherever they are instantiated",
        ),
    ];
    for (found, most, what) in bounds {
        if found > most {
            let message = format!(
                "compiling it could take too long: it has more than {most} {what}. Build it with optimisations, or split it"
            );
            reasons.push(Reason::new("too-complex", message));
        }
    }
}
