//! `cargo xtask debian`: every package of Debian 12 main through the resolver, with dose and libsolv as oracles and libsolv's time as the limit.

use crate::process;
use crate::repository::Repository;
use anyhow::Result;
use clap::Args;
use std::process::Command;

/// How much.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many random sets of packages to compare.
    #[arg(long, default_value_t = 2000)]
    probes: u64,
    /// What they are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Fetches the index and the oracles, converts, compares.
///
/// # Errors
/// Something can't be fetched or built, a verdict differs, or a limit is missed.
pub(crate) fn run(repository: &Repository, arguments: &Arguments) -> Result<()> {
    let root = repository.root();
    let folder = root.join("target/debian");
    process::run(Command::new(root.join("tests/debian/fetch.sh")).arg(&folder))?;
    let program = || {
        let mut cargo = process::cargo();
        cargo
            .current_dir(root)
            .args(["run", "--locked", "--package", "assay-debian", "--"]);
        cargo
    };
    process::run(program().arg("convert").arg(&folder))?;
    let (probes, seed) = (arguments.probes.to_string(), arguments.seed.to_string());
    process::run(program().arg("compare").arg(&folder).args([probes, seed]))
}
