//! Work on bytes of strangers: one at a time of a kind, where it blocks nobody.
//!
//! Invariants: a panic in it is a refusal; what is waited for in it ends when nobody waits for it any more; a plugin that
//! a call waits for never waits for an upload, which may take all the time that compiling may take. So two children
//! compile at one time, at most.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use super::{Engine, Shared};
use crate::refuse::Refused;

/// Whoever waits for the work.
#[derive(Debug)]
pub(super) struct Caller {
    runtime: Handle,
    gone: oneshot::Receiver<Infallible>,
}

impl Caller {
    /// Waits on this thread, which lives as long as it takes: a child process dies with the thread that started it.
    pub(super) fn wait<T>(self, work: impl Future<Output = Result<T, Refused>>) -> Result<T, Refused> {
        self.runtime.block_on(async {
            // First, so that nothing is begun for nobody: a host that stops ends its runtime, and what a child needs of it.
            tokio::select! {
                biased;
                _ = self.gone => Err(Refused::one("compile", "nobody waits for it any more")),
                done = work => done,
            }
        })
    }
}

impl Engine {
    /// Compiles what a call waits for, from bytes that were compiled before.
    pub(super) async fn wanted<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared, Caller) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        self.in_turn(&self.shared.loading, work).await
    }

    /// Compiles what no call waits for: uploads, and snapshots, without which calls are slower.
    pub(super) async fn hostile<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared, Caller) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        self.in_turn(&self.shared.compiling, work).await
    }

    /// Looks at bytes, which takes time in proportion to them.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        self.in_turn(&self.shared.looking, |_, _| work()).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        turns: &Arc<Semaphore>,
        work: impl FnOnce(&Shared, Caller) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let panicked = || {
            Refused::one(
                "compile",
                "reading it panicked; report this component to the host's authors",
            )
        };
        let Ok(permit) = Arc::clone(turns).acquire_owned().await else {
            return Err(panicked());
        };
        let shared = Arc::clone(&self.shared);
        // Dropped with this future.
        let (_waiting, gone) = oneshot::channel();
        let caller = Caller {
            runtime: Handle::current(),
            gone,
        };
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&shared, caller)
        });
        task.await.unwrap_or_else(|_| Err(panicked()))
    }
}
