//! From a component's bytes to compiled code. Compiling is hostile work: a small component can ask for hours of it, and
//! wasmtime does not count that as a defect. So it happens in a child process that the kernel holds to its limits.
//!
//! Invariant: however compiling ends, this process lives, and the end has a name: `compile-time`, `compile-memory`,
//! `too-large` or `compile`. Nobody waits longer than [`CompileLimits::wall`].
//! Deliberately absent: whose turn it is, and what is kept of the outcome.

mod child;
mod parent;
mod wire;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::artifact::deserialize;
use crate::config::{self, Code};
use crate::refuse::Refused;
pub use child::{ChildError, compile_component};

/// The program that compiles in a process of its own: the arguments lead it to [`compile_component`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerProgram {
    /// The program. It has to be of this very build: what other builds compile is refused.
    pub program: PathBuf,
    /// What it is called with, before the limits (`--cpu-seconds N --memory-bytes N`).
    pub arguments: Vec<OsString>,
}

/// What compiling one component may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// Processor time of all threads together; held to whole seconds.
    pub cpu: Duration,
    /// Time on the wall.
    pub wall: Duration,
    /// Address space. Measured at `ruby+stdlib.wasm` 3.4 (30 MB): 1.4 GB with two threads, 1.8 GB with eight, and 37 s of
    /// processor time; at a plugin of 0.7 MB 0.2 GB and one second.
    pub memory_bytes: u64,
    /// Most bytes of compiled code.
    pub artifact_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            cpu: Duration::from_mins(1),
            wall: Duration::from_mins(5),
            memory_bytes: 4 << 30,
            artifact_bytes: 512 << 20,
        }
    }
}

/// How far compiling is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompileStep {
    /// The compiler was started and gets the component.
    Reading,
    /// The component is validated and its functions are compiled.
    Compiling,
    /// The compiled code is handed over.
    Writing,
    /// The code is loaded, and imports and exports are held against what they must be.
    Linking,
}

impl CompileStep {
    const ALL: [Self; 4] = [Self::Reading, Self::Compiling, Self::Writing, Self::Linking];

    /// One word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Compiling => "compiling",
            Self::Writing => "writing",
            Self::Linking => "linking",
        }
    }
}

/// Who is told how far it is.
pub(crate) type Watch<'a> = &'a (dyn Fn(CompileStep) + Send + Sync);

/// How this host compiles.
#[derive(Debug)]
pub(crate) struct Compiler {
    program: Option<CompilerProgram>,
    limits: CompileLimits,
    code: Code,
    fingerprint: [u8; 32],
}

impl Compiler {
    pub(crate) fn new(
        program: Option<CompilerProgram>,
        limits: CompileLimits,
        code: Code,
        engine: &Engine,
    ) -> Self {
        Self {
            program,
            limits,
            code,
            fingerprint: config::fingerprint(engine),
        }
    }

    /// Compiles; what takes text too is never used. Not to be dropped while it is polled on a thread that ends before it:
    /// the child dies with the thread that started it.
    pub(crate) async fn compile(
        &self,
        engine: &Engine,
        bytes: &[u8],
        watch: Watch<'_>,
    ) -> Result<Component, Refused> {
        let Some(program) = &self.program else {
            return here(engine, bytes, watch);
        };
        let order = wire::Order {
            code: self.code,
            engine: hex::encode(self.fingerprint),
            bytes: bytes.len() as u64,
            artifact_bytes: self.limits.artifact_bytes,
        };
        let artifact = parent::compile(program, &self.limits, &order, bytes, watch).await?;
        // It comes through a pipe from this very program, which compiled it for this very engine.
        deserialize(engine, &artifact).map_err(|error| uncompiled(&format!("{error:#}")))
    }
}

/// In this process, for programs that compile only what they trust.
fn here(engine: &Engine, bytes: &[u8], watch: Watch<'_>) -> Result<Component, Refused> {
    watch(CompileStep::Compiling);
    let compiled = catch_unwind(AssertUnwindSafe(|| Component::from_binary(engine, bytes)));
    match compiled {
        Ok(Ok(component)) => Ok(component),
        Ok(Err(error)) => Err(uncompiled(&format!("{error:#}"))),
        Err(_) => Err(panicked()),
    }
}

fn panicked() -> Refused {
    Refused::one(
        "compile",
        "compiling it panicked; report this component to the host's authors",
    )
}

fn uncompiled(error: &str) -> Refused {
    // Of no type of its own; the texts are pinned by tests.
    let pool = ["exceeds the configured maximum", "exceeds the limit of"];
    if pool.iter().any(|text| error.contains(text)) {
        let message = format!("it is larger than what a call has room for: {error}");
        return Refused::one("too-large", message);
    }
    Refused::one("compile", format!("it can't be compiled: {error}"))
}
