//! `host/rules/REFERENCE.md`, as the rule language describes itself.

use crate::console::say;
use crate::repository::Repository;
use anyhow::{Context as _, Result};
use std::fs;

const FILE: &str = "host/rules/REFERENCE.md";

/// Writes the page, or says that the committed one differs.
///
/// # Errors
/// An example of the language is not what it says, or the file cannot be written.
pub(super) fn run(repository: &Repository, check: bool) -> Result<Option<String>> {
    let page = assay_rules::page().context("the page of the rule language cannot be made")?;
    let file = repository.root().join(FILE);
    if fs::read_to_string(&file).ok().as_deref() == Some(&page) {
        return Ok(None);
    }
    if check {
        return Ok(Some(format!(
            "{FILE} is not what the rule language says now; run `cargo xtask generated rules`, look at the difference \
             and commit it"
        )));
    }
    fs::write(&file, page).with_context(|| format!("{} cannot be written", file.display()))?;
    say(&format!("generated: {FILE}"));
    Ok(None)
}
