//! The process that compiles: it takes one component from its standard input and ends.
//!
//! Invariant: it is held to its limits before it reads a byte, it opens nothing, and it does not outlive the host.

use std::io::{self, BufRead, Read as _};

use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};
use wasmtime::CodeBuilder;

use super::CompileStep;
use super::wire::{self, Order, Said};
use crate::config;

/// Files that it may have open: the three that it was started with, and what a library opens for a moment.
const FILES: u64 = 16;
/// Calls of plugins go before it.
const NICE: i32 = 5;

/// Why the child could not even say how it went.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It can't be held to its limits.
    #[error("the limits can't be set")]
    Limits(#[source] rustix::io::Errno),
    /// What it was told is not what a host says.
    #[error("what is to be compiled can't be read; this command is for the host itself")]
    Order(#[source] io::Error),
    /// Nobody listens.
    #[error("the outcome can't be written")]
    Outcome(#[source] io::Error),
}

/// Compiles the component on standard input under a host's limits, and writes what became of it to standard output.
///
/// # Errors
/// It can't be held to its limits, or nobody speaks to it as a host does. That a component can't be compiled is an outcome.
pub fn compile_component(cpu_seconds: u64, memory_bytes: u64) -> Result<(), ChildError> {
    confine(cpu_seconds, memory_bytes).map_err(ChildError::Limits)?;
    let mut out = io::stdout().lock();
    wire::step(&mut out, CompileStep::Reading).map_err(ChildError::Outcome)?;
    // Should the host have died before its death could be a signal: then this ends here.
    let (order, component) = read(&mut io::stdin().lock()).map_err(ChildError::Order)?;
    wire::step(&mut out, CompileStep::Compiling).map_err(ChildError::Outcome)?;
    let said = match compile(&order, &component) {
        Ok(artifact) if artifact.len() as u64 > order.artifact_bytes => Said::TooLarge,
        Ok(artifact) => Said::Artifact(artifact),
        Err(error) => Said::Error(error),
    };
    wire::step(&mut out, CompileStep::Writing)
        .and_then(|()| wire::end(&mut out, &said))
        .map_err(ChildError::Outcome)?;
    // What is left is the kernel's to free, which is faster.
    std::process::exit(0)
}

fn confine(cpu_seconds: u64, memory_bytes: u64) -> rustix::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // When memory runs out, it is the first to go. A kernel without it goes by what a process has, which is the same.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    nice(NICE)?;
    let both = |most: u64| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(Resource::Core, both(0))?;
    setrlimit(Resource::Fsize, both(0))?;
    setrlimit(Resource::Nofile, both(FILES))?;
    setrlimit(Resource::As, both(memory_bytes))?;
    // A second between the two: the first signal has a name of its own, the second is that of every kill.
    let cpu = Rlimit {
        current: Some(cpu_seconds.max(1)),
        maximum: Some(cpu_seconds.max(1).saturating_add(1)),
    };
    setrlimit(Resource::Cpu, cpu)
}

fn read(from: &mut impl BufRead) -> io::Result<(Order, Vec<u8>)> {
    let mut line = Vec::new();
    from.take(wire::ORDER as u64).read_until(b'\n', &mut line)?;
    let order: Order = serde_json::from_slice(&line)?;
    let length = usize::try_from(order.bytes).map_err(io::Error::other)?;
    let mut component = vec![0; length];
    from.read_exact(&mut component)?;
    Ok((order, component))
}

fn compile(order: &Order, component: &[u8]) -> Result<Vec<u8>, String> {
    let said = |error: wasmtime::Error| format!("{error:#}");
    let engine = config::compiler(order.code).map_err(said)?;
    if hex::encode(config::fingerprint(&engine)) != order.engine {
        return Err(wire::OTHER_BUILD.to_owned());
    }
    CodeBuilder::new(&engine)
        .wasm_binary(component, None)
        .and_then(|builder| builder.compile_component_serialized())
        .map_err(said)
}
