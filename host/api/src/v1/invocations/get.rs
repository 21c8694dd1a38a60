//! `GET /v1/invocations/{invocation_id}`: one call of a plugin, to be understood and replayed.

use assay_domain::{InvocationId, Limits, LogLevel, Usage};
use assay_service::Invocation;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::not_found;
use crate::v1::processes::answer::ErrorAnswer;

/// One call of one release on one input.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvocationAnswer {
    /// Its id.
    invocation_id: Uuid,
    /// The process that it was made for.
    process_id: Uuid,
    /// The document that it was made for.
    document_id: Option<Uuid>,
    /// The plugin.
    plugin: String,
    /// The release.
    version: String,
    /// SHA-256 of the component, in hexadecimal digits.
    sha256: String,
    /// `extractor`, `validator` or `scorer`.
    world: &'static str,
    /// `done`, `declined` or `failed`.
    outcome: String,
    /// Why there is no output.
    error: Option<ErrorAnswer>,
    /// What it might use up.
    limits: LimitsAnswer,
    /// What it used up.
    usage: UsageAnswer,
    /// SHA-256 of the input.
    input_sha256: String,
    /// SHA-256 of the settings.
    settings_sha256: String,
    /// SHA-256 of the rules.
    rules_sha256: String,
    /// SHA-256 of `output` as it was written.
    output_sha256: Option<String>,
    /// What the plugin returned.
    #[schema(value_type = Option<Value>)]
    output: Option<Value>,
    /// What it logged and printed.
    log: Vec<LogAnswer>,
    /// What the host answered it from `history`, in order: each `{"question": …, "answer": …}`.
    #[schema(value_type = Vec<Value>)]
    host_answers: Value,
    /// When the documents were received; the plugin's clock stood there.
    received_at: DateTime<Utc>,
    /// Whether the same call gives the same bytes; false when the clock ended it.
    replayable: bool,
}

/// Limits of a call.
#[derive(Debug, Serialize, ToSchema)]
struct LimitsAnswer {
    /// Milliseconds for everything.
    deadline_ms: u64,
    /// Bytes of memories and tables.
    memory_bytes: u64,
    /// Bytes of the result.
    output_bytes: u64,
    /// Findings, signals and observations, each.
    output_items: u32,
    /// Bytes of log lines.
    log_bytes: u64,
    /// Calls of `history`.
    host_calls: u32,
}

/// What a call used up; times are microseconds.
#[derive(Debug, Serialize, ToSchema)]
struct UsageAnswer {
    /// Everything.
    total_us: u64,
    /// Waiting for its turn.
    queue_us: u64,
    /// Getting the compiled component.
    load_us: u64,
    /// Making the instance.
    instantiate_us: u64,
    /// The plugin's `prepare`.
    prepare_us: u64,
    /// The plugin's call, host calls included.
    call_us: u64,
    /// Host calls.
    host_us: u64,
    /// Copying and checking the result.
    result_us: u64,
    /// Most bytes of memories and tables at one time.
    peak_memory_bytes: u64,
    /// Calls of `history`.
    host_calls: u32,
    /// Bytes of the result.
    output_bytes: u64,
    /// Log lines that were kept.
    log_lines: u32,
    /// Log bytes that did not fit.
    log_bytes_cut: u64,
}

/// One line that a plugin logged or printed.
#[derive(Debug, Serialize, ToSchema)]
struct LogAnswer {
    /// `debug`, `info`, `warn` or `error`.
    level: &'static str,
    /// `log`, `stdout` or `stderr`.
    source: String,
    /// The text.
    message: String,
}

/// One call of a plugin.
#[utoipa::path(
    get, path = "/v1/invocations/{invocation_id}", tag = "processes", operation_id = "getInvocation",
    params(("invocation_id" = Uuid, Path, description = "The call.")),
    responses((status = 200, description = "The call.", body = InvocationAnswer))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<InvocationAnswer>, Problem> {
    let invocation = api.services.invocation(&actor, InvocationId(id)).await?;
    invocation
        .map(|invocation| Json(invocation.into()))
        .ok_or_else(not_found)
}

impl From<Invocation> for InvocationAnswer {
    fn from(call: Invocation) -> Self {
        let log = call.log.into_iter().map(|line| LogAnswer {
            level: match line.level {
                LogLevel::Debug => "debug",
                LogLevel::Info => "info",
                LogLevel::Warn => "warn",
                LogLevel::Error => "error",
            },
            source: line.source,
            message: line.message,
        });
        Self {
            invocation_id: call.invocation_id.0,
            process_id: call.process_id.0,
            document_id: call.document_id.map(|id| id.0),
            plugin: call.plugin.to_string(),
            version: call.version.to_string(),
            sha256: call.sha256.to_string(),
            world: call.world.as_str(),
            outcome: call.outcome,
            error: call.error.map(ErrorAnswer::from),
            limits: call.limits.into(),
            usage: call.usage.into(),
            input_sha256: call.input_sha256.to_string(),
            settings_sha256: call.settings_sha256.to_string(),
            rules_sha256: call.rules_sha256.to_string(),
            output_sha256: call.output_sha256.map(|digest| digest.to_string()),
            output: call.output,
            log: log.collect(),
            host_answers: call.host_answers,
            received_at: call.received_at,
            replayable: call.replayable,
        }
    }
}

impl From<Limits> for LimitsAnswer {
    fn from(limits: Limits) -> Self {
        Self {
            deadline_ms: limits.deadline_ms,
            memory_bytes: limits.memory_bytes,
            output_bytes: limits.output_bytes,
            output_items: limits.output_items,
            log_bytes: limits.log_bytes,
            host_calls: limits.host_calls,
        }
    }
}

impl From<Usage> for UsageAnswer {
    fn from(usage: Usage) -> Self {
        Self {
            total_us: usage.total_us(),
            queue_us: usage.queue_us,
            load_us: usage.load_us,
            instantiate_us: usage.instantiate_us,
            prepare_us: usage.prepare_us,
            call_us: usage.call_us,
            host_us: usage.host_us,
            result_us: usage.result_us,
            peak_memory_bytes: usage.peak_memory_bytes,
            host_calls: usage.host_calls,
            output_bytes: usage.output_bytes,
            log_lines: usage.log_lines,
            log_bytes_cut: usage.log_bytes_cut,
        }
    }
}
