//! `PUT /v1/configurations/{process_type_id}`: a new version.

use assay_domain::{Actor, JsonLimits, ProcessTypeId, json};
use assay_service::PutError;
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{ConfigurationAnswer, process_type, stale, tag};
use crate::conditional::Preconditions;
use crate::extract::{BodyLimits, Caller, Path, body, content_type};
use crate::problem::{Code, Problem};
use crate::state::Api;

/// What a client wants of a process type.
///
/// Only for the document: the service reads it, and says what is wrong with a pointer.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "read by utoipa's derive alone")]
pub(crate) struct ConfigurationBody {
    /// The validator.
    #[schema(example = "payroll_standard_validator", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    plugin_name: String,
    /// Which of its releases will do, in Cargo's syntax; the newest of them judges. Any without it.
    #[schema(example = "^1.0", nullable = false)]
    plugin_range: Option<String>,
    /// What it is told, by the schema in its manifest.
    #[schema(value_type = Option<Object>, nullable = false)]
    settings: Option<Value>,
    /// What reads documents that are not yet data.
    extractor: Option<PluginChoiceBody>,
    /// What scores them for fraud.
    scorer: Option<PluginChoiceBody>,
    /// JSON Schema (2020-12) of a submission's `input`.
    #[schema(value_type = Option<Object>)]
    input_schema: Option<Value>,
    /// JSON Schema (2020-12) of a document's data.
    #[schema(value_type = Option<Object>)]
    output_schema: Option<Value>,
    /// The validator's rules.
    #[schema(value_type = Option<Value>)]
    validation_rules: Option<Value>,
    /// What one call of a plugin may use up, each at most the host's maximum; what the plugin's manifest asks for, or the
    /// host's default, without it.
    #[schema(nullable = false)]
    limits: Option<LimitsBody>,
    /// Whether the scorer runs; no without it.
    #[schema(nullable = false)]
    enable_fraud_detection: Option<bool>,
    /// Whether there are people who review; no without it.
    #[schema(nullable = false)]
    enable_hitl: Option<bool>,
    /// Less confidence than this asks for review, 0 to 1; 0.8 without it.
    #[schema(minimum = 0, maximum = 1, nullable = false)]
    confidence_threshold: Option<f64>,
    /// This fraud score or more asks for review, 0 to 1; 0.8 without it.
    #[schema(minimum = 0, maximum = 1, nullable = false)]
    fraud_threshold: Option<f64>,
}

/// Limits of one call. Exceeding one is an error that names it, and the invocation's `usage` says what was used.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "read by utoipa's derive alone")]
pub(crate) struct LimitsBody {
    /// Milliseconds for everything: the queue, instantiating, the guest, host calls, copying the result.
    #[schema(example = 2000, minimum = 1, nullable = false)]
    deadline_ms: Option<u64>,
    /// Bytes of all linear memories and tables together, with what the host holds for the call.
    #[schema(example = 67_108_864, minimum = 1, nullable = false)]
    memory_bytes: Option<u64>,
    /// Bytes of a result.
    #[schema(example = 1_048_576, minimum = 1, nullable = false)]
    output_bytes: Option<u64>,
    /// Findings, signals and observations of a result, each.
    #[schema(example = 10_000, minimum = 1, nullable = false)]
    output_items: Option<u32>,
    /// Bytes of log lines that are kept.
    #[schema(example = 32_768, minimum = 0, nullable = false)]
    log_bytes: Option<u64>,
    /// Calls of `history`.
    #[schema(example = 256, minimum = 0, nullable = false)]
    host_calls: Option<u32>,
}

/// A plugin that a configuration names.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "read by utoipa's derive alone")]
pub(crate) struct PluginChoiceBody {
    /// The plugin.
    #[schema(example = "ubl_invoice_extractor", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    plugin_name: String,
    /// Which of its releases will do.
    #[schema(nullable = false)]
    plugin_range: Option<String>,
    /// What it is told.
    #[schema(value_type = Option<Object>, nullable = false)]
    settings: Option<Value>,
}

/// Saves a configuration as a new version, which no process uses until it is activated.
///
/// Everything in it is checked first: the schemas, the rules, the plugins and what they are told.
///
/// Several authors: whoever sends `If-Match` with the `ETag` of the newest version that they saw (active or not by
/// now), or `If-None-Match: *` for the first version, is refused with 412 when there is a newer one.
#[utoipa::path(
    put, path = "/v1/configurations/{process_type_id}", tag = "configurations", operation_id = "putConfiguration",
    params(
        ("process_type_id" = String, Path, pattern = "^[a-z][a-z0-9_]{0,62}$",
            description = "The process type."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the newest version."),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there is no version yet."),
    ),
    request_body = ConfigurationBody,
    responses((status = 201, description = "Saved.", body = ConfigurationAnswer,
        headers(
            ("Location" = String, description = "Where the version is."),
            ("ETag" = String, description = "Of the version, for `If-Match`."),
        )))
)]
pub(crate) async fn put(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let process_type = process_type(&name)?;
    if content_type(request.headers()).as_deref() != Some("application/json") {
        let detail = "send the configuration as application/json";
        return Err(Problem::new(Code::MediaTypeUnsupported, detail));
    }
    let after = seen(&api, &actor, &process_type, request.headers()).await?;
    let limits = BodyLimits {
        bytes: api.options.configuration_bytes,
        time: api.options.body_timeout,
    };
    let bytes = body(request, limits).await?;
    let draft = json::parse(&bytes, JsonLimits::bytes(bytes.len())).map_err(|error| {
        let problem = Problem::new(
            Code::JsonInvalid,
            format!("the configuration can't be read: {error}"),
        );
        match error.pointer() {
            Some(pointer) => problem.at(pointer, error.to_string()),
            None => problem,
        }
    })?;
    if !draft.is_object() {
        let detail = "a configuration is a JSON object; see /openapi.json for its form";
        return Err(Problem::new(Code::ConfigurationInvalid, detail).at("", "is not an object"));
    }
    let saved = api
        .services
        .put_configuration(&actor, &process_type, &draft, after)
        .await
        .map_err(|error| match error {
            PutError::Stale { newest } => stale(&process_type, Some(newest)),
            error => error.into(),
        })?;
    let answer = ConfigurationAnswer::try_from(saved)?;
    let location = [(LOCATION, answer.location())];
    Ok((location, answer.tagged(StatusCode::CREATED)).into_response())
}

/// The newest version, when the request names its state; the service then saves after that one or not at all.
async fn seen(
    api: &Api,
    actor: &Actor,
    process_type: &ProcessTypeId,
    headers: &HeaderMap,
) -> Result<Option<i32>, Problem> {
    let given = Preconditions::of(headers)?;
    if !given.given() {
        return Ok(None);
    }
    let versions = api.services.configurations(actor, process_type, 1, None).await?;
    let newest = versions.items.first();
    let current: Vec<_> = newest.map_or_else(Vec::new, |newest| {
        let state = |active| tag(newest.version, newest.digest, active);
        [false, true].map(state).into()
    });
    let newest = newest.map(|newest| newest.version);
    if given.matches(&current) && given.differs(&current) {
        Ok(Some(newest.unwrap_or(0)))
    } else {
        Err(stale(process_type, newest))
    }
}

impl From<PutError> for Problem {
    fn from(error: PutError) -> Self {
        let text = error.to_string();
        match error {
            PutError::NotAllowed(error) => error.into(),
            PutError::Client(error) => error.into(),
            PutError::UnknownProcessType(_) => Self::new(Code::ProcessTypeUnknown, text),
            PutError::Malformed(place) => Self::new(Code::ConfigurationInvalid, text).places("", vec![place]),
            PutError::Invalid(places) => {
                let detail = format!("{text}; nothing was saved. Mend what `errors` lists and send it again");
                Self::new(Code::ConfigurationInvalid, detail).places("", places)
            }
            PutError::Check(_) => Self::new(Code::PluginUnusable, text),
            PutError::Stale { .. } => Self::new(Code::ConfigurationStale, text),
            PutError::Conflict => Self::new(Code::ConfigurationConflict, text),
            PutError::Store(error) => error.into(),
        }
    }
}
