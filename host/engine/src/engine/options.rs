//! How an engine is set up, and why there may be none.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use assay_domain::Limits;

use crate::compile::{CompileLimits, CompilerProgram};

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
    /// The program that compiles in a process of its own; none compiles in this one, which is for programs that compile
    /// only what they trust.
    pub compiler: Option<CompilerProgram>,
    /// What compiling one component may take there.
    pub compile: CompileLimits,
    /// Plugins and snapshots that are kept in memory; the one that was not asked for longest goes first, and is read
    /// from the cache when it is asked for again. Whoever calls one keeps it.
    pub loaded_plugins: NonZeroUsize,
    /// Most bytes of compiled code of those.
    pub loaded_bytes: u64,
    /// How long a caller waits for a plugin to be loaded, which is outside of a call's own deadline: what has to be
    /// compiled takes seconds, once.
    pub load_deadline: Duration,
    /// Most fuel of a call: about one unit per instruction, the same on every machine. None does not count it: counting
    /// slows every call, so it is for an engine of its own, for tests, metering and replay checks.
    pub fuel: Option<u64>,
}

/// Some hundred are in use by one host at a time; the others wait on disk.
const LOADED: NonZeroUsize = NonZeroUsize::new(256).expect("a constant above zero");

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            cache: None,
            concurrent_calls: 64,
            maximum: Limits::MAXIMUM,
            component_bytes: 32 << 20,
            compiler: None,
            compile: CompileLimits::default(),
            loaded_plugins: LOADED,
            loaded_bytes: 512 << 20,
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
