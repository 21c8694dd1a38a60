//! `assay token`: prints a token and nothing else, so that it can go straight into a variable.

use assay_api::auth::issue;
use assay_domain::{Actor, ClientId, Role};
use serde_json::json;

use crate::args::TokenArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output};
use crate::{keys, wire};

pub(crate) async fn run(
    arguments: &TokenArguments,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let client = match (&arguments.client, arguments.role) {
        (None, Role::Platform) => None,
        (Some(_), Role::Platform) => {
            return Err(UsageError("role `platform` has no client; leave --client out".to_owned()).into());
        }
        (None, role) => {
            return Err(UsageError(format!("role `{}` needs --client SLUG|ID", role.as_str())).into());
        }
        (Some(name), _) => Some(find(name, config, output).await?),
    };
    let actor = Actor {
        client,
        role: arguments.role,
        subject: arguments.subject.clone(),
    };
    let token = issue(
        &keys::signing(config)?,
        &actor,
        arguments.ttl,
        wire::clock().as_ref(),
    )?;
    match output.format {
        Format::Human => output.line(&token),
        Format::Json => output.json(&json!({"token": token, "client_id": client, "role": arguments.role})),
    }
    Ok(Exit::Done)
}

/// An id needs no database; a slug has to be looked up.
async fn find(name: &str, config: &Config, output: &Output) -> anyhow::Result<ClientId> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let database = wire::Database::open(config, output).await?;
    let store = wire::store(config, &database.url).await?;
    let found = wire::client(&store, name).await;
    store.close().await;
    database.close().await?;
    found
}
