//! `/v1/sites/{site_id}/snapshots`: taken, looked at, compared, and gone back to.

use assay_domain::SnapshotId;
use assay_service::sites::{Snapshot, SnapshotDifference, SnapshotSummary};
use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{ChangeAnswer, ChangeParameters, Listed, PageParameters, Whole, changed, reasonable, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;

/// How a snapshot is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SnapshotParameters {
    /// Says whether it could be, and writes nothing.
    #[serde(default)]
    dry_run: bool,
    /// Why it is made.
    #[param(max_length = 4000, example = "before the audit")]
    reason: Option<String>,
}

/// A snapshot that was made, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotMade {
    /// Its id.
    snapshot_id: Uuid,
}

/// A snapshot in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotRow {
    /// Its id.
    snapshot_id: Uuid,
    /// `manual`, `scheduled`, `before-change` or `before-rollback`.
    #[schema(example = "manual")]
    kind: String,
    /// The site's revision.
    revision: i64,
    /// Why it was made.
    reason: Option<String>,
    /// Who made it: a user's id, or a token's subject.
    created_by: String,
    /// When.
    snapshot_at: DateTime<Utc>,
}

impl From<SnapshotSummary> for SnapshotRow {
    fn from(summary: SnapshotSummary) -> Self {
        Self {
            snapshot_id: summary.id.0,
            kind: summary.kind,
            revision: summary.revision,
            reason: summary.reason,
            created_by: summary.author,
            snapshot_at: summary.at,
        }
    }
}

/// A site at a moment. Configurations are named by version: these never change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotAnswer {
    /// What a list says of it.
    snapshot: SnapshotRow,
    /// What was enabled.
    #[schema(value_type = Vec<Object>)]
    configurations: Value,
    /// The signatures under it.
    #[schema(value_type = Vec<Object>)]
    signoffs: Value,
    /// The pins.
    #[schema(value_type = Vec<Object>)]
    pins: Value,
    /// The policies.
    #[schema(value_type = Vec<Object>)]
    policies: Value,
}

impl From<Snapshot> for SnapshotAnswer {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            snapshot: snapshot.summary.into(),
            configurations: snapshot.configurations,
            signoffs: snapshot.signoffs,
            pins: snapshot.pins,
            policies: snapshot.policies,
        }
    }
}

/// How an extension, a pin or a policy differs between two snapshots.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceRow {
    /// `extension`, `pin` or `policy`.
    #[schema(example = "extension")]
    kind: &'static str,
    /// The extension, or the policy's capability.
    #[schema(example = "portal")]
    id: String,
    /// How it was; null when it was not there.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// How it is; null when it is not there.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// The fields of the configuration that differ; what is secret is hidden.
    configuration: Vec<FieldRow>,
    /// Whether what is secret in it differs.
    secrets_differ: bool,
}

/// A field of a configuration that differs.
#[derive(Debug, Serialize, ToSchema)]
struct FieldRow {
    /// JSON Pointer (RFC 6901) into the configuration.
    #[schema(example = "/theme")]
    field: String,
    /// What was there; null when nothing was.
    #[schema(value_type = Option<Value>)]
    before: Option<Value>,
    /// What is there; null when nothing is.
    #[schema(value_type = Option<Value>)]
    after: Option<Value>,
}

impl From<SnapshotDifference> for DifferenceRow {
    fn from(difference: SnapshotDifference) -> Self {
        let fields = difference.configuration.into_iter().map(|field| FieldRow {
            field: field.field,
            before: field.recorded,
            after: field.replayed,
        });
        Self {
            kind: difference.kind,
            id: difference.id,
            before: difference.before,
            after: difference.after,
            configuration: fields.collect(),
            secrets_differ: difference.secrets_differ,
        }
    }
}

/// Keeps a site as it is now.
#[utoipa::path(
    post, path = "/v1/sites/{site_id}/snapshots", tag = "sites", operation_id = "takeSnapshot",
    params(("site_id" = Uuid, Path, description = "The site."), SnapshotParameters),
    responses((status = 201, description = "It is kept, or would be.", body = SnapshotMade,
        headers(("Location" = String, description = "Where the snapshot is."))))
)]
pub(crate) async fn take(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<SnapshotParameters>,
) -> Result<Response, Problem> {
    if let Some(reason) = &parameters.reason {
        reasonable(reason)?;
    }
    let reason = parameters.reason.as_deref();
    let id = api
        .services
        .take_snapshot(&actor, site_id(site), reason, parameters.dry_run)
        .await?;
    let location = [(LOCATION, format!("/v1/sites/{site}/snapshots/{id}"))];
    let made = Json(SnapshotMade { snapshot_id: id.0 });
    Ok((StatusCode::CREATED, location, made).into_response())
}

/// A site's snapshots, newest first.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/snapshots", tag = "sites", operation_id = "listSnapshots",
    params(("site_id" = Uuid, Path, description = "The site."), PageParameters),
    responses((status = 200, description = "A page.", body = Listed<SnapshotRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
    Query(parameters): Query<PageParameters>,
) -> Result<Response, Problem> {
    let page = api
        .services
        .snapshots(&actor, site_id(site), &parameters.query(50)?)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(SnapshotRow::from).collect(),
        next: page.next,
    };
    Ok(listed.answer(&format!("/v1/sites/{site}/snapshots"), parameters.limit))
}

/// One snapshot.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/snapshots/{snapshot_id}", tag = "sites", operation_id = "getSnapshot",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("snapshot_id" = Uuid, Path, description = "The snapshot."),
    ),
    responses((status = 200, description = "The snapshot.", body = SnapshotAnswer))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, snapshot)): Path<(Uuid, Uuid)>,
) -> Result<Json<SnapshotAnswer>, Problem> {
    let found = api
        .services
        .snapshot(&actor, site_id(site), SnapshotId(snapshot))
        .await?;
    Ok(Json(found.into()))
}

/// What differs from one snapshot of a site to another.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/snapshots/{snapshot_id}/differences/{other_id}", tag = "sites",
    operation_id = "compareSnapshots",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("snapshot_id" = Uuid, Path, description = "The snapshot from which it differs: before."),
        ("other_id" = Uuid, Path, description = "The other one: after."),
    ),
    responses((status = 200, description = "All that differs.", body = Whole<DifferenceRow>))
)]
pub(crate) async fn compare(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, before, after)): Path<(Uuid, Uuid, Uuid)>,
) -> Result<Json<Whole<DifferenceRow>>, Problem> {
    let differences = api
        .services
        .compare_snapshots(&actor, site_id(site), SnapshotId(before), SnapshotId(after))
        .await?;
    Ok(Json(Whole {
        items: differences.into_iter().map(DifferenceRow::from).collect(),
    }))
}

/// Has a site be as a snapshot shows it: those extensions in those versions, configurations, pins and policies.
///
/// New versions are made of them, resolved and checked as any change; a snapshot is made before, so that this can be gone
/// back from. Who resolves the site stays.
#[utoipa::path(
    post, path = "/v1/sites/{site_id}/snapshots/{snapshot_id}/rollback", tag = "sites", operation_id = "rollBackSite",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("snapshot_id" = Uuid, Path, description = "The snapshot."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the site."),
        ChangeParameters,
    ),
    responses((status = 200, description = "It is so, or would be.", body = ChangeAnswer,
        headers(("ETag" = String, description = "Of the site, for `If-Match`."))))
)]
pub(crate) async fn rollback(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, snapshot)): Path<(Uuid, Uuid)>,
    Query(parameters): Query<ChangeParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let options = parameters.options(&headers)?;
    let done = api
        .services
        .roll_back_site(&actor, site_id(site), SnapshotId(snapshot), &options)
        .await?;
    changed(done)
}
