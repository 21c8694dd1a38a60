//! The host functions of `assay:plugin`.

pub(crate) mod history;
pub(crate) mod log;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings;
use crate::state::State;

/// The interfaces that this module links.
pub(crate) const OFFERED: [&str; 3] = ["log", "history", "types"];

pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bindings::log::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    bindings::history::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}
