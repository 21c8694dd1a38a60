//! An inert WASI 0.2: everything a guest's runtime library imports, with nothing behind it.
//!
//! Invariant: no files, environment, arguments, sockets or HTTP; nothing ambient and nothing random. What a guest can
//! observe here is a function of the call's input digest, its received time and its own doings.
//! Deliberately absent: `wasi:sockets` and `wasi:http`, which are not linked, so that importing them refuses a plugin.

mod clock;
mod random;
mod stdio;

pub(crate) use clock::VirtualClock;
pub(crate) use random::Random;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random as random_bindings};
use wasmtime_wasi_io::IoView;

use crate::classify::Stop;
use crate::state::State;

/// The interfaces that [`add_to_linker`] links.
pub(crate) const OFFERED: [&str; 20] = [
    "cli/environment",
    "cli/exit",
    "cli/stdin",
    "cli/stdout",
    "cli/stderr",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "cli/terminal-stderr",
    "clocks/wall-clock",
    "clocks/monotonic-clock",
    "filesystem/types",
    "filesystem/preopens",
    "io/error",
    "io/poll",
    "io/streams",
    "random/random",
    "random/insecure",
    "random/insecure-seed",
];

pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Inert = HasSelf<State>;
    // The asynchronous ones: the synchronous blocks the runtime's thread when a guest prints.
    wasmtime_wasi_io::add_to_linker_async(linker)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, files)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, files)?;
    clocks::wall_clock::add_to_linker::<_, Inert>(linker, |state| state)?;
    clocks::monotonic_clock::add_to_linker::<_, Inert>(linker, |state| state)?;
    random_bindings::random::add_to_linker::<_, Inert>(linker, |state| state)?;
    random_bindings::insecure::add_to_linker::<_, Inert>(linker, |state| state)?;
    random_bindings::insecure_seed::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::environment::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::exit::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::stdin::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::stdout::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::stderr::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::terminal_input::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::terminal_output::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::terminal_stdin::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::terminal_stdout::add_to_linker::<_, Inert>(linker, |state| state)?;
    cli::terminal_stderr::add_to_linker::<_, Inert>(linker, |state| state)
}

fn files(state: &mut State) -> WasiFilesystemCtxView<'_> {
    WasiFilesystemCtxView {
        ctx: &mut state.files,
        table: &mut state.table,
    }
}

impl IoView for State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl cli::environment::Host for State {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}

impl cli::exit::Host for State {
    fn exit(&mut self, _: Result<(), ()>) -> wasmtime::Result<()> {
        Err(Stop::Exit.into())
    }

    fn exit_with_code(&mut self, _: u8) -> wasmtime::Result<()> {
        Err(Stop::Exit.into())
    }
}
