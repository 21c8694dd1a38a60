//! `cargo xtask generated`: the files in the repository that are made from others, and the ones that must not change.
//!
//! - `.sqlx`: what PostgreSQL says about each query, so that the host compiles without a database;
//! - `host/api/openapi.json`: what `assay openapi` prints;
//! - `host/rules/REFERENCE.md`: the page of the rule language, with every example tried;
//! - `wit/plugin-v1.sha256`: the digests of the released WIT package, which is frozen.

mod openapi;
mod rules;
mod sqlx;
mod wit;

use crate::repository::Repository;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

/// Makes the generated files.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail if a file is not what it would be made to be.
    #[arg(long)]
    check: bool,
    /// Accept the WIT package as it is now. Only for a package that no plugin was ever built against.
    #[arg(long, conflicts_with = "check")]
    write_wit: bool,
    /// What to make or check; everything if nothing is named.
    #[arg(value_enum)]
    only: Vec<What>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The query data of sqlx.
    Sqlx,
    /// The OpenAPI document.
    Openapi,
    /// The page of the rule language.
    Rules,
    /// The digests of the WIT package.
    Wit,
}

impl Arguments {
    /// What `cargo xtask test` asks for.
    pub(crate) fn checking() -> Self {
        Self {
            check: true,
            write_wit: false,
            only: Vec::new(),
        }
    }
}

/// Runs the task.
///
/// # Errors
/// A file cannot be made, or with `--check` something is not up to date; every such file is named.
pub(crate) fn run(repository: &Repository, arguments: &Arguments) -> Result<()> {
    let wanted = |what| arguments.only.is_empty() || arguments.only.contains(&what);
    let mut wrong = Vec::new();
    if wanted(What::Wit) || arguments.write_wit {
        wrong.extend(wit::run(repository, arguments.write_wit)?);
    }
    if wanted(What::Rules) {
        wrong.extend(rules::run(repository, arguments.check)?);
    }
    if wanted(What::Sqlx) {
        wrong.extend(sqlx::run(repository, arguments.check)?);
    }
    if wanted(What::Openapi) {
        wrong.extend(openapi::run(repository, arguments.check)?);
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}
