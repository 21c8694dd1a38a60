//! Plugins by digest: from memory, from the cache on disk, or compiled.
//!
//! Invariant: whoever wants the same plugin at the same time waits for one compilation, on this host and on others that
//! share its cache; waiting is bounded, and the work goes on without who gave up.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use assay_domain::Digest;
use bytes::Bytes;
use tokio::time::Instant;

use super::{Engine, Shared};
use crate::artifact::Lock;
use crate::compile::Watch;
use crate::load::{Compiled, LoadError, Plugin, link};
use crate::prepared::Prepared;
use crate::refuse::Refused;
use crate::snapshot::{self, NoSnapshot, SnapshotTrial};

/// How often it is looked whether another host is done with a component.
const LOOK: Duration = Duration::from_millis(50);

impl Engine {
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
            let plugin = filled.await.cloned()?;
            engine.shared.plugins.filled(digest, &plugin);
            Ok(plugin)
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
        let lock = self.lock(digest).await;
        // Another host may have been at it while this one waited.
        if lock.waited
            && let Some(plugin) = self.cached(digest).await
        {
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
        let compiled = self.wanted(move |shared, caller| caller.wait(shared.compiled(digest, &bytes)));
        compiled.await.map_err(LoadError::Refused)
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
            // Never closed.
            let _turn = self.shared.snapshots.acquire().await.ok();
            let lock = self.lock(key).await;
            if lock.waited
                && let Some(snapshot) = self.cached(key).await
            {
                return Ok(Ok(snapshot));
            }
            let bytes = bytes().await.map_err(|error| LoadError::Bytes(error.into()))?;
            let told = Arc::clone(told);
            let made = self.hostile(move |shared, caller| {
                caller.wait(async {
                    let component = snapshot::snapshot(shared, &bytes, &told).await;
                    Ok(match component {
                        Ok(made) => {
                            let compiled = shared.compiled(key, &made.component).await;
                            compiled.map_err(NoSnapshot::from)
                        }
                        Err(none) => Err(none),
                    })
                })
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
            self.shared.plugins.filled(key, snapshot);
        }
        Ok(())
    }

    /// Makes a snapshot of a component to see whether it can be done, and keeps nothing of it.
    ///
    /// # Errors
    /// There can be none, and why.
    pub async fn try_snapshot(
        &self,
        told: &Arc<Prepared>,
        component: Bytes,
    ) -> Result<SnapshotTrial, NoSnapshot> {
        let told = Arc::clone(told);
        let tried = self.hostile(move |shared, caller| {
            caller.wait(async {
                let made = match snapshot::snapshot(shared, &component, &told).await {
                    Ok(made) => made,
                    Err(none) => return Ok(Err(none)),
                };
                let trial = SnapshotTrial {
                    bytes: made.component.len(),
                    prepared: made.prepared,
                };
                shared.compile(told.key(), &made.component, &|_| ()).await?;
                Ok(Ok(trial))
            })
        });
        tried.await.unwrap_or_else(|refused| Err(refused.into()))
    }

    /// What is kept on disk.
    async fn cached(&self, digest: Digest) -> Option<Arc<Plugin>> {
        self.shared.artifacts.as_ref()?;
        let shared = Arc::clone(&self.shared);
        let task = tokio::task::spawn_blocking(move || {
            let component = shared.artifacts.as_ref()?.read(&shared.engine, &digest)?;
            link(&shared.linker, digest, &component).ok()
        });
        task.await.ok().flatten().map(Arc::new)
    }

    /// Keeps other hosts with the same cache from compiling the same at the same time. Who waited too long, or has no
    /// cache, goes on without.
    async fn lock(&self, digest: Digest) -> Held {
        let mut held = Held::default();
        let end = Instant::now() + self.shared.options.compile.wall;
        while Instant::now() < end && held.lock.is_none() {
            let shared = Arc::clone(&self.shared);
            let task = tokio::task::spawn_blocking(move || {
                let artifacts = shared.artifacts.as_ref()?;
                artifacts
                    .lock(&digest)
                    .inspect_err(|error| {
                        tracing::warn!(%error, "the cache can't be locked; others may compile the same");
                    })
                    .ok()
            });
            match task.await.ok().flatten() {
                None => break,
                Some(Some(lock)) => held.lock = Some(lock),
                Some(None) => {
                    held.waited = true;
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
        held
    }
}

/// A component that no other host with the same cache compiles.
#[derive(Debug, Default)]
struct Held {
    lock: Option<Lock>,
    /// Whether somebody else had it before.
    waited: bool,
}

impl Shared {
    /// Compiles without letting anybody know.
    pub(super) async fn compile(
        &self,
        digest: Digest,
        bytes: &[u8],
        watch: Watch<'_>,
    ) -> Result<Compiled, Refused> {
        let component = self.compiler.compile(&self.engine, bytes, watch).await?;
        watch(crate::compile::CompileStep::Linking);
        let plugin = link(&self.linker, digest, &component)?;
        let plugin = Arc::new(plugin);
        Ok(Compiled { component, plugin })
    }

    async fn compiled(&self, digest: Digest, bytes: &[u8]) -> Result<Arc<Plugin>, Refused> {
        let compiled = self.compile(digest, bytes, &|_| ()).await?;
        self.keep(&digest, &compiled.component);
        Ok(compiled.plugin)
    }

    /// Puts it where it is found after a restart.
    pub(super) fn keep(&self, digest: &Digest, component: &wasmtime::component::Component) {
        if let Some(artifacts) = &self.artifacts {
            artifacts.write(digest, component);
        }
    }
}
