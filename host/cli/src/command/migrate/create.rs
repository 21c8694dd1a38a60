//! `assay migrate new`: the two files of a migration, named as the others are.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output};
use crate::wire;

pub(crate) fn run(name: &str, dir: &Path, output: &Output) -> anyhow::Result<Exit> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > 80 || !name.chars().all(allowed) || !name.contains('_') {
        let message = format!(
            "`{}` is no name: write `noun_change` in lower-case letters, digits and `_`",
            name.escape_default()
        );
        return Err(UsageError(message).into());
    }
    if !dir.is_dir() {
        return Err(UsageError(format!(
            "{} is no folder; name the migrations' with --dir",
            dir.display()
        ))
        .into());
    }
    let time = wire::clock().now().format("%Y%m%d%H%M%S");
    let mut files = Vec::new();
    for (direction, text) in [
        ("up", "-- What this changes, and why.\n"),
        ("down", "-- Takes the change back.\n"),
    ] {
        let path = dir.join(format!("{time}_{name}.{direction}.sql"));
        std::fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
        files.push(path);
    }
    match output.format {
        Format::Json => output.json(&json!({"files": files})),
        Format::Human => files
            .iter()
            .for_each(|file| output.line(&file.display().to_string())),
    }
    Ok(Exit::Done)
}
