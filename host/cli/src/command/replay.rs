//! `assay replay`: a stored call of a plugin once more, and what differs.

use assay_domain::{Actor, InvocationId, Role};
use assay_service::{Ran, Replay, ReplayError, Services};
use assay_store::Store;
use serde_json::Value;

use crate::args::ReplayArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output, visible};
use crate::wire;

/// How much of a value that differs is shown.
const SHOWN: usize = 200;

pub(crate) async fn run(
    arguments: &ReplayArguments,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let replay = wire::on_store(config, output, async |store| {
        replay(arguments, config, store).await
    })
    .await?;
    match output.format {
        Format::Json => output.json(&replay),
        Format::Human => human(&replay, output),
    }
    Ok(if replay.same { Exit::Done } else { Exit::Failed })
}

async fn replay(arguments: &ReplayArguments, config: &Config, store: &Store) -> anyhow::Result<Replay> {
    let services = wire::services(config, store.clone())?;
    let id = InvocationId(arguments.invocation);
    let clients = if let Some(name) = &arguments.client {
        vec![wire::client(store, name).await?]
    } else {
        let mut tx = store.begin_platform().await?;
        let clients = tx.clients().await?;
        tx.rollback().await?;
        clients.into_iter().map(|client| client.id).collect()
    };
    for client in clients {
        let actor = Actor {
            client: Some(client),
            role: Role::Operator,
            subject: "cli".to_owned(),
        };
        if let Some(replay) = of(&services, &actor, id).await? {
            return Ok(replay);
        }
    }
    let message = format!("there is no invocation {id}; a process lists those it made");
    Err(UsageError(message).into())
}

/// The replay, if the invocation is this client's.
async fn of(services: &Services, actor: &Actor, id: InvocationId) -> anyhow::Result<Option<Replay>> {
    match services.replay(actor, id).await {
        Ok(replay) => Ok(Some(replay)),
        // A client that is not served has its data intact; it is not the one that was asked for.
        Err(ReplayError::NotFound(_) | ReplayError::Client(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn human(replay: &Replay, output: &Output) {
    let ended = |ran: &Ran| match (&ran.output_sha256, &ran.error) {
        (Some(digest), _) => format!("{} {digest}", ran.outcome),
        (None, Some(error)) => format!("{} {}: {}", ran.outcome, error.code, visible(&error.message)),
        (None, None) => ran.outcome.clone(),
    };
    output.line(&format!("recorded  {}", ended(&replay.recorded)));
    output.line(&format!("replayed  {}", ended(&replay.replayed)));
    for difference in &replay.differences {
        let field = visible(&difference.field);
        output.line(&format!("  {}", output.odd(&field)));
        for (side, value) in [
            ("recorded", &difference.recorded),
            ("replayed", &difference.replayed),
        ] {
            output.line(&format!(
                "    {side}  {}",
                value.as_ref().map_or_else(|| "nothing".to_owned(), short)
            ));
        }
    }
    output.line(&if replay.same {
        output.good("the same, byte for byte")
    } else {
        output.bad("not the same")
    });
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    visible(&shown)
}
