//! `cargo xtask test`: everything that CI checks, in the order in which a failure is quickest to find.
//!
//! Invariant: a step that did not run is not reported as passed, and the exit code is 0 only if every step passed.

use crate::console::{human, say};
use crate::repository::Repository;
use crate::{generated, plugins, postgres, process};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::process::Command;
use std::time::{Duration, Instant};

/// How to test.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Go on after a failed step.
    #[arg(long)]
    keep_going: bool,
    /// Build the plugins again and compare the bytes; otherwise only digests are compared. On where CI is set.
    #[arg(long)]
    rebuild_plugins: bool,
    /// Only the steps whose name contains one of these.
    only: Vec<String>,
}

type Action = fn(&Repository, &Arguments) -> Result<()>;

/// The steps, cheap ones first.
const STEPS: [(&str, Action); 9] = [
    ("formatting", formatting),
    ("PostgreSQL's programs", |_, _| postgres::programs().map(|_| ())),
    ("clippy", clippy),
    ("generated files", |repository, _| {
        generated::run(repository, &generated::Arguments::checking())
    }),
    ("built plugins", |repository, arguments| {
        let rebuild = arguments.rebuild_plugins || in_ci();
        plugins::run(repository, &plugins::Arguments::checking(rebuild))
    }),
    ("tests", nextest),
    ("plugins' clippy", plugins_clippy),
    ("plugins' tests", plugins_tests),
    ("documentation", documentation),
];

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    NotRun,
}

/// Runs the steps.
///
/// # Errors
/// A step failed.
pub(crate) fn run(repository: &Repository, arguments: &Arguments) -> Result<()> {
    let chosen: Vec<(&str, Action)> = STEPS
        .into_iter()
        .filter(|(name, _)| {
            arguments.only.is_empty() || arguments.only.iter().any(|part| name.contains(part.as_str()))
        })
        .collect();
    if chosen.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        bail!("no step is called so; there are: {}", names.join(", "));
    }
    let started = Instant::now();
    let mut outcomes: Vec<(&str, Outcome, Duration)> = Vec::new();
    let mut failed = false;
    for (number, (name, action)) in chosen.iter().enumerate() {
        if failed && !arguments.keep_going {
            outcomes.push((name, Outcome::NotRun, Duration::ZERO));
            continue;
        }
        say(&format!("\n==> {} of {}: {name}", number + 1, chosen.len()));
        let step = Instant::now();
        let outcome = match action(repository, arguments) {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                say(&format!("error: {error:#}"));
                failed = true;
                Outcome::Failed
            }
        };
        outcomes.push((name, outcome, step.elapsed()));
    }
    say("");
    for line in summary(&outcomes) {
        say(&line);
    }
    if failed {
        bail!("the tests failed after {}", human(started.elapsed()));
    }
    say(&format!("everything passed in {}", human(started.elapsed())));
    Ok(())
}

/// One line for each step.
fn summary(outcomes: &[(&str, Outcome, Duration)]) -> Vec<String> {
    outcomes
        .iter()
        .map(|(name, outcome, time)| match outcome {
            Outcome::Passed => format!("  passed   {name} ({})", human(*time)),
            Outcome::Failed => format!("  FAILED   {name} ({})", human(*time)),
            Outcome::NotRun => format!("  not run  {name}"),
        })
        .collect()
}

fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

fn host(repository: &Repository, arguments: &[&str]) -> Command {
    let mut cargo = process::cargo();
    cargo.current_dir(repository.root()).args(arguments);
    cargo
}

/// cargo in the plugins' workspace, for the machine's own target.
fn guests(repository: &Repository, arguments: &[&str]) -> Command {
    let mut cargo = process::cargo();
    cargo.current_dir(repository.plugins()).args(arguments);
    if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR") {
        cargo.env("CARGO_TARGET_DIR", repository.root().join(folder).join("plugins"));
    }
    cargo
}

fn formatting(repository: &Repository, _: &Arguments) -> Result<()> {
    process::run(&mut host(repository, &["fmt", "--all", "--check"]))
        .and_then(|()| process::run(&mut guests(repository, &["fmt", "--all", "--check"])))
        .context("run `cargo fmt --all`, in plugins/ too")
}

fn clippy(repository: &Repository, _: &Arguments) -> Result<()> {
    process::run(&mut host(
        repository,
        &[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ))
}

fn plugins_clippy(repository: &Repository, _: &Arguments) -> Result<()> {
    process::run(&mut guests(
        repository,
        &[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ))
}

fn documentation(repository: &Repository, _: &Arguments) -> Result<()> {
    process::run(
        host(repository, &["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn nextest(repository: &Repository, _: &Arguments) -> Result<()> {
    let present = process::cargo()
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !present {
        say("tests: cargo-nextest is not installed; installing it (minutes, once)");
        process::run(process::cargo().args(["install", "cargo-nextest", "--locked"]))
            .context("cargo-nextest cannot be installed; install it by hand and try again")?;
    }
    // The tests run the program too; nextest builds only what it runs itself.
    process::run(&mut host(
        repository,
        &["build", "--locked", "--workspace", "--bins"],
    ))?;
    process::run(&mut host(
        repository,
        &["nextest", "run", "--locked", "--workspace"],
    ))
}

/// The rules are tested in the host's workspace already.
fn plugins_tests(repository: &Repository, _: &Arguments) -> Result<()> {
    process::run(&mut guests(
        repository,
        &[
            "test",
            "--locked",
            "--workspace",
            "--exclude",
            "assay-rules",
            "--quiet",
        ],
    ))
}

#[cfg(test)]
mod tests;
