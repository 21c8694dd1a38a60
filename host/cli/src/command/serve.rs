//! `assay serve`: the API over a database that is there.

use assay_api::auth::Auth;
use assay_api::{ApiOptions, Draining};
use assay_store::migrate;
use tokio::net::TcpListener;

use crate::args::ServeArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::Output;
use crate::{keys, lifecycle, wire};

pub(crate) async fn run(
    arguments: &ServeArguments,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let Some(url) = &config.database_url else {
        let message = "`serve` needs a database: set DATABASE_URL, or use `assay up`, which brings one";
        return Err(UsageError(message.to_owned()).into());
    };
    let auth = Auth::new(keys::verifying(config)?, wire::clock());
    let listener = listen(config).await?;
    if arguments.migrate {
        let applied = migrate::up(url).await?;
        tracing::info!(applied, "migrated");
    }
    let store = wire::store(config, url).await?;
    let services = wire::services(config, store.clone())?;
    let startup = services.startup().await?;
    let draining = Draining::default();
    let router = assay_api::router(services.clone(), auth, options(draining.clone()));
    output.note(&format!("listening on http://{}", listener.local_addr()?));
    lifecycle::serve(listener, router, &services, draining).await?;
    startup.stop().await;
    store.close().await;
    Ok(Exit::Done)
}

/// The address, taken before anything else is begun.
pub(crate) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.listen;
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!(
            "can't listen on {address}: {error}; stop what uses it, or name another with --listen (port 0 takes any \
             that is free)"
        );
        anyhow::anyhow!(message)
    })
}

pub(crate) fn options(draining: Draining) -> ApiOptions {
    let metrics = assay_api::metrics::install();
    if let Err(error) = &metrics {
        tracing::warn!(%error, "no metrics are collected");
    }
    ApiOptions {
        metrics: metrics.ok(),
        draining,
        ..ApiOptions::default()
    }
}
