//! `cargo xtask bench`: the benchmarks, which print a table and write `target/bench/report.json`.

use crate::assay::artifacts;
use crate::postgres;
use crate::process;
use crate::repository::Repository;
use anyhow::{Context as _, Result};
use clap::Args;
use std::process::Command;

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
    // With the workspace's features, so that the tests' build of the sandbox serves here too.
    let built = artifacts(process::cargo().current_dir(repository.root()).args([
        "build",
        "--locked",
        "--workspace",
        "--bins",
    ]))?;
    let bench = built
        .into_iter()
        .filter_map(|artifact| artifact.executable)
        .find(|program| program.file_stem().is_some_and(|name| name == "bench"));
    let bench = bench.context("cargo did not name the benchmarks' program")?;
    process::run(
        Command::new(bench)
            .current_dir(repository.root())
            .args(&arguments.names),
    )
}
