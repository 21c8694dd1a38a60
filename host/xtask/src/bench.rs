//! `cargo xtask bench`: the benchmarks, which print a table and write `target/bench/report.json`.

use crate::postgres;
use crate::process;
use crate::repository::Repository;
use anyhow::Result;
use clap::Args;

/// Which benchmarks.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The benchmarks to run; all if none is named.
    names: Vec<String>,
}

/// Builds and runs the benchmarks.
///
/// # Errors
/// They do not compile, or one misses its limit.
pub(crate) fn run(repository: &Repository, arguments: &Arguments) -> Result<()> {
    postgres::programs()?;
    process::run(
        process::cargo()
            .current_dir(repository.root())
            .args(["run", "--package", "assay-tests", "--bin", "bench", "--"])
            .args(&arguments.names),
    )
}
