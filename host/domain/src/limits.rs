//! What one call of a plugin may use up.

use serde::{Deserialize, Serialize};

use crate::Problem;

/// The limits of one call. Exceeding one is a typed error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Milliseconds for everything from the queue on: instantiation, guest, host calls, copying the result. Loading comes
    /// before, within a deadline of the host's own: a first call after a restart must not fail because compiling takes
    /// longer than calling may.
    pub deadline_ms: u64,
    /// Bytes of all linear memories and tables together, with what the host holds for the call.
    pub memory_bytes: u64,
    /// Bytes of a result, as the host copies it.
    pub output_bytes: u64,
    /// Findings, signals and observations of a result, each.
    pub output_items: u32,
    /// Bytes of log lines that are kept; more is cut and counted.
    pub log_bytes: u64,
    /// Calls of `history`.
    pub host_calls: u32,
}

impl Limits {
    /// What a call gets when nobody asks for anything else.
    pub const DEFAULT: Self = Self {
        deadline_ms: 2_000,
        memory_bytes: 64 << 20,
        output_bytes: 1 << 20,
        output_items: 10_000,
        log_bytes: 32 << 10,
        host_calls: 256,
    };

    /// What the host owner allows at most unless configured otherwise.
    pub const MAXIMUM: Self = Self {
        deadline_ms: 30_000,
        memory_bytes: 256 << 20,
        output_bytes: 8 << 20,
        output_items: 100_000,
        log_bytes: 1 << 20,
        host_calls: 4_096,
    };

    /// Each by its name.
    pub const fn entries(&self) -> [(&'static str, u64); 6] {
        [
            ("deadline_ms", self.deadline_ms),
            ("memory_bytes", self.memory_bytes),
            ("output_bytes", self.output_bytes),
            ("output_items", self.output_items as u64),
            ("log_bytes", self.log_bytes),
            ("host_calls", self.host_calls as u64),
        ]
    }

    /// These limits with what was asked for, each held to `maximum`.
    #[must_use]
    pub fn with(self, request: &LimitRequest, maximum: &Self) -> Self {
        Self {
            deadline_ms: request
                .deadline_ms
                .unwrap_or(self.deadline_ms)
                .min(maximum.deadline_ms),
            memory_bytes: request
                .memory_bytes
                .unwrap_or(self.memory_bytes)
                .min(maximum.memory_bytes),
            output_bytes: request
                .output_bytes
                .unwrap_or(self.output_bytes)
                .min(maximum.output_bytes),
            output_items: request
                .output_items
                .unwrap_or(self.output_items)
                .min(maximum.output_items),
            log_bytes: request.log_bytes.unwrap_or(self.log_bytes).min(maximum.log_bytes),
            host_calls: request
                .host_calls
                .unwrap_or(self.host_calls)
                .min(maximum.host_calls),
        }
    }
}

/// Limits that a manifest or a configuration asks for; the fields are those of [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitRequest {
    /// See [`Limits::deadline_ms`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// See [`Limits::memory_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// See [`Limits::output_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<u64>,
    /// See [`Limits::output_items`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_items: Option<u32>,
    /// See [`Limits::log_bytes`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_bytes: Option<u64>,
    /// See [`Limits::host_calls`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u32>,
}

impl LimitRequest {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was asked for, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let asked = [
            ("deadline_ms", self.deadline_ms),
            ("memory_bytes", self.memory_bytes),
            ("output_bytes", self.output_bytes),
            ("output_items", self.output_items.map(u64::from)),
            ("log_bytes", self.log_bytes),
            ("host_calls", self.host_calls.map(u64::from)),
        ];
        asked
            .into_iter()
            .filter_map(|(name, asked)| asked.map(|asked| (name, asked)))
    }

    /// What is above the host owner's maximum, or nothing at all; pointers begin at the request.
    pub fn problems(&self, maximum: &Limits) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, asked) in self.entries() {
            let most = maximum.entries().into_iter().find(|(known, _)| *known == name);
            let most = most.map_or(u64::MAX, |(_, most)| most);
            // A plugin that asks the history nothing needs no host call, and logs may be off.
            let none = asked == 0 && !matches!(name, "host_calls" | "log_bytes");
            if none {
                problems.push(Problem::new(format!("/{name}"), "0 leaves nothing to work with"));
            } else if asked > most {
                let message = format!("{asked} is above this host's maximum of {most}");
                problems.push(Problem::new(format!("/{name}"), message));
            }
        }
        problems
    }
}
