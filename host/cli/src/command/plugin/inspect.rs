//! `assay plugin inspect`: what a plugin is, without a database. Nothing of it runs but what prepares it, to see whether
//! its calls start from a snapshot.

mod snapshot;

use std::sync::Arc;

use assay_domain::Digest;
use assay_engine::inspect::{Kind, inspect};
use assay_engine::{Candidate, Engine, Plugin, Reason, Refused};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::args::InspectArguments;
use crate::builtin;
use crate::failure::Exit;
use crate::output::{Format, Output, size, visible};
use crate::wire;

pub(crate) async fn run(arguments: &InspectArguments, output: &Output) -> anyhow::Result<Exit> {
    let bytes = builtin::plugin(&arguments.plugin)?;
    let length = bytes.len();
    let digest = Digest::of(&bytes);
    let looked = inspect(&bytes).ok();
    let engine = Engine::new(wire::sandbox())?;
    let taken = taken(&engine, bytes).await;
    let snapshots = match &taken {
        Ok((candidate, plugin)) => snapshot::tried(&engine, candidate, plugin, arguments).await?,
        Err(_) => Vec::new(),
    };
    let taken = taken.map(|(candidate, _)| candidate);
    let problems: Vec<Reason> = taken
        .as_ref()
        .err()
        .map(|refused| refused.reasons.clone())
        .unwrap_or_default();
    let manifest = looked.as_ref().and_then(|looked| looked.manifest.as_ref().ok());
    let wrapped = taken.as_ref().ok().filter(|taken| taken.original.is_some());
    let kind = looked.as_ref().map(|looked| match looked.kind {
        Kind::Component => "component",
        Kind::Module => "module",
    });
    // What is shown is what would run: of a module, the component that it becomes.
    let imports = wrapped
        .map(|taken| &taken.imports)
        .or(looked.as_ref().map(|looked| &looked.imports));
    let exports = wrapped
        .map(|taken| &taken.exports)
        .or(looked.as_ref().map(|looked| &looked.exports));
    match output.format {
        Format::Json => output.json(&json!({
            "file": arguments.plugin, "size": length, "sha256": digest, "kind": kind,
            "runs_as": taken.as_ref().ok().map(|taken| taken.digest),
            "worlds": manifest.map(|manifest| &manifest.worlds),
            "manifest": manifest.map(assay_domain::Manifest::to_json),
            "imports": imports, "exports": exports, "snapshot": snapshots,
            "problems": problems.iter().map(|reason| json!({"code": reason.code, "message": reason.message})).collect::<Vec<Value>>(),
        })),
        Format::Human => {
            if let Some(manifest) = manifest {
                output.line(&format!("{} {}: {}", manifest.name, manifest.version, visible(&manifest.description)));
                let worlds: Vec<_> = manifest.worlds.iter().map(|world| world.as_str()).collect();
                output.line(&format!("worlds   {}", worlds.join(", ")));
            }
            output.line(&format!("file     {} ({}, {})", arguments.plugin, kind.unwrap_or("neither component nor module"), size(length)));
            output.line(&format!("sha256   {digest}"));
            if let Some(taken) = wrapped {
                output.line(&format!("runs as  {} (wrapped as a component)", taken.digest));
            }
            list(output, "imports", imports.map(Vec::as_slice).unwrap_or_default());
            list(output, "exports", exports.map(Vec::as_slice).unwrap_or_default());
            for snapshot in &snapshots {
                let of = match snapshots.len() {
                    1 => String::new(),
                    _ => format!("{} ", snapshot.world),
                };
                output.line(&format!("{of}starts from a snapshot: {}", visible(&snapshot.sentence())));
            }
            for reason in &problems {
                output.line(&format!("{} {}: {}", output.bad("problem"), reason.code, visible(&reason.message)));
            }
        }
    }
    Ok(if problems.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// What would be registered, ready to be called, or every reason why it would be refused.
async fn taken(engine: &Engine, bytes: Bytes) -> Result<(Candidate, Arc<Plugin>), Refused> {
    let candidate = engine.check(bytes).await?;
    let compiled = engine.compile(&candidate).await?;
    Ok((candidate, engine.publish(compiled).await))
}

fn list(output: &Output, label: &str, names: &[String]) {
    for (index, name) in names.iter().enumerate() {
        output.line(&format!(
            "{:<8} {}",
            if index == 0 { label } else { "" },
            visible(name)
        ));
    }
}
