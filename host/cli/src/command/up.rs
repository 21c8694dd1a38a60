//! `assay up`: everything from nothing to verdicts and a service, by one command, again and again.
//!
//! Invariant: every step finds what an earlier run did, finished or killed in the middle, and goes on from there.

mod documents;
mod samples;
mod seed;
mod table;

use std::time::Duration;

use assay_api::Draining;
use assay_api::auth::{Auth, issue};
use assay_domain::{Actor, Role};
use assay_service::Services;
use assay_store::{Store, migrate};
use serde_json::json;
use tokio::net::TcpListener;

use crate::args::UpArguments;
use crate::command::serve;
use crate::config::Config;
use crate::failure::Exit;
use crate::output::{Format, Output};
use crate::wire::{self, Database};
use crate::{keys, lifecycle};
pub(crate) use seed::seed;

/// How long the printed token is valid.
const TOKEN_LIFE: Duration = Duration::from_hours(12);

pub(crate) async fn run(arguments: &UpArguments, config: &Config, output: &Output) -> anyhow::Result<Exit> {
    // First, since nothing else is worth beginning when it fails.
    let listener = if arguments.once {
        None
    } else {
        Some(serve::listen(config).await?)
    };
    let database = Database::open(config, output).await?;
    let done = tokio::select! {
        done = within(listener, &database.url, config, output) => done,
        stopped = lifecycle::stopped(), if arguments.once => {
            stopped?;
            output.note("stopped; the next run goes on from here");
            Ok(Exit::Failed)
        }
    };
    database.close().await?;
    done
}

async fn within(
    listener: Option<TcpListener>,
    url: &str,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let applied = migrate::up(url).await?;
    output.note(&match applied {
        0 => "migrations: all there".to_owned(),
        applied => format!("migrations: {applied} applied"),
    });
    let store = wire::store(config, url).await?;
    let services = wire::services(config, store.clone())?;
    let startup = services.startup().await?;
    if startup.taken_over > 0 {
        output.note(&format!(
            "processes: took over {} that a killed host left",
            startup.taken_over
        ));
    }
    let once = listener.is_none();
    let done = async {
        seed(&services, &store, output).await?;
        let rows = documents::judge(&services, output).await?;
        let exit = table::show(&rows, output);
        match listener {
            Some(listener) => serve_on(listener, &services, config, output)
                .await
                .map(|()| Exit::Done),
            None => Ok(exit),
        }
    }
    .await;
    // Who served has finished what could be in time, or was told not to.
    if once {
        lifecycle::finish(&services).await;
    }
    startup.stop().await;
    close(store).await;
    done
}

async fn close(store: Store) {
    store.close().await;
}

async fn serve_on(
    listener: TcpListener,
    services: &Services,
    config: &Config,
    output: &Output,
) -> anyhow::Result<()> {
    let key = keys::signing(config)?;
    let mut believed = vec![key.verifying()];
    if !config.token_keys.is_empty() {
        believed.extend(keys::verifying(config)?);
    }
    let auth = Auth::new(believed, wire::clock());
    let draining = Draining::default();
    let router = assay_api::router(services.clone(), auth, serve::options(draining.clone()));
    let address = listener.local_addr()?;
    if let Some(tenant) = samples::Tenants::load()?.client.first() {
        let actor = Actor {
            client: Some(tenant.client_id),
            role: Role::Operator,
            subject: "up".to_owned(),
        };
        let token = issue(&key, &actor, TOKEN_LIFE, wire::clock().as_ref())?;
        greet(&format!("http://{address}"), &tenant.slug, &token, output);
    }
    lifecycle::serve(listener, router, services, draining).await
}

fn greet(url: &str, client: &str, token: &str, output: &Output) {
    if output.format == Format::Json {
        output.json(&json!({"listening": url, "client": client, "role": "operator", "token": token}));
        return;
    }
    output.line(&format!(
        "\nServing on {url}; Ctrl-C stops it.\n\n\
         A token of role operator of {client}, valid for 12 hours; paste this to use it:\n\n\
         export ASSAY_TOKEN={token}\n\
         curl -sH \"Authorization: Bearer $ASSAY_TOKEN\" '{url}/v1/processes?limit=3'\n\
         curl -sH \"Authorization: Bearer $ASSAY_TOKEN\" -H 'Content-Type: application/json' {url}/v1/processes \\\n  \
           -d '{{\"process_type_id\":\"payroll_v1\",\"documents\":[{{\"data\":{{\"total_gross\":100,\"total_net\":120}}}}]}}'\n\n\
         Another one: assay token --client {client} --role admin"
    ));
}
