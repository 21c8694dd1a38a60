//! `assay plugin register`: releases into the database.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use assay_service::{Progress, Publishing, RegisterError, Services};
use assay_store::Store;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::args::RegisterArguments;
use crate::config::Config;
use crate::failure::Exit;
use crate::output::{Format, Output, visible};
use crate::wire::{self, Database};

pub(crate) async fn run(
    arguments: &RegisterArguments,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let database = Database::open(config, output).await?;
    let store = wire::store(config, &database.url).await?;
    let services = wire::services(config, store.clone())?;
    // So that other hosts know that somebody works on what is registered here.
    let alive = services.announce().await?;
    let done = all(arguments, &services, &store, output).await;
    // What somebody else waits for is finished first.
    services.drain().await;
    drop(alive);
    store.close().await;
    database.close().await?;
    done
}

async fn all(
    arguments: &RegisterArguments,
    services: &Services,
    store: &Store,
    output: &Output,
) -> anyhow::Result<Exit> {
    let actor = wire::owner(store, arguments.client.as_deref()).await?;
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    for file in &arguments.files {
        let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
        let shown = shown(file, output);
        let told = shown.clone();
        let progress = Progress::to(move |status, word| {
            let word = word.map_or_else(String::new, |word| format!(" ({word})"));
            told.set_message(format!("{status}{word}"));
        });
        let publishing = Publishing {
            activate: !arguments.no_activate,
            progress,
        };
        let registered = services
            .register_plugin_as(&actor, bytes.into(), publishing)
            .await;
        shown.finish_and_clear();
        let row = match registered {
            Ok(release) => {
                let state = if release.new {
                    "registered"
                } else {
                    "was there already"
                };
                if output.format == Format::Human {
                    output.line(&format!(
                        "{} {} {state} (sha256 {})",
                        release.name, release.version, release.sha256
                    ));
                }
                json!({"file": file, "new": release.new, "release": release})
            }
            Err(RegisterError::Refused(reasons)) => {
                exit = Exit::Failed;
                output.error(&format!("{} is refused", file.display()));
                for reason in &reasons {
                    output.note(&format!("  {}: {}", reason.code, visible(&reason.message)));
                }
                let listed = reasons
                    .iter()
                    .map(|reason| json!({"code": reason.code, "message": reason.message}));
                json!({"file": file, "problems": listed.collect::<Vec<Value>>()})
            }
            Err(other) => {
                return Err(anyhow::Error::new(other).context(format!("can't register {}", file.display())));
            }
        };
        rows.push(row);
    }
    if output.format == Format::Json {
        output.json(&json!({"items": rows}));
    }
    Ok(exit)
}

/// How far a file is, for whoever watches a terminal.
fn shown(file: &Path, output: &Output) -> ProgressBar {
    if !output.interactive() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_prefix(visible(&file.display().to_string()));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
