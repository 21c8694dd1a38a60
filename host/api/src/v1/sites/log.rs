//! `/v1/sites/{site_id}/log`, of one extension too, and `/changes`: what happened to configurations at a site.

use assay_service::sites::Entry;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Listed, PageParameters, Whole, extension_id, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;

/// Something that happened at a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryRow {
    /// Its id.
    audit_id: Uuid,
    /// The extension that it is about; null when it is about the site.
    #[schema(example = "portal")]
    extension_id: Option<String>,
    /// What happened: `activated`, `deactivated`, `reconfigured`, `signoff`, `refused`, `forced`, `rolled-back`, …
    #[schema(example = "reconfigured")]
    action: String,
    /// Who did it: a user's id, or a token's subject.
    changed_by: String,
    /// When.
    changed_at: DateTime<Utc>,
    /// SHA-256 of the configuration before.
    old_config_hash: Option<String>,
    /// SHA-256 of the configuration after.
    new_config_hash: Option<String>,
    /// Why.
    reason: Option<String>,
    /// What else is known.
    #[schema(value_type = Object)]
    details: Value,
}

impl From<Entry> for EntryRow {
    fn from(entry: Entry) -> Self {
        Self {
            audit_id: entry.id.0,
            extension_id: entry.extension.map(|id| id.to_string()),
            action: entry.action,
            changed_by: entry.actor,
            changed_at: entry.at,
            old_config_hash: entry.old_hash.map(|hash| hash.to_string()),
            new_config_hash: entry.new_hash.map(|hash| hash.to_string()),
            reason: entry.reason,
            details: entry.details,
        }
    }
}

/// What happened to an extension at a site, newest first.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/extensions/{extension_id}/log", tag = "sites", operation_id = "listExtensionLog",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        PageParameters,
    ),
    responses((status = 200, description = "A page.", body = Listed<EntryRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn of_extension(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<PageParameters>,
) -> Result<Response, Problem> {
    let extension = extension_id(&extension)?;
    let page = api
        .services
        .site_log(&actor, site_id(site), Some(&extension), &parameters.query(100)?)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(EntryRow::from).collect(),
        next: page.next,
    };
    let path = format!("/v1/sites/{site}/extensions/{extension}/log");
    Ok(listed.answer(&path, parameters.limit))
}

/// All that happened at a site, newest first.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/log", tag = "sites", operation_id = "listSiteLog",
    params(("site_id" = Uuid, Path, description = "The site."), PageParameters),
    responses((status = 200, description = "A page.", body = Listed<EntryRow>,
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
        .site_log(&actor, site_id(site), None, &parameters.query(100)?)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(EntryRow::from).collect(),
        next: page.next,
    };
    Ok(listed.answer(&format!("/v1/sites/{site}/log"), parameters.limit))
}

/// The last thing that happened to each extension of a site, by extension.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/changes", tag = "sites", operation_id = "listLastSiteChanges",
    params(("site_id" = Uuid, Path, description = "The site.")),
    responses((status = 200, description = "One of each extension.", body = Whole<EntryRow>))
)]
pub(crate) async fn changes(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(site): Path<Uuid>,
) -> Result<Json<Whole<EntryRow>>, Problem> {
    let entries = api.services.last_site_changes(&actor, site_id(site)).await?;
    Ok(Json(Whole {
        items: entries.into_iter().map(EntryRow::from).collect(),
    }))
}
