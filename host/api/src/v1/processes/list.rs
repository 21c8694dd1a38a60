//! `GET /v1/processes`: newest first, page by page.

use assay_domain::Verdict;
use assay_service::{ListError, ProcessFilter, ProcessQuery, ProcessSummary};
use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::{Caller, Query};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::{number, wrong_parameter as wrong};

/// Most processes of a page.
const MOST: u16 = 200;

/// Which processes: those that have all of what is given.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// At most this many, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Those after this place: `next` of the page before, with the same filters.
    after: Option<String>,
    /// With this status: `pending`, `ingested`, `classifying`, `extracting`, `validating`, `hitl_review`, `completed`,
    /// `failed` or `cancelled`.
    #[param(
        pattern = "^(pending|ingested|classifying|extracting|validating|hitl_review|completed|failed|cancelled)$"
    )]
    status: Option<String>,
    /// With this verdict: `accepted`, `rejected` or `review`.
    #[param(pattern = "^(accepted|rejected|review)$")]
    verdict: Option<String>,
    /// Of this process type.
    #[param(pattern = "^[a-z][a-z0-9_]{0,62}$")]
    process_type_id: Option<String>,
    /// Handed in this way: `api`, `web`, `whatsapp` or `telegram`.
    #[param(pattern = "^(api|web|whatsapp|telegram)$")]
    ingestion_source: Option<String>,
    /// That belong together.
    #[param(value_type = Option<Uuid>)]
    correlation_id: Option<String>,
    /// Received at this time or later (RFC 3339; write `+` as `%2B`, or use `Z`).
    #[param(value_type = Option<DateTime<Utc>>, example = "2026-11-01T00:00:00Z")]
    received_from: Option<String>,
    /// Received before this time (RFC 3339).
    #[param(value_type = Option<DateTime<Utc>>, example = "2026-12-01T00:00:00Z")]
    received_to: Option<String>,
}

/// A page of processes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProcessPage {
    /// Newest first.
    items: Vec<ProcessRow>,
    /// What to pass as `after` for the next page; null on the last.
    next: Option<String>,
}

/// A process in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ProcessRow {
    /// Its id.
    process_id: Uuid,
    /// What it is.
    process_type_id: String,
    /// The version of the configuration under which it ran.
    config_version: i32,
    /// Its status.
    status: &'static str,
    /// `accepted`, `rejected` or `review`; null until decided, and when something broke.
    verdict: Option<&'static str>,
    /// The lowest extraction confidence of its documents, 0 to 1.
    #[schema(value_type = Option<f64>)]
    overall_confidence: Option<Number>,
    /// Whether a person has to look.
    requires_review: bool,
    /// How it was handed in: `api`, `web`, `whatsapp` or `telegram`.
    ingestion_source: &'static str,
    /// What belongs together.
    correlation_id: Uuid,
    /// When it was received.
    received_at: DateTime<Utc>,
    /// When it was done.
    completed_at: Option<DateTime<Utc>>,
}

/// The processes of the caller's client, newest first.
#[utoipa::path(
    get, path = "/v1/processes", tag = "processes", operation_id = "listProcesses",
    params(ListParameters),
    responses((status = 200, description = "A page.", body = ProcessPage,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Query(parameters): Query<ListParameters>,
) -> Result<Response, Problem> {
    let query = parameters.query()?;
    let filters = filters(&query.filter);
    let page = api.services.processes(&actor, query).await?;
    let link = page.next.as_deref().map(|next| {
        let limit = parameters.limit.map(|limit| format!("&limit={limit}"));
        let limit = limit.unwrap_or_default();
        format!("</v1/processes?after={next}{limit}{filters}>; rel=\"next\"")
    });
    let items = page.items.into_iter().map(ProcessRow::from).collect();
    let mut response = Json(ProcessPage {
        items,
        next: page.next,
    })
    .into_response();
    if let Some(link) = link.and_then(|link| link.parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

impl ListParameters {
    fn query(&self) -> Result<ProcessQuery, Problem> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=MOST).contains(&limit) {
            return Err(wrong("limit", &format!("{limit} is outside 1 to {MOST}")));
        }
        let filter = ProcessFilter {
            status: parsed("status", self.status.as_deref())?,
            verdict: parsed("verdict", self.verdict.as_deref())?,
            process_type: parsed("process_type_id", self.process_type_id.as_deref())?,
            source: parsed("ingestion_source", self.ingestion_source.as_deref())?,
            correlation_id: parsed("correlation_id", self.correlation_id.as_deref())?,
            received_from: time("received_from", self.received_from.as_deref())?,
            received_to: time("received_to", self.received_to.as_deref())?,
        };
        if let (Some(from), Some(to)) = (filter.received_from, filter.received_to)
            && from >= to
        {
            return Err(wrong("received_to", "it is not after `received_from`"));
        }
        Ok(ProcessQuery {
            filter,
            limit,
            after: self.after.clone(),
        })
    }
}

/// The filters as a part of a query. None of their values needs escapes: each was parsed, and is written anew.
fn filters(filter: &ProcessFilter) -> String {
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    let pairs = [
        ("status", filter.status.map(|status| status.to_string())),
        ("verdict", filter.verdict.map(|verdict| verdict.to_string())),
        (
            "process_type_id",
            filter.process_type.as_ref().map(ToString::to_string),
        ),
        ("ingestion_source", filter.source.map(|source| source.to_string())),
        ("correlation_id", filter.correlation_id.map(|id| id.to_string())),
        ("received_from", time(filter.received_from)),
        ("received_to", time(filter.received_to)),
    ];
    let pairs = pairs
        .into_iter()
        .filter_map(|(name, value)| Some(format!("&{name}={}", value?)));
    pairs.collect()
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    text.map(|text| {
        text.parse()
            .map_err(|error: T::Err| wrong(name, &error.to_string()))
    })
    .transpose()
}

fn time(name: &str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
    text.map(|text| {
        DateTime::parse_from_rfc3339(text)
            .map(|at| at.to_utc())
            .map_err(|_| wrong(name, "not a time; write 2026-11-01T00:00:00Z, and `+` as `%2B`"))
    })
    .transpose()
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Read(error) => error.into(),
            ListError::Cursor(error) => wrong("after", &error.to_string()),
        }
    }
}

impl From<ProcessSummary> for ProcessRow {
    fn from(summary: ProcessSummary) -> Self {
        Self {
            process_id: summary.id.0,
            process_type_id: summary.process_type.to_string(),
            config_version: summary.config_version,
            status: summary.status.as_str(),
            verdict: summary.verdict.map(Verdict::as_str),
            overall_confidence: summary.overall_confidence.and_then(number),
            requires_review: summary.requires_review,
            ingestion_source: summary.source.as_str(),
            correlation_id: summary.correlation_id,
            received_at: summary.received_at,
            completed_at: summary.completed_at,
        }
    }
}
