//! The engine: compiles, keeps and calls plugins.

mod find;
mod options;
mod plugins;
mod register;
mod turn;

use std::sync::Arc;

use assay_domain::World;
use tokio::sync::Semaphore;
use wasmtime::component::Linker;

use crate::artifact::Artifacts;
use crate::call::{self, Call, CallContext, Document};
use crate::compile::Compiler;
use crate::config::Code;
use crate::job::{CheckSettings, Extract, Guest, Resolve, Score, Validate};
use crate::load::Plugin;
use crate::prepared::Prepared;
use crate::result::{Extracted, Report, Resolution, ScoreReport, SettingsProblem};
use crate::state::State;
use crate::ticker::Ticker;
use crate::{capability, config, wasi};
pub use options::{CacheOptions, EngineError, EngineOptions};
use plugins::Plugins;

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
    pub(crate) compiler: Compiler,
    /// One compilation of uploads and snapshots at a time: each takes all cores there are.
    compiling: Arc<Semaphore>,
    /// One of plugins that calls wait for.
    loading: Arc<Semaphore>,
    /// Snapshots queue up here first: nobody waits for one, so whoever uploads has at most one before it.
    snapshots: Semaphore,
    /// Looking at a component takes moments, which nobody waits minutes for.
    looking: Arc<Semaphore>,
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
                plugins: Plugins::new(options.loaded_plugins, options.loaded_bytes),
                compiler: Compiler::new(
                    options.compiler.clone(),
                    options.compile,
                    Code::of(&options),
                    &engine,
                ),
                compiling: Arc::new(Semaphore::new(1)),
                loading: Arc::new(Semaphore::new(1)),
                snapshots: Semaphore::new(1),
                looking: Arc::new(Semaphore::new(1)),
                engine,
                linker,
                options,
            }),
        })
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

    /// Has a resolver answer a request over a catalog, both JSON texts.
    pub async fn resolve(
        &self,
        told: &Prepared,
        context: &CallContext<'_>,
        catalog: &str,
        request: &str,
    ) -> Call<Resolution> {
        let (plugin, fresh) = told.start();
        let Some(guest) = &plugin.resolution else {
            return without(plugin, World::Resolver);
        };
        let job = Resolve {
            guest,
            told: fresh.then_some(told),
            catalog,
            request,
        };
        call::run(&self.shared, &plugin.instance, context, job).await
    }
}

fn without<T>(plugin: &Plugin, world: World) -> Call<T> {
    let worlds: Vec<_> = plugin.worlds().into_iter().map(World::as_str).collect();
    Call::refused(format!(
        "the plugin has no `{world}`; it has {}",
        worlds.join(", ")
    ))
}
