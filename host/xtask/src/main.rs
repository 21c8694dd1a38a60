//! The project's own tasks: `cargo xtask --help`.
//!
//! Kept light, so that it is built in seconds: it starts cargo, apt and PostgreSQL's programs, and links none of the
//! host's crates.

mod assay;
mod bench;
mod console;
mod debian;
mod generated;
mod labelled;
mod plugins;
mod postgres;
mod process;
mod repository;
mod scratch;
mod test;
mod toolchain;
mod up;

use clap::{Parser, Subcommand};
use repository::Repository;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    about = "The project's own tasks.",
    bin_name = "cargo xtask"
)]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build the first-party plugins from source, or check that the built ones are up to date.
    Plugins(plugins::Arguments),
    /// Build and start everything: database, samples, service.
    #[command(disable_help_flag = true)] // `assay up` has the help that matters
    Up(up::Arguments),
    /// Check everything that CI checks.
    Test(test::Arguments),
    /// Make the generated files (query data, OpenAPI document), or check them.
    Generated(generated::Arguments),
    /// Run the benchmarks and write target/bench/report.json.
    Bench(bench::Arguments),
    /// Hold the resolver against Debian 12 and two solvers of its packages, fetched by apt.
    Debian(debian::Arguments),
    /// Write generated documents with labels to standard output, for `assay evaluate`.
    Labelled(labelled::Arguments),
}

fn main() -> ExitCode {
    let command = Command::parse();
    let result = Repository::find().and_then(|repository| match &command.task {
        Task::Plugins(arguments) => plugins::run(&repository, arguments),
        Task::Up(arguments) => up::run(&repository, arguments),
        Task::Test(arguments) => test::run(&repository, arguments),
        Task::Generated(arguments) => generated::run(&repository, arguments),
        Task::Bench(arguments) => bench::run(&repository, arguments),
        Task::Debian(arguments) => debian::run(&repository, arguments),
        Task::Labelled(arguments) => labelled::run(arguments),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
