//! `assay compile-component`: the process in which a host has a component compiled.
//!
//! Invariant: standard output is the host's; all else goes to standard error.

use std::io::Write as _;

use crate::args::CompileArguments;
use crate::failure::Exit;

pub(crate) fn run(arguments: &CompileArguments) -> Exit {
    match assay_engine::compile_component(arguments.cpu_seconds, arguments.memory_bytes) {
        Ok(()) => Exit::Done,
        Err(error) => {
            let error = anyhow::Error::from(error);
            let _ = writeln!(std::io::stderr().lock(), "error: {error:#}");
            Exit::Failed
        }
    }
}
