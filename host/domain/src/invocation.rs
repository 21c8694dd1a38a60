//! How one call of a plugin went.

use serde::{Deserialize, Serialize};

/// Everything that a guest can cause, as a closed list. `Display` and JSON give the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The component can't be loaded here: not a plugin, wrong world, imports that are not granted.
    Refused,
    /// The call's deadline passed.
    Deadline,
    /// The call's memory budget was exceeded.
    Memory,
    /// The call's fuel was used up (metering only).
    Fuel,
    /// The guest's stack overflowed.
    Stack,
    /// The guest trapped.
    Trap,
    /// The result breaks the contract: too large, not JSON, out of range, decimals or pointers that are none.
    BadOutput,
    /// The guest did what it was not granted.
    Denied,
    /// The host could not do its part: no free instance, a host call that failed.
    Unavailable,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Refused,
        Self::Deadline,
        Self::Memory,
        Self::Fuel,
        Self::Stack,
        Self::Trap,
        Self::BadOutput,
        Self::Denied,
        Self::Unavailable,
    ];

    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Fuel => "fuel",
            Self::Stack => "stack",
            Self::Trap => "trap",
            Self::BadOutput => "bad-output",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The part of a call in which something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Waiting for a permit.
    Queue,
    /// Getting the compiled artifact: before the call, within a deadline of the host's own.
    Load,
    /// Making the instance, with the guest's start code.
    Instantiate,
    /// The guest's `prepare` or `check-settings`.
    Prepare,
    /// The guest's call itself.
    Call,
    /// A host function that the guest called.
    HostCall,
    /// Copying and checking the result, with the guest's post-return.
    Result,
}

impl Phase {
    /// The name in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Load => "load",
            Self::Instantiate => "instantiate",
            Self::Prepare => "prepare",
            Self::Call => "call",
            Self::HostCall => "host-call",
            Self::Result => "result",
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which of the closed list.
    pub code: ErrorCode,
    /// Where it happened.
    pub phase: Phase,
    /// One sentence, without control characters, for whoever runs the plugin.
    pub message: String,
    /// The guest's stack at a trap, innermost first: function names as the component has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backtrace: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in phase {}: {}", self.code, self.phase, self.message)
    }
}

impl std::error::Error for Failure {}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// With a result.
    Done(T),
    /// The plugin said by its own error that it can't: the WIT case and its message, control characters escaped.
    Declined {
        /// The case of the plugin's error variant, for example `malformed`.
        case: String,
        /// What it said.
        message: String,
    },
    /// Without one.
    Failed(Failure),
}

/// What a call used up. Times are microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Waiting for a permit.
    pub queue_us: u64,
    /// Getting the compiled artifact, in the first call that a process makes of a release.
    pub load_us: u64,
    /// Making the instance.
    pub instantiate_us: u64,
    /// The guest's `prepare`.
    pub prepare_us: u64,
    /// The guest's call, host calls included.
    pub call_us: u64,
    /// Host calls alone.
    pub host_us: u64,
    /// Copying and checking the result.
    pub result_us: u64,
    /// Most bytes of memories and tables at one time.
    pub peak_memory_bytes: u64,
    /// How many times `history` was called.
    pub host_calls: u32,
    /// Bytes of the result.
    pub output_bytes: u64,
    /// Log lines kept.
    pub log_lines: u32,
    /// Log bytes that did not fit.
    pub log_bytes_cut: u64,
    /// Fuel burnt, about one unit per instruction; only where it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
}

impl Usage {
    /// What the guest itself ran: its instance made, prepared, called and its result copied.
    pub const fn guest_us(&self) -> u64 {
        (self.instantiate_us + self.prepare_us + self.call_us + self.result_us).saturating_sub(self.host_us)
    }

    /// The whole call.
    pub const fn total_us(&self) -> u64 {
        self.queue_us + self.load_us + self.instantiate_us + self.prepare_us + self.call_us + self.result_us
    }
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For the plugin's author.
    Debug,
    /// For whoever runs the plugin.
    Info,
    /// Something was odd and handled.
    Warn,
    /// Something failed.
    Error,
}

/// One line that a guest logged or printed, control characters escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// How loud.
    pub level: LogLevel,
    /// `log`, `stdout` or `stderr`.
    pub source: String,
    /// The text.
    pub message: String,
}
