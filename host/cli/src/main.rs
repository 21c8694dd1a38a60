//! The binary `assay`: arguments, configuration, telemetry, wiring.
//!
//! Invariants: results go to standard output and all else to standard error; text of guests reaches a terminal
//! escaped; the exit code is 0 when all went well, 1 when what was asked for failed or found errors, 2 when it was
//! asked for wrongly. Deliberately absent: everything that decides about documents.

mod args;
mod builtin;
mod command;
mod config;
mod failure;
mod keys;
mod lifecycle;
mod media;
mod output;
mod telemetry;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::output::Output;

/// After how many tasks a worker looks at its sockets; less than usual, since plugins yield often.
const EVENT_INTERVAL: u32 = 16;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::CompileComponent(arguments) = &arguments.command {
        // Before there are threads, a configuration or logs, none of which it needs.
        return command::compile_component::run(arguments).into();
    }
    let output = Output::new(arguments.format.format());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(command::run(arguments, &output)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => failure::show(&error, &output).into(),
    }
}
