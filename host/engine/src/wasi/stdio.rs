//! Standard streams: input is at its end, output becomes lines of the call's log.
//!
//! Invariant: printing never fails and never waits; what exceeds the log is counted and dropped.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::cli;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, StreamError, StreamResult,
};

use crate::capability::log::{Log, Source};
use crate::state::{State, locked};

/// Bytes that a guest may write at once: what the host copies before it looks.
const AT_ONCE: usize = 64 << 10;

struct AtEnd;

#[async_trait]
impl Pollable for AtEnd {
    async fn ready(&mut self) {}
}

#[async_trait]
impl InputStream for AtEnd {
    fn read(&mut self, _: usize) -> StreamResult<Bytes> {
        Err(StreamError::Closed)
    }
}

struct Printed {
    log: Arc<Mutex<Log>>,
    source: Source,
}

#[async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        locked(&self.log).print(self.source, &bytes);
        Ok(())
    }

    fn write_zeroes(&mut self, count: usize) -> StreamResult<()> {
        locked(&self.log).discard(count as u64);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(AT_ONCE)
    }
}

impl State {
    fn printed(&mut self, source: Source) -> wasmtime::Result<Resource<DynOutputStream>> {
        let stream: DynOutputStream = Box::new(Printed {
            log: Arc::clone(&self.log),
            source,
        });
        Ok(self.table.push(stream)?)
    }
}

impl cli::stdin::Host for State {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        let stream: DynInputStream = Box::new(AtEnd);
        Ok(self.table.push(stream)?)
    }
}

impl cli::stdout::Host for State {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.printed(Source::Stdout)
    }
}

impl cli::stderr::Host for State {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.printed(Source::Stderr)
    }
}

impl cli::terminal_input::Host for State {}

impl cli::terminal_input::HostTerminalInput for State {
    fn drop(&mut self, terminal: Resource<cli::terminal_input::TerminalInput>) -> wasmtime::Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl cli::terminal_output::Host for State {}

impl cli::terminal_output::HostTerminalOutput for State {
    fn drop(&mut self, terminal: Resource<cli::terminal_output::TerminalOutput>) -> wasmtime::Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl cli::terminal_stdin::Host for State {
    fn get_terminal_stdin(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<cli::terminal_input::TerminalInput>>> {
        Ok(None)
    }
}

impl cli::terminal_stdout::Host for State {
    fn get_terminal_stdout(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<cli::terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}

impl cli::terminal_stderr::Host for State {
    fn get_terminal_stderr(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<cli::terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}
