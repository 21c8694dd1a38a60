//! `assay secrets`: the keys that secret settings of extensions at sites are encrypted with.

use assay_service::sites::{KeyUse, Rotation};
use serde_json::json;

use crate::args::SecretsCommand;
use crate::config::Config;
use crate::failure::Exit;
use crate::output::{Format, Output, visible};
use crate::wire;

pub(crate) async fn run(command: &SecretsCommand, config: &Config, output: &Output) -> anyhow::Result<Exit> {
    match command {
        SecretsCommand::Keys => {
            let keys = wire::on_store(config, output, async |store| {
                let services = wire::services(config, store.clone())?;
                Ok(services.secret_keys(&wire::platform()).await?)
            })
            .await?;
            keys_in_use(&keys, output);
            Ok(if keys.iter().all(|key| key.known) {
                Exit::Done
            } else {
                Exit::Failed
            })
        }
        SecretsCommand::Rotate => {
            let done = wire::on_store(config, output, async |store| {
                let services = wire::services(config, store.clone())?;
                Ok(services.rotate_secrets(&wire::platform()).await?)
            })
            .await?;
            rotated(&done, output);
            Ok(if done.unreadable == 0 {
                Exit::Done
            } else {
                Exit::Failed
            })
        }
    }
}

fn keys_in_use(keys: &[KeyUse], output: &Output) {
    match output.format {
        Format::Json => output.json(&json!({"keys": keys})),
        Format::Human => {
            for key in keys {
                let there = if key.known {
                    ""
                } else {
                    ", which this host does not have"
                };
                output.line(&format!(
                    "{:>8} under `{}`{there}",
                    key.secrets,
                    visible(&key.key_id)
                ));
            }
        }
    }
}

fn rotated(done: &Rotation, output: &Output) {
    match output.format {
        Format::Json => output.json(done),
        Format::Human => {
            output.line(&format!(
                "{} encrypted anew under `{}`",
                done.moved,
                visible(&done.key_id)
            ));
            if done.unreadable > 0 {
                output.line(&format!(
                    "{} can't be opened and stay as they are; `assay secrets keys` says under which key",
                    done.unreadable
                ));
            }
        }
    }
}
