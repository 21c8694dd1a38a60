//! `GET /v1/processes`: newest first, page by page.

use assay_domain::{ProcessStatus, Verdict};
use assay_service::{Cursor, ProcessQuery, ProcessSummary};
use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::{Caller, Query};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::number;

/// Most processes of a page.
const MOST: u16 = 200;

/// Which processes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// At most this many, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Those after this place: `next` of the page before.
    after: Option<String>,
    /// Only with this status.
    status: Option<String>,
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
    let page = api.services.processes(&actor, query).await?;
    let next = page.next.map(|cursor| cursor.to_string());
    let link = next.as_deref().map(|next| parameters.link(next));
    let items = page.items.into_iter().map(ProcessRow::from).collect();
    let mut response = Json(ProcessPage { items, next }).into_response();
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
        Ok(ProcessQuery {
            status: parsed::<ProcessStatus>("status", self.status.as_deref())?,
            limit,
            after: parsed::<Cursor>("after", self.after.as_deref())?,
        })
    }

    /// The next page's link. Every value was parsed, so none needs escapes.
    fn link(&self, next: &str) -> String {
        let mut query = format!("after={next}");
        let limit = self.limit.map(|limit| limit.to_string());
        for (name, value) in [("limit", &limit), ("status", &self.status)] {
            if let Some(value) = value {
                query = format!("{query}&{name}={value}");
            }
        }
        format!("</v1/processes?{query}>; rel=\"next\"")
    }
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

fn wrong(name: &str, why: &str) -> Problem {
    Problem::new(
        Code::QueryInvalid,
        format!("query parameter `{name}`: {why}; see /openapi.json"),
    )
}

impl From<ProcessSummary> for ProcessRow {
    fn from(summary: ProcessSummary) -> Self {
        Self {
            process_id: summary.process_id.0,
            process_type_id: summary.process_type_id.to_string(),
            config_version: summary.config_version,
            status: summary.status.as_str(),
            verdict: summary.verdict.map(Verdict::as_str),
            overall_confidence: summary.overall_confidence.and_then(number),
            requires_review: summary.requires_review,
            received_at: summary.received_at,
            completed_at: summary.completed_at,
        }
    }
}
