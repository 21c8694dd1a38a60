//! The log of one call: what the guest logged and what it printed.
//!
//! Invariant: every line is escaped when it comes in, and all lines together stay within the call's limit, whether the
//! guest writes few long ones or many empty ones. What does not fit is counted, not kept.

use assay_domain::{LogLevel, LogLine};

use crate::bindings::log;
use crate::escape::escape;
use crate::state::State;

/// What a line costs besides its text, so that empty lines fill a log too.
const LINE_BYTES: usize = 16;

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Log,
    Stdout,
    Stderr,
}

impl Source {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Log {
    left: usize,
    cut: u64,
    lines: Vec<LogLine>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Log {
    /// Whether nothing was written yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.stdout.is_empty() && self.stderr.is_empty() && self.cut == 0
    }

    pub(crate) fn new(bytes: u64) -> Self {
        Self {
            left: usize::try_from(bytes).unwrap_or(usize::MAX),
            cut: 0,
            lines: Vec::new(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    fn line(&mut self, level: LogLevel, source: Source, text: &str) {
        let Some(room) = self.left.checked_sub(LINE_BYTES) else {
            self.left = 0;
            self.cut += text.len() as u64;
            return;
        };
        let (message, cut) = escape(text, room);
        self.left = room - message.len();
        self.cut += cut as u64;
        self.lines.push(LogLine {
            level,
            source: source.as_str().to_owned(),
            message,
        });
    }

    /// Takes what the guest printed; a line is a log line once it is complete.
    pub(crate) fn print(&mut self, source: Source, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = self.left;
            let pending = self.pending(source);
            let taken = part.len().min(room.saturating_sub(pending.len()));
            pending.extend_from_slice(part.get(..taken).unwrap_or_default());
            self.cut += (part.len() - taken) as u64;
            if part.ends_with(b"\n") {
                self.end_line(source);
            }
        }
    }

    /// What was printed without being looked at.
    pub(crate) fn discard(&mut self, bytes: u64) {
        self.cut = self.cut.saturating_add(bytes);
    }

    fn pending(&mut self, source: Source) -> &mut Vec<u8> {
        if source == Source::Stderr {
            &mut self.stderr
        } else {
            &mut self.stdout
        }
    }

    fn end_line(&mut self, source: Source) {
        let bytes = std::mem::take(self.pending(source));
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let level = if source == Source::Stderr {
            LogLevel::Warn
        } else {
            LogLevel::Info
        };
        self.line(level, source, &String::from_utf8_lossy(text));
    }

    /// The lines and how many bytes did not fit.
    pub(crate) fn finish(&mut self) -> (Vec<LogLine>, u64) {
        for source in [Source::Stdout, Source::Stderr] {
            if !self.pending(source).is_empty() {
                self.end_line(source);
            }
        }
        (std::mem::take(&mut self.lines), self.cut)
    }
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        State::log(self).line(level, Source::Log, &message);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
