//! `assay plugin register`: releases into the database.

use anyhow::Context as _;
use assay_service::{RegisterError, Services};
use assay_store::Store;
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
    let done = all(arguments, &services, &store, output).await;
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
        let row = match services
            .register_plugin(&actor, bytes.into(), !arguments.no_activate)
            .await
        {
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
