//! `GET /v1/plugins/{name}`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ReleaseAnswer, plugin_name};
use crate::extract::{Caller, Path};
use crate::problem::Problem;
use crate::state::Api;
use crate::v1::not_found;

/// A plugin with its releases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PluginAnswer {
    /// Its name.
    name: String,
    /// The client to whom it belongs; null for the platform's.
    owner: Option<Uuid>,
    /// Newest first.
    releases: Vec<ReleaseAnswer>,
}

/// One plugin with its releases.
#[utoipa::path(
    get, path = "/v1/plugins/{name}", tag = "plugins", operation_id = "getPlugin",
    params(("name" = String, Path, description = "The plugin.")),
    responses((status = 200, description = "The plugin.", body = PluginAnswer))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path(name): Path<String>,
) -> Result<Json<PluginAnswer>, Problem> {
    let plugin = api
        .services
        .plugin(&actor, &plugin_name(&name)?)
        .await?
        .ok_or_else(not_found)?;
    Ok(Json(PluginAnswer {
        name: plugin.name.to_string(),
        owner: plugin.owner.map(|owner| owner.0),
        releases: plugin.releases.into_iter().map(ReleaseAnswer::from).collect(),
    }))
}
