//! `assay plugin yank`: a release is selected no more.

use assay_service::{Release, YankError};
use assay_store::Store;

use crate::args::YankArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output};
use crate::wire;

pub(crate) async fn run(arguments: &YankArguments, config: &Config, output: &Output) -> anyhow::Result<Exit> {
    let release = wire::on_store(config, output, async |store| yank(arguments, config, store).await).await?;
    match output.format {
        Format::Json => output.json(&release),
        Format::Human => output.line(&format!(
            "{} {} is yanked: it is selected no more, and stays where it is pinned",
            release.name, release.version
        )),
    }
    Ok(Exit::Done)
}

async fn yank(arguments: &YankArguments, config: &Config, store: &Store) -> anyhow::Result<Release> {
    let actor = wire::owner(store, arguments.client.as_deref()).await?;
    let services = wire::services(config, store.clone())?;
    let (name, version) = (&arguments.name, &arguments.release);
    match services.yank_release(&actor, name, version).await {
        Err(YankError::NotFound) => {
            let whose = arguments.client.as_deref().unwrap_or("the platform");
            let message = format!(
                "{whose} has no release {version} of `{name}`; `assay plugin list` shows what there is"
            );
            Err(UsageError(message).into())
        }
        done => Ok(done?),
    }
}
