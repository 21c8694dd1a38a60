//! Putting the host's parts together: the database, the sandbox, the services.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use assay_domain::{Actor, ClientId, Clock, Role, SystemClock};
use assay_engine::{CacheOptions, CompileLimits, CompilerProgram, Engine, EngineOptions};
use assay_service::sites::SiteOptions;
use assay_service::{IntakeLimits, Parts, QueueLimits, Services, SystemRandomness, Vault};
use assay_store::embedded::{Embedded, EmbeddedError, EmbeddedOptions, Progress};
use assay_store::{ConnectOptions, Store};
use chrono::TimeDelta;

use crate::config::{Config, Every};
use crate::failure::UsageError;
use crate::keys;
use crate::output::Output;

/// Where a running embedded database is reached, for other commands of the same data directory.
const ADDRESS: &str = "database.url";

/// A database to work with, and the server when it was started for this command.
#[derive(Debug)]
pub(crate) struct Database {
    /// The address for migrations and for work: the store works as `assay_app` either way.
    pub(crate) url: String,
    embedded: Option<(Embedded, PathBuf)>,
}

impl Database {
    /// The one that is configured, else the embedded one of the data directory: running, or started now.
    pub(crate) async fn open(config: &Config, output: &Output) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self {
                url: url.clone(),
                embedded: None,
            });
        }
        let folder = keys::data_dir(config)?;
        let address = folder.join(ADDRESS);
        let options = EmbeddedOptions {
            folder,
            bindir: config.pg_bindir.clone(),
            search_path: std::env::var_os("PATH"),
            durable: true,
        };
        let started = Embedded::start(&options, |progress| {
            output.note(&match progress {
                Progress::Moved { from, to } => {
                    format!(
                        "database: PostgreSQL's user can't enter {}, so it is in {}",
                        from.display(),
                        to.display()
                    )
                }
                Progress::Initializing { folder } => format!("database: making it in {}", folder.display()),
                Progress::Starting { version } => format!("database: starting PostgreSQL {version}"),
                Progress::Adopted { pid } => {
                    format!("database: it runs already (process {pid}), taking it over")
                }
            });
        })
        .await;
        let embedded = match started {
            Err(EmbeddedError::InUse { folder }) => {
                // A running host's: it is reached at the address that the host left here.
                let url = std::fs::read_to_string(&address).unwrap_or_default();
                return match Store::connect(&url, ConnectOptions::default()).await {
                    Ok(_) => Ok(Self { url, embedded: None }),
                    Err(_) => Err(EmbeddedError::InUse { folder }.into()),
                };
            }
            started => started?,
        };
        let url = embedded.owner_url();
        std::fs::write(&address, &url).with_context(|| format!("can't write {}", address.display()))?;
        Ok(Self {
            url,
            embedded: Some((embedded, address)),
        })
    }

    /// Stops the server when it was started for this command.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Some((embedded, address)) = self.embedded {
            // Whoever reads it later finds out that nobody answers there.
            let _ = std::fs::remove_file(address);
            embedded.stop().await?;
        }
        Ok(())
    }
}

/// Connects, and sees to it that the schema is this program's.
pub(crate) async fn store(config: &Config, url: &str) -> anyhow::Result<Store> {
    let options = ConnectOptions {
        connections: config.connections,
        ..ConnectOptions::default()
    };
    let store = Store::connect(url, options).await?;
    store.check_migrated().await?;
    Ok(store)
}

/// Does something with a store, and closes it and its database whatever comes of it.
pub(crate) async fn on_store<T>(
    config: &Config,
    output: &Output,
    work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let database = Database::open(config, output).await?;
    let store = store(config, &database.url).await?;
    let done = work(&store).await;
    store.close().await;
    database.close().await?;
    done
}

/// The sandbox, with compiled plugins kept in the data directory.
pub(crate) fn engine(config: &Config) -> anyhow::Result<Engine> {
    let cache = CacheOptions {
        dir: keys::data_dir(config)?.join("compiled"),
        key: keys::cache(config)?,
        most_bytes: u64::from(config.cache_mib) << 20,
    };
    let options = EngineOptions {
        cache: Some(cache),
        concurrent_calls: config.concurrent_calls,
        maximum: config.maximum,
        compile: CompileLimits {
            cpu: Duration::from_secs(config.compile_cpu_s.into()),
            // On a busy machine, where calls go before it.
            wall: Duration::from_secs(config.compile_cpu_s.into()).saturating_mul(5),
            memory_bytes: u64::from(config.compile_memory_mib) << 20,
            ..CompileLimits::default()
        },
        loaded_plugins: config.loaded_plugins,
        loaded_bytes: u64::from(config.loaded_mib) << 20,
        ..sandbox()
    };
    Ok(Engine::new(options)?)
}

/// What every sandbox of this program has: components are compiled by this program in a process of its own.
pub(crate) fn sandbox() -> EngineOptions {
    // The kernel's name for what runs, also when the file was replaced since by a newer build.
    let own = PathBuf::from("/proc/self/exe");
    let program = if own.exists() {
        Some(own)
    } else {
        std::env::current_exe().ok()
    };
    EngineOptions {
        compiler: program.map(|program| CompilerProgram {
            program,
            arguments: vec!["compile-component".into()],
        }),
        ..EngineOptions::default()
    }
}

/// The use cases over a store.
pub(crate) fn services(config: &Config, store: Store) -> anyhow::Result<Services> {
    let parts = Parts {
        store,
        engine: engine(config)?,
        clock: clock(),
        intake: IntakeLimits::default(),
        limits_maximum: config.maximum,
        queue: QueueLimits {
            places: config.concurrent_processes,
            waiting: config.waiting_processes,
            guest_time: Duration::from_millis(config.guest_ms_per_second),
            guest_time_burst: Duration::from_millis(60 * config.guest_ms_per_second),
            ..QueueLimits::default()
        },
    };
    let seconds = |every: Every| every.0.and_then(|every| i64::try_from(every).ok());
    let sites = SiteOptions {
        vault: Vault::new(Arc::new(keys::secrets(config)?), Arc::new(SystemRandomness)),
        snapshot_every: seconds(config.snapshot_every).and_then(TimeDelta::try_seconds),
        snapshots_kept: config.snapshots_kept,
        archive_after: seconds(config.archive_after).and_then(TimeDelta::try_seconds),
    };
    Ok(Services::with_sites(parts, sites))
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Who this program is when the host's owner runs it.
pub(crate) fn platform() -> Actor {
    Actor {
        client: None,
        role: Role::Platform,
        subject: "cli".to_owned(),
    }
}

/// Who this program is when it changes plugins: of a client its administrator, else the platform.
pub(crate) async fn owner(store: &Store, client: Option<&str>) -> anyhow::Result<Actor> {
    let Some(name) = client else {
        return Ok(platform());
    };
    Ok(Actor {
        client: Some(self::client(store, name).await?),
        role: Role::Admin,
        subject: "cli".to_owned(),
    })
}

/// The client with this slug or id.
pub(crate) async fn client(store: &Store, name: &str) -> anyhow::Result<ClientId> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let mut tx = store.begin_platform().await?;
    if let Some(client) = tx.client_by_slug(name).await? {
        return Ok(client.id);
    }
    let known: Vec<_> = tx
        .clients()
        .await?
        .into_iter()
        .map(|client| client.slug)
        .collect();
    let known = if known.is_empty() {
        "there are none".to_owned()
    } else {
        format!("there are {}", known.join(", "))
    };
    Err(UsageError(format!("there is no client `{}`; {known}", name.escape_default())).into())
}
