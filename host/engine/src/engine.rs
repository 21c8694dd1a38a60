//! The engine: compiles, keeps and calls plugins.

mod plugins;
mod register;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Digest, Limits, World};
use tokio::sync::Semaphore;
use wasmtime::component::{Component, Linker};

use crate::artifact::Artifacts;
use crate::call::{self, Call, CallContext, Document};
use crate::job::{CheckSettings, Extract, Guest, Score, Validate};
use crate::load::{Compiled, LoadError, Plugin, compile, link};
use crate::prepared::Prepared;
use crate::refuse::Refused;
use crate::result::{Extracted, Report, ScoreReport, SettingsProblem};
use crate::snapshot::{self, NoSnapshot};
use crate::state::State;
use crate::ticker::Ticker;
use crate::{capability, config, wasi};
use plugins::Plugins;

/// How an engine is set up.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Where compiled components are kept; none compiles them at every start.
    pub cache: Option<CacheOptions>,
    /// Calls that may run at the same time; more wait.
    pub concurrent_calls: u32,
    /// What no call exceeds, whatever it asks for.
    pub maximum: Limits,
    /// Most bytes of a component.
    pub component_bytes: usize,
    /// How long a caller waits for a plugin to be loaded, which is outside of a call's own deadline: what has to be
    /// compiled takes seconds, once.
    pub load_deadline: Duration,
    /// Most fuel of a call: about one unit per instruction, the same on every machine. None does not count it: counting
    /// slows every call, so it is for an engine of its own, for tests, metering and replay checks.
    pub fuel: Option<u64>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            cache: None,
            concurrent_calls: 64,
            maximum: Limits::MAXIMUM,
            component_bytes: 32 << 20,
            load_deadline: Duration::from_mins(1),
            fuel: None,
        }
    }
}

/// The cache of compiled components.
#[derive(Clone)]
pub struct CacheOptions {
    /// A directory of this host alone; it is made private.
    pub dir: PathBuf,
    /// The host's key: what was not written with it is not loaded.
    pub key: [u8; 32],
    /// Most bytes of all files together; what was not used longest goes first.
    pub most_bytes: u64,
}

impl std::fmt::Debug for CacheOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CacheOptions")
            .field("dir", &self.dir)
            .field("most_bytes", &self.most_bytes)
            .finish_non_exhaustive()
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The machine does not have what the sandbox needs.
    #[error("the sandbox can't be set up on this machine: {0}")]
    Sandbox(String),
    /// The cache's directory can't be used.
    #[error("the cache directory {dir} can't be used; it must be a directory that this user may write")]
    Cache {
        /// The directory.
        dir: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No thread could be started.
    #[error("the thread that interrupts plugins can't be started")]
    Thread(#[source] std::io::Error),
}

/// Compiles, keeps and calls plugins. Cloning it is cheap and shares everything.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) options: EngineOptions,
    pub(crate) ticker: Ticker,
    /// Calls that may run; the place of the tenants' fair queue.
    pub(crate) calls: Semaphore,
    pub(crate) linker: Linker<State>,
    artifacts: Option<Artifacts>,
    plugins: Plugins,
    /// One compilation at a time: each takes all cores there are.
    compiling: Arc<Semaphore>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Sets up the sandbox.
    ///
    /// # Errors
    /// The machine lacks what it needs, or the cache's directory can't be used.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let sandbox = |error: wasmtime::Error| EngineError::Sandbox(format!("{error:#}"));
        let engine = config::engine(&options).map_err(sandbox)?;
        let mut linker = Linker::new(&engine);
        wasi::add_to_linker(&mut linker).map_err(sandbox)?;
        capability::add_to_linker(&mut linker).map_err(sandbox)?;
        let artifacts = options.cache.clone().map(|cache| {
            let dir = cache.dir.clone();
            Artifacts::open(cache, &engine).map_err(|source| EngineError::Cache { dir, source })
        });
        Ok(Self {
            shared: Arc::new(Shared {
                ticker: Ticker::start(engine.weak()).map_err(EngineError::Thread)?,
                calls: Semaphore::new(options.concurrent_calls.max(1) as usize),
                artifacts: artifacts.transpose()?,
                plugins: Plugins::default(),
                compiling: Arc::new(Semaphore::new(1)),
                engine,
                linker,
                options,
            }),
        })
    }

    /// The plugin with this digest: from memory, from the cache on disk, or compiled from `bytes`, which are fetched only
    /// then. Callers that want the same plugin at the same time wait for one compilation, and each at most for the load
    /// deadline; the work goes on without them and is there for whoever comes after.
    ///
    /// # Errors
    /// The bytes can't be had, are not the registered ones, or can't be used by this host, or it takes too long.
    pub async fn load<F, E>(
        &self,
        digest: Digest,
        bytes: impl FnOnce() -> F + Send + 'static,
    ) -> Result<Arc<Plugin>, LoadError>
    where
        F: Future<Output = Result<Vec<u8>, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let slot = self.shared.plugins.slot(digest);
        if let Some(plugin) = slot.get() {
            return Ok(Arc::clone(plugin));
        }
        let (engine, limit) = (self.clone(), self.shared.options.load_deadline);
        let task = tokio::spawn(async move {
            let bytes = async {
                // What never comes must not keep others from trying again.
                match tokio::time::timeout(limit, bytes()).await {
                    Ok(bytes) => bytes.map_err(|error| LoadError::Bytes(error.into())),
                    Err(_) => Err(LoadError::Deadline { limit }),
                }
            };
            let filled = slot.get_or_try_init(|| engine.fetched(digest, bytes));
            filled.await.cloned()
        });
        match tokio::time::timeout(limit, task).await {
            Ok(loaded) => loaded.unwrap_or_else(|error| Err(LoadError::Bytes(error.into()))),
            Err(_) => Err(LoadError::Deadline { limit }),
        }
    }

    async fn fetched(
        &self,
        digest: Digest,
        bytes: impl Future<Output = Result<Vec<u8>, LoadError>>,
    ) -> Result<Arc<Plugin>, LoadError> {
        if let Some(plugin) = self.cached(digest).await {
            return Ok(plugin);
        }
        let bytes = bytes.await?;
        let found = Digest::of(&bytes);
        if found != digest {
            return Err(LoadError::Digest {
                expected: digest,
                found,
            });
        }
        self.hostile(move |shared| shared.compiled(digest, &bytes))
            .await
            .map_err(LoadError::Refused)
    }

    /// Has calls of a plugin start from a snapshot of what `prepare` left, made now or read from the cache. The component's
    /// bytes are fetched only when they are needed; who asks at the same time waits for the same snapshot.
    ///
    /// # Errors
    /// There can be no snapshot, and why: calls prepare for themselves. Bytes that could not be had are asked for again.
    pub async fn snapshot<F, E>(
        &self,
        told: &Arc<Prepared>,
        bytes: impl FnOnce() -> F,
    ) -> Result<(), LoadError>
    where
        F: Future<Output = Result<Vec<u8>, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let key = told.key();
        let slot = self.shared.plugins.slot(key);
        let work = async {
            if let Some(snapshot) = self.cached(key).await {
                return Ok(Ok(snapshot));
            }
            let bytes = bytes().await.map_err(|error| LoadError::Bytes(error.into()))?;
            let (told, runtime) = (Arc::clone(told), tokio::runtime::Handle::current());
            let made = self.hostile(move |shared| {
                Ok(runtime
                    .block_on(snapshot::snapshot(shared, &bytes, &told))
                    .and_then(|bytes| shared.compiled(key, &bytes).map_err(NoSnapshot::from)))
            });
            let made = made.await.unwrap_or_else(|refused| Err(refused.into()));
            Ok(made)
        };
        let made = told.snapshot.get_or_try_init(|| async {
            match slot.get() {
                Some(kept) => Ok(Ok(Arc::clone(kept))),
                None => work.await,
            }
        });
        if let Ok(snapshot) = made.await? {
            slot.set(Arc::clone(snapshot)).ok();
        }
        Ok(())
    }

    /// What a plugin finds wrong with what it is told; empty when nothing.
    pub async fn check_settings(
        &self,
        told: &Prepared,
        context: &CallContext<'_>,
    ) -> Call<Vec<SettingsProblem>> {
        let plugin = &told.plugin;
        let Some(guest) = Guest::of(plugin, told.world) else {
            return without(plugin, told.world);
        };
        call::run(
            &self.shared,
            &plugin.instance,
            context,
            CheckSettings { guest, told },
        )
        .await
    }

    /// Has an extractor read a document.
    pub async fn extract(
        &self,
        told: &Prepared,
        context: &CallContext<'_>,
        document: Document<'_>,
    ) -> Call<Extracted> {
        let (plugin, fresh) = told.start();
        let Some(guest) = &plugin.extraction else {
            return without(plugin, World::Extractor);
        };
        let job = Extract {
            guest,
            told: fresh.then_some(told),
            document,
        };
        call::run(&self.shared, &plugin.instance, context, job).await
    }

    /// Has a validator judge data, a JSON text.
    pub async fn validate(&self, told: &Prepared, context: &CallContext<'_>, data: &str) -> Call<Report> {
        let (plugin, fresh) = told.start();
        let Some(guest) = &plugin.validation else {
            return without(plugin, World::Validator);
        };
        let job = Validate {
            guest,
            told: fresh.then_some(told),
            data,
        };
        call::run(&self.shared, &plugin.instance, context, job).await
    }

    /// Has a scorer judge data, a JSON text.
    pub async fn score(&self, told: &Prepared, context: &CallContext<'_>, data: &str) -> Call<ScoreReport> {
        let (plugin, fresh) = told.start();
        let Some(guest) = &plugin.scoring else {
            return without(plugin, World::Scorer);
        };
        let job = Score {
            guest,
            told: fresh.then_some(told),
            data,
        };
        call::run(&self.shared, &plugin.instance, context, job).await
    }

    /// Runs work on bytes of strangers where it blocks nobody, one at a time.
    async fn hostile<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let panicked = || {
            Refused::one(
                "compile",
                "reading it panicked; report this component to the host's authors",
            )
        };
        let Ok(permit) = Arc::clone(&self.shared.compiling).acquire_owned().await else {
            return Err(panicked());
        };
        let shared = Arc::clone(&self.shared);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&shared)
        });
        task.await.unwrap_or_else(|_| Err(panicked()))
    }

    async fn cached(&self, digest: Digest) -> Option<Arc<Plugin>> {
        self.shared.artifacts.as_ref()?;
        let shared = Arc::clone(&self.shared);
        let task = tokio::task::spawn_blocking(move || {
            let component = shared.artifacts.as_ref()?.read(&shared.engine, &digest)?;
            link(&shared.linker, digest, &component).ok()
        });
        task.await.ok().flatten().map(Arc::new)
    }
}

impl Shared {
    /// Compiles without letting anybody know.
    fn compile(&self, digest: Digest, bytes: &[u8]) -> Result<Compiled, Refused> {
        let component = compile(&self.engine, bytes)?;
        let plugin = link(&self.linker, digest, &component)?;
        let plugin = Arc::new(plugin);
        Ok(Compiled { component, plugin })
    }

    fn compiled(&self, digest: Digest, bytes: &[u8]) -> Result<Arc<Plugin>, Refused> {
        let compiled = self.compile(digest, bytes)?;
        self.keep(&digest, &compiled.component);
        Ok(compiled.plugin)
    }

    /// Puts it where it is found after a restart.
    fn keep(&self, digest: &Digest, component: &Component) {
        if let Some(artifacts) = &self.artifacts {
            artifacts.write(digest, component);
        }
    }
}

fn without<T>(plugin: &Plugin, world: World) -> Call<T> {
    let worlds: Vec<_> = plugin.worlds().into_iter().map(World::as_str).collect();
    Call::refused(format!(
        "the plugin has no `{world}`; it has {}",
        worlds.join(", ")
    ))
}
