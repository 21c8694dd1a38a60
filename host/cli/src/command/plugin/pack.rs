//! `assay plugin pack`: a component and its manifest become one file.
//!
//! Invariant: what is written would be registered; what would be refused is not written, and every reason is shown.

use std::path::Path;

use anyhow::Context as _;
use assay_domain::{Digest, Manifest};
use assay_engine::{Engine, Refused, manifest};
use serde_json::{Value, json};

use crate::args::PackArguments;
use crate::failure::Exit;
use crate::output::{Format, Output, size, visible};
use crate::wire;

pub(crate) async fn run(arguments: &PackArguments, output: &Output) -> anyhow::Result<Exit> {
    let file = &arguments.file;
    let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    let manifest = read_manifest(&arguments.manifest)?;
    let embedded =
        manifest::embed(&bytes, &manifest).with_context(|| format!("can't pack {}", file.display()))?;
    let engine = Engine::new(wire::sandbox())?;
    let refused = |refused: Refused| anyhow::anyhow!("{} would be refused: {refused}", file.display());
    let candidate = engine.check(embedded.into()).await.map_err(refused)?;
    engine.compile(&candidate).await.map_err(refused)?;
    let wrapped = candidate.original.is_some();
    // A module has its manifest inside; at the outside it is found by every tool.
    let packed = if wrapped {
        manifest::embed(&candidate.component, &manifest)?.into()
    } else {
        candidate.component
    };
    write(&arguments.out, &packed)?;
    let digest = Digest::of(&packed);
    match output.format {
        Format::Json => output.json(&json!({
            "name": manifest.name, "version": manifest.version, "file": arguments.out, "size": packed.len(),
            "sha256": digest, "wrapped": wrapped,
        })),
        Format::Human => output.line(&format!(
            "{} {} in {} ({}, sha256 {digest})",
            manifest.name,
            manifest.version,
            arguments.out.display(),
            size(packed.len()),
        )),
    }
    Ok(Exit::Done)
}

fn read_manifest(path: &Path) -> anyhow::Result<Manifest> {
    let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    let table: toml::Value =
        toml::from_str(&text).with_context(|| format!("{} is not TOML", path.display()))?;
    let value: Value = serde_json::to_value(table)?;
    Manifest::from_json(&value).map_err(|problems| {
        let listed: Vec<_> = problems
            .iter()
            .map(|problem| format!("`{}` {}", problem.pointer, visible(&problem.message)))
            .collect();
        anyhow::anyhow!("{} can't be used: {}", path.display(), listed.join("; "))
    })
}

/// Whole or not at all: a build that is interrupted leaves no half of a plugin.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, bytes)
        .and_then(|()| std::fs::rename(&partial, path))
        .with_context(|| format!("can't write {}", path.display()))
}
