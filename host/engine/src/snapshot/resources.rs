//! Resources that a component defines itself. Which of them live, and under which handle, stands in tables of the
//! instance that are no memory, so a snapshot would lose them.
//!
//! Invariant: while an instance prepares for a snapshot, none can come into being; trying to is a trap, and a reason.
//! Deliberately absent: handles of the host's resources, which the host counts itself.

use wasmparser::{CanonicalFunction, Parser, Payload};

/// `canon resource.rep`, by which a component looks up a resource of its own.
const RESOURCE_REP: u8 = 0x04;

/// What looking up a handle that is not there ends in. Of no type of its own; a test pins the text.
const NOT_THERE: &str = "unknown handle index";

/// Makes each `resource.new` of a component a `resource.rep`. Its type is the same, it is valid in the same places, and
/// where no resource ever came into being it can only trap.
pub(super) fn refuse_new(component: &mut [u8]) -> wasmparser::Result<()> {
    let mut places = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ComponentCanonicalSection(section) = payload? {
            for function in section.into_iter_with_offsets() {
                if let (offset, CanonicalFunction::ResourceNew { .. }) = function? {
                    places.push(offset);
                }
            }
        }
    }
    for place in places {
        if let Some(opcode) = component.get_mut(place) {
            *opcode = RESOURCE_REP;
        }
    }
    Ok(())
}

/// Whether preparing failed at that.
pub(super) fn is_refused(error: &wasmtime::Error) -> bool {
    format!("{error:#}").contains(NOT_THERE)
}

#[cfg(test)]
mod tests;
