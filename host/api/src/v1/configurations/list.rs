//! `GET /v1/configurations/{process_type_id}`: all versions.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::process_type;
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;

/// All versions for a process type.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigurationList {
    /// Newest first.
    items: Vec<ConfigurationRow>,
}

/// One version in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ConfigurationRow {
    /// Its id.
    config_id: Uuid,
    /// Counted from 1.
    version: i32,
    /// Whether processes use it.
    active: bool,
    /// SHA-256 of the configuration as canonical JSON (RFC 8785), in hexadecimal digits.
    sha256: String,
    /// The validator.
    plugin_name: String,
    /// Who wrote it: the subject of the token; null for versions from before it was kept.
    submitted_by: Option<String>,
    /// When it was written.
    created_at: DateTime<Utc>,
}

/// All versions of the configuration for a process type, newest first.
#[utoipa::path(
    get, path = "/v1/configurations/{process_type_id}", tag = "configurations", operation_id = "listConfigurations",
    params(("process_type_id" = String, Path, pattern = "^[a-z][a-z0-9_]{0,62}$",
            description = "The process type.")),
    responses((status = 200, description = "The versions.", body = ConfigurationList))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(name): Path<String>,
) -> Result<Json<ConfigurationList>, Problem> {
    let stored = api.services.configurations(&actor, &process_type(&name)?).await?;
    let items = stored.into_iter().map(|summary| ConfigurationRow {
        config_id: summary.id.0,
        version: summary.version,
        active: summary.active,
        sha256: summary.digest.to_string(),
        plugin_name: summary.plugin_name.to_string(),
        submitted_by: summary.submitted_by,
        created_at: summary.created_at,
    });
    Ok(Json(ConfigurationList {
        items: items.collect(),
    }))
}
