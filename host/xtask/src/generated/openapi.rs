//! `host/api/openapi.json`, as `assay openapi` prints it.

use crate::assay;
use crate::console::say;
use crate::process;
use crate::repository::Repository;
use anyhow::{Context as _, Result};
use std::fs;
use std::process::Command;

const FILE: &str = "host/api/openapi.json";

/// Writes the document, or says how the committed one differs.
///
/// # Errors
/// `assay` does not build or cannot print the document, or the file cannot be written.
pub(super) fn run(repository: &Repository, check: bool) -> Result<Option<String>> {
    let assay = assay::build(repository, assay::Along::Workspace)?;
    let document = process::read(Command::new(assay).arg("openapi").current_dir(repository.root()))?;
    let file = repository.root().join(FILE);
    if fs::read_to_string(&file).ok().as_deref() == Some(&document) {
        return Ok(None);
    }
    if check {
        return Ok(Some(format!(
            "{FILE} is not what the API offers now; run `cargo xtask generated openapi`, look at the difference and commit it"
        )));
    }
    fs::write(&file, document).with_context(|| format!("{} cannot be written", file.display()))?;
    say(&format!("generated: {FILE}"));
    Ok(None)
}
