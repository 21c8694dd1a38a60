//! `/v1/sites/{site_id}/extensions/{extension_id}/versions`: every configuration that an extension had at a site, the
//! refused ones included. They never change.

use assay_service::sites::ExtensionVersion;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Listed, PageParameters, extension_id, site_id};
use crate::extract::{Caller, Path, Query};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::wrong_parameter;

/// A version of an extension's configuration at a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionRow {
    /// Its id.
    version_id: Uuid,
    /// The extension.
    #[schema(example = "portal")]
    extension_id: String,
    /// Counted from 1.
    #[schema(example = 3)]
    config_version: i32,
    /// `active` (the current one), `superseded` or `refused`.
    #[schema(example = "active")]
    state: &'static str,
    /// The extension's release; null when it was refused before one was chosen.
    #[schema(example = "1.0.0")]
    version: Option<String>,
    /// The release's id.
    release_id: Option<Uuid>,
    /// Whether somebody asked for the extension.
    requested: bool,
    /// With which range.
    requested_range: Option<String>,
    /// The configuration; what the manifest marks as secret is hidden.
    #[schema(value_type = Object)]
    configuration: Value,
    /// SHA-256 of the configuration as canonical JSON (RFC 8785), in hexadecimal digits.
    config_hash: String,
    /// What was wrong with it.
    #[schema(value_type = Vec<Object>)]
    validation_errors: Value,
    /// What it was in conflict with.
    #[schema(value_type = Vec<Object>)]
    conflicts: Value,
    /// Why it was made.
    reason: Option<String>,
    /// Why it was enabled in spite of an error.
    forced_reason: Option<String>,
    /// Who made it: a user's id, or a token's subject.
    author: String,
    /// When.
    created_at: DateTime<Utc>,
}

impl From<ExtensionVersion> for VersionRow {
    fn from(version: ExtensionVersion) -> Self {
        Self {
            version_id: version.id.0,
            extension_id: version.extension.to_string(),
            config_version: version.config_version,
            state: version.state.as_str(),
            version: version.version,
            release_id: version.release.map(|id| id.0),
            requested: version.requested,
            requested_range: version.requested_range,
            configuration: version.configuration,
            config_hash: version.config_hash.to_string(),
            validation_errors: version.validation_errors,
            conflicts: version.conflicts,
            reason: version.reason,
            forced_reason: version.forced_reason,
            author: version.author,
            created_at: version.created_at,
        }
    }
}

/// The versions of an extension's configuration at a site, the highest number first.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/extensions/{extension_id}/versions", tag = "sites",
    operation_id = "listExtensionVersions",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        PageParameters,
    ),
    responses((status = 200, description = "A page.", body = Listed<VersionRow>,
        headers(("Link" = String, description = "The next page, as `rel=\"next\"` (RFC 8288)."))))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension)): Path<(Uuid, String)>,
    Query(parameters): Query<PageParameters>,
) -> Result<Response, Problem> {
    let extension = extension_id(&extension)?;
    let limit = parameters.limit(50)?;
    let below = parameters.after.as_deref().map(str::parse).transpose();
    let below = below.map_err(|_| wrong_parameter("after", "is not the `next` of a page of this list"))?;
    let page = api
        .services
        .extension_versions(&actor, site_id(site), &extension, below, limit)
        .await?;
    let listed = Listed {
        items: page.items.into_iter().map(VersionRow::from).collect(),
        next: page.next.map(|number| number.to_string()),
    };
    let path = format!("/v1/sites/{site}/extensions/{extension}/versions");
    Ok(listed.answer(&path, parameters.limit))
}

/// One version of an extension's configuration at a site.
#[utoipa::path(
    get, path = "/v1/sites/{site_id}/extensions/{extension_id}/versions/{config_version}", tag = "sites",
    operation_id = "getExtensionVersion",
    params(
        ("site_id" = Uuid, Path, description = "The site."),
        ("extension_id" = String, Path, description = "The extension.", example = "portal"),
        ("config_version" = i32, Path, description = "Its number."),
    ),
    responses((status = 200, description = "The version.", body = VersionRow))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((site, extension, number)): Path<(Uuid, String, i32)>,
) -> Result<Json<VersionRow>, Problem> {
    let extension = extension_id(&extension)?;
    let version = api
        .services
        .extension_version(&actor, site_id(site), &extension, number)
        .await?;
    Ok(Json(version.into()))
}
