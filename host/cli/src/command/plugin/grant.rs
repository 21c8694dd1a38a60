//! `assay plugin grant` and `revoke`: a client's plugin for another client to use.

use assay_service::Grant;
use assay_store::Store;

use crate::args::GrantArguments;
use crate::config::Config;
use crate::failure::Exit;
use crate::output::{Format, Output};
use crate::wire;

pub(crate) async fn run(
    arguments: &GrantArguments,
    granted: bool,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let done = wire::on_store(config, output, async |store| {
        grant(arguments, granted, config, store).await
    })
    .await?;
    match output.format {
        Format::Json => output.json(&done),
        Format::Human => {
            let may = if granted { "may use" } else { "no longer sees" };
            output.line(&format!(
                "{} {may} {} of {}",
                arguments.to, done.name, arguments.client
            ));
        }
    }
    Ok(Exit::Done)
}

async fn grant(
    arguments: &GrantArguments,
    granted: bool,
    config: &Config,
    store: &Store,
) -> anyhow::Result<Grant> {
    let owner = wire::client(store, &arguments.client).await?;
    let to = wire::client(store, &arguments.to).await?;
    let services = wire::services(config, store.clone())?;
    let platform = wire::platform();
    let done = services.grant_plugin(&platform, owner, &arguments.name, to, granted);
    Ok(done.await?)
}
