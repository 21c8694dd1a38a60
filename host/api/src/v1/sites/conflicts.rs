//! `/v1/sites/{site_id}/conflicts`: listed, and resolved with notes.

use assay_service::sites::Conflict;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::change::FoundRow;
use super::{DryRun, Listed, limited, read, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::wrong_parameter;

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConflictParameters {
    /// At most this many, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Those after this place: `next` of the page before, with the same `state`.
    after: Option<String>,
    /// `unresolved` (without it) or `all` that there ever were.
    #[param(pattern = "^(unresolved|all)$")]
    state: Option<String>,
}

/// A conflict and what is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConflictRow {
    /// What was found.
    found: FoundRow,
    /// Whether the resolver's last answer has it.
    present: bool,
    /// Since when, or since when again.
    detected_at: DateTime<Utc>,
    /// When an answer had it last.
    last_seen_at: DateTime<Utc>,
    /// How often it came back after it was resolved.
    reopened: i32,
    /// When it was resolved, if it is.
    resolved_at: Option<DateTime<Utc>>,
    /// By whom; `host` when it went away.
    resolved_by: Option<String>,
    /// In which way.
    resolution_notes: Option<String>,
    /// Why somebody who may went ahead in spite of it.
    forced_reason: Option<String>,
    /// Who that was.
    forced_by: Option<String>,
}

impl From<Conflict> for ConflictRow {
    fn from(conflict: Conflict) -> Self {
        Self {
            present: conflict.present,
            detected_at: conflict.detected_at,
            last_seen_at: conflict.last_seen_at,
            reopened: conflict.reopened,
            resolved_at: conflict.resolved_at,
            resolved_by: conflict.resolved_by,
            resolution_notes: conflict.resolution_notes,
            forced_reason: conflict.forced_reason,
            forced_by: conflict.forced_by,
            found: conflict.found.into(),
        }
    }
}

/// How a conflict is resolved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolutionBody {
    /// What was done or decided.
    #[schema(example = "agreed with the vendor: forms only reads there", max_length = 4000)]
    notes: String,
}

/// A site's conflicts, newest first: those that nobody resolved, or all.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/conflicts", tag = "sites", operation_id = "listSiteConflicts",
    params(("site_id" = Uuid, Path, description = "The site."), ConflictParameters),
    responses((status = 200, description = "A page.", body = Listed<ConflictRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<ConflictParameters>,
) -> Result<Response, Problem> {
    let (open, state) = match parameters.state.as_deref() {
        None | Some("unresolved") => (true, "unresolved"),
        Some("all") => (false, "all"),
        Some(_) => return Err(wrong_parameter("state", "is `unresolved` or `all`")),
    };
    let query = assay_service::sites::PageQuery {
        limit: limited(parameters.limit, 50)?,
        after: parameters.after.clone(),
    };
    let page = api
        .services
        .site_conflicts(&actor, site_id(site), open, &query)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(ConflictRow::from).collect(),
        next: page.next,
    };
    let path = format!("/v1/sites/{site}/conflicts?state={state}");
    Ok(listed.answer(&path, parameters.limit))
}

/// Resolves an open conflict with notes. It stays resolved for as long as it is there, and is open again if it goes and
/// comes back.
#[utoipa::path(
    post, path = "/v1/sites/{site_id}/conflicts/{conflict_id}/resolve", tag = "sites",
    operation_id = "resolveSiteConflict",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("conflict_id" = String, Path, description = "The conflict."),
        DryRun,
    ),
    request_body = ResolutionBody,
    responses((status = 200, description = "It is resolved, or would be.", body = ConflictRow))
)]
pub(crate) async fn resolve(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, conflict)): Path<(Uuid, String)>,
    Query(DryRun { dry_run }): Query<DryRun>,
    request: Request,
) -> Result<Json<ConflictRow>, Problem> {
    let ResolutionBody { notes } = read(&api, request).await?;
    let resolved = api
        .services
        .resolve_site_conflict(&actor, site_id(site), &conflict, &notes, dry_run)
        .await?;
    Ok(Json(resolved.into()))
}
