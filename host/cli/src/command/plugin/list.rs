//! `assay plugin list`: what is registered.

use serde_json::json;

use crate::config::Config;
use crate::failure::Exit;
use crate::output::{Format, Output, visible};
use crate::wire::{self, Database};

pub(crate) async fn run(config: &Config, output: &Output) -> anyhow::Result<Exit> {
    let database = Database::open(config, output).await?;
    let store = wire::store(config, &database.url).await?;
    let services = wire::services(config, store.clone())?;
    let plugins = services.plugins(&wire::platform()).await;
    store.close().await;
    database.close().await?;
    let plugins = plugins?;
    match output.format {
        Format::Json => output.json(&json!({"items": plugins})),
        Format::Human => {
            for plugin in &plugins {
                let worlds: Vec<_> = plugin.worlds.iter().map(|world| world.as_str()).collect();
                let newest = plugin
                    .newest
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), ToString::to_string);
                output.line(&format!(
                    "{:<32} {newest:<10} {:<10} {}",
                    plugin.name.as_str(),
                    worlds.join(","),
                    visible(&plugin.description)
                ));
            }
            if plugins.is_empty() {
                output.note("no plugins are registered; `assay plugin register FILE.wasm` registers one");
            }
        }
    }
    Ok(Exit::Done)
}
