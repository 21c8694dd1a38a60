//! `cargo xtask up`: from a clean clone to a running service.
//!
//! It only sees to what `assay up` cannot see to itself: PostgreSQL's programs and the binary.

use crate::assay;
use crate::console::{human, say};
use crate::postgres;
use crate::repository::Repository;
use anyhow::{Error, Result};
use clap::Args;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Instant;

/// What is handed on.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Arguments of `assay up`, such as `--once`; `cargo xtask up --help` shows them all.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

/// Builds `assay` and becomes `assay up`. Returns only if that fails.
///
/// # Errors
/// PostgreSQL's programs are needed and cannot be had, `assay` does not compile, or it cannot be started.
pub(crate) fn run(repository: &Repository, arguments: &Arguments) -> Result<()> {
    let database_elsewhere = std::env::var_os("DATABASE_URL").is_some_and(|url| !url.is_empty());
    let brings_programs = arguments
        .arguments
        .iter()
        .any(|argument| argument.to_string_lossy().starts_with("--pg-bindir"));
    if !database_elsewhere && !brings_programs {
        postgres::programs()?;
    }
    let started = Instant::now();
    say("up: building assay (minutes the first time, seconds after)");
    let assay = assay::build(repository, assay::Along::Nothing)?;
    say(&format!("up: built in {}", human(started.elapsed())));
    // In the clone's root, so that every run finds the data of the one before.
    let mut up = Command::new(assay);
    up.arg("up")
        .args(&arguments.arguments)
        .current_dir(repository.root());
    Err(Error::new(up.exec()).context("assay cannot be started"))
}
