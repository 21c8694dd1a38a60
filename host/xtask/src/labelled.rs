//! `cargo xtask labelled`: the generated documents with labels, for `assay evaluate`.

use anyhow::{Context as _, Result};
use clap::Args;
use std::io::Write as _;

/// Which documents.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The same seed gives the same documents.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many.
    #[arg(long, default_value_t = 2_000)]
    documents: usize,
}

/// Writes them to standard output, one line each.
///
/// # Errors
/// Standard output can't be written to.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for document in assay_labelled::generate(arguments.seed, arguments.documents) {
        writeln!(out, "{}", document.to_line()).context("the documents can't be written")?;
    }
    out.flush().context("the documents can't be written")
}
