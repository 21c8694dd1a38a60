//! `assay plugin activate` and `rollback`: which releases are in use.

use assay_service::{ActivateReleaseError, InUse};
use assay_store::Store;

use crate::args::ActivateArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output};
use crate::wire;

pub(crate) async fn run(
    arguments: &ActivateArguments,
    back: bool,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let done = wire::on_store(config, output, async |store| {
        change(arguments, back, config, store).await
    })
    .await?;
    match output.format {
        Format::Json => output.json(&done),
        Format::Human => {
            let whom = if done.client.is_some() {
                "for this client"
            } else {
                "for all"
            };
            let versions: Vec<_> = done.releases.iter().map(ToString::to_string).collect();
            output.line(&format!("{}: in use {whom}: {}", done.name, versions.join(", ")));
        }
    }
    Ok(Exit::Done)
}

async fn change(
    arguments: &ActivateArguments,
    back: bool,
    config: &Config,
    store: &Store,
) -> anyhow::Result<InUse> {
    let actor = wire::owner(store, arguments.client.as_deref()).await?;
    let services = wire::services(config, store.clone())?;
    let (name, version) = (&arguments.name, &arguments.release);
    let done = if back {
        services.roll_back_release(&actor, name, version, None).await
    } else {
        services.activate_release(&actor, name, version, None).await
    };
    match done {
        Err(ActivateReleaseError::NotFound) => {
            let message =
                format!("there is no release {version} of `{name}`; `assay plugin list` shows what there is");
            Err(UsageError(message).into())
        }
        Err(ActivateReleaseError::Unfit { reasons, .. }) => {
            let listed: Vec<_> = reasons.into_iter().map(|reason| reason.message).collect();
            let message = format!(
                "{name} {version} is unfit, and what was in use stays: {}",
                listed.join("; ")
            );
            Err(anyhow::anyhow!(message))
        }
        done => Ok(done?),
    }
}
