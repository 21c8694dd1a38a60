//! The host's side of compiling in a child process.
//!
//! Invariant: the child is gone when this ends, however it ends; what it says is bounded.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::wire::{self, Order, Said};
use super::{CompileLimits, CompilerProgram, Watch, panicked, uncompiled};
use crate::refuse::Refused;

/// Most bytes that are read of what the child complains about.
const COMPLAINT: u64 = 8 << 10;
/// Most threads that compile: each takes address space for its stack and its heap.
const THREADS: usize = 8;

/// Signals by which a limit ends the child.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// How the standard library, the allocator and wasmtime say that there is no memory left.
const NO_MEMORY: [&str; 4] = [
    "memory allocation of",
    "out of memory",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
];

/// What the child left behind.
struct Ended {
    said: io::Result<Option<Said>>,
    complaint: String,
    status: ExitStatus,
}

pub(super) async fn compile(
    program: &CompilerProgram,
    limits: &CompileLimits,
    order: &Order,
    component: &[u8],
    watch: Watch<'_>,
) -> Result<Vec<u8>, Refused> {
    let mut child = start(program, limits).map_err(|error| {
        let program = program.program.display();
        tracing::error!(%program, %error, "the program that compiles can't be started");
        Refused::one("compile", "the host can't start its compiler now; try again")
    })?;
    let talked = tokio::time::timeout(limits.wall, talk(&mut child, order, component, watch)).await;
    let Ok(talked) = talked else {
        // Dropping it does too, but then nobody waits for its end.
        child.kill().await.ok();
        return Err(too_slow(&format!("{} s", limits.wall.as_secs())));
    };
    match talked {
        Ok(ended) => judge(ended, limits),
        Err(error) => {
            child.kill().await.ok();
            tracing::error!(%error, "the process that compiles can't be waited for");
            Err(Refused::one("compile", "the host lost its compiler; try again"))
        }
    }
}

fn start(program: &CompilerProgram, limits: &CompileLimits) -> io::Result<Child> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Command::new(&program.program)
        .args(&program.arguments)
        .arg("--cpu-seconds")
        .arg(limits.cpu.as_secs().max(1).to_string())
        .arg("--memory-bytes")
        .arg(limits.memory_bytes.to_string())
        .env_clear()
        .env("RAYON_NUM_THREADS", threads.min(THREADS).to_string())
        // Each heap of glibc's reserves 64 MiB of address space.
        .env("MALLOC_ARENA_MAX", "2")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

async fn talk(child: &mut Child, order: &Order, component: &[u8], watch: Watch<'_>) -> io::Result<Ended> {
    let gone = || io::Error::other("a pipe of the child is missing");
    let mut input = child.stdin.take().ok_or_else(gone)?;
    let mut output = child.stdout.take().ok_or_else(gone)?;
    let errors = child.stderr.take().ok_or_else(gone)?;
    let feed = async move {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        input.write_all(&line).await?;
        input.write_all(component).await?;
        input.shutdown().await
    };
    let hear = async move {
        let said = wire::read(&mut output, order.artifact_bytes, watch).await;
        // Whatever it still says, nobody listens, and it comes to its end.
        drop(output);
        said
    };
    // That it does not read all it is given shows in how it ends.
    let (_, said, complaint) = tokio::join!(feed, hear, complaint(errors));
    Ok(Ended {
        said,
        complaint,
        status: child.wait().await?,
    })
}

async fn complaint(from: impl AsyncRead + Unpin) -> String {
    let mut text = Vec::new();
    // What could be read is what there is.
    let _ = from.take(COMPLAINT).read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

fn judge(ended: Ended, limits: &CompileLimits) -> Result<Vec<u8>, Refused> {
    let Ended {
        said,
        complaint,
        status,
    } = ended;
    let no_memory = |text: &str| NO_MEMORY.iter().any(|sign| text.contains(sign));
    match (said, status.signal()) {
        (Ok(Some(Said::Artifact(artifact))), None) if status.success() => Ok(artifact),
        (Ok(Some(Said::TooLarge)), None) => Err(Refused::one(
            "too-large",
            format!(
                "compiled, it has more than the {} bytes that are allowed; leave out what it does not use",
                limits.artifact_bytes
            ),
        )),
        (Ok(Some(Said::Error(error))), None) if no_memory(&error) => Err(too_hungry(limits)),
        (Ok(Some(Said::Error(error))), None) if error == wire::OTHER_BUILD => {
            tracing::error!("the program that compiles is of another build than this one; restart the host");
            Err(Refused::one(
                "compile",
                "the host's compiler does not fit it; try again later",
            ))
        }
        (Ok(Some(Said::Error(error))), None) => Err(uncompiled(&error)),
        (_, Some(SIGXCPU)) => Err(too_slow(&format!(
            "{} s of processor time",
            limits.cpu.as_secs().max(1)
        ))),
        (_, _) if no_memory(&complaint) => Err(too_hungry(limits)),
        (_, Some(signal)) => {
            tracing::warn!(signal, complaint = %crate::escape::message(complaint), "the process that compiles crashed");
            let why = match signal {
                SIGABRT => "; most likely it is nested too deeply",
                SIGKILL => "; most likely the machine had no memory left, so try again",
                _ => "; report this component to the host's authors",
            };
            Err(Refused::one(
                "compile",
                format!("compiling it crashed: signal {signal}{why}"),
            ))
        }
        (_, None) => {
            tracing::warn!(%status, complaint = %crate::escape::message(complaint), "the process that compiles failed");
            Err(panicked())
        }
    }
}

fn too_slow(limit: &str) -> Refused {
    let message = format!(
        "compiling it takes longer than {limit}; build it with optimisations, or split its largest functions"
    );
    Refused::one("compile-time", message)
}

fn too_hungry(limits: &CompileLimits) -> Refused {
    let message = format!(
        "compiling it takes more than {} MiB of memory; build it with optimisations, or split its largest functions",
        limits.memory_bytes >> 20
    );
    Refused::one("compile-memory", message)
}

#[cfg(test)]
mod tests;
