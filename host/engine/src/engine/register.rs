//! From bytes to a plugin that can be called, in the steps between which the caller decides and commits.
//!
//! Invariant: what was only checked or compiled is in no memory and on no disk; publishing follows the commit.

use std::sync::Arc;

use bytes::Bytes;

use super::Engine;
use crate::compile::CompileStep;
use crate::config;
use crate::load::{Compiled, Plugin};
use crate::refuse::Refused;
use crate::register::{Candidate, check};

impl Engine {
    /// Looks at a component, or at a wasip1 module that it wraps, and holds it against its own manifest. Nothing is
    /// compiled.
    ///
    /// # Errors
    /// Every reason why it can't be taken that shows without compiling.
    pub async fn check(&self, bytes: Bytes) -> Result<Candidate, Refused> {
        let options = &self.shared.options;
        let (most_bytes, most_memory) = (options.component_bytes, config::memory_size(options) as u64);
        self.look(move || check(bytes, most_bytes, most_memory)).await
    }

    /// Compiles a component and looks whether its imports and exports have the right types.
    ///
    /// # Errors
    /// Why it can't be taken.
    pub async fn compile(&self, candidate: &Candidate) -> Result<Compiled, Refused> {
        self.compile_watched(candidate, |_| ()).await
    }

    /// The same, telling how far it is; nothing is told while it waits for its turn. Dropped, it ends.
    ///
    /// # Errors
    /// Why it can't be taken.
    pub async fn compile_watched(
        &self,
        candidate: &Candidate,
        watch: impl Fn(CompileStep) + Send + Sync + 'static,
    ) -> Result<Compiled, Refused> {
        let (digest, component) = (candidate.digest, candidate.component.clone());
        self.hostile(move |shared, caller| caller.wait(shared.compile(digest, &component, &watch)))
            .await
    }

    /// Makes a compiled component known: calls find it in memory, and restarts on disk.
    pub async fn publish(&self, compiled: Compiled) -> Arc<Plugin> {
        let shared = Arc::clone(&self.shared);
        let slot = shared.plugins.slot(compiled.plugin.digest);
        let Compiled { component, plugin } = compiled;
        let digest = plugin.digest;
        // Whoever was faster compiled the same bytes.
        let plugin = Arc::clone(slot.get_or_init(|| async { plugin }).await);
        shared.plugins.filled(digest, &plugin);
        let kept = tokio::task::spawn_blocking(move || shared.keep(&digest, &component));
        // What could not be kept is compiled again after a restart.
        drop(kept.await);
        plugin
    }
}
