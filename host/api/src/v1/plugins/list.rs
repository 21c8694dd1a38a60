//! `GET /v1/plugins`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// The plugins that the caller can use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PluginList {
    /// By name.
    items: Vec<PluginRow>,
}

/// A plugin in a list.
#[derive(Debug, Serialize, ToSchema)]
struct PluginRow {
    /// Its name.
    #[schema(example = "payroll_standard_validator")]
    name: String,
    /// The client to whom it belongs; null for the platform's.
    owner: Option<Uuid>,
    /// The newest release that is not withdrawn.
    newest: Option<String>,
    /// What that exports.
    worlds: Vec<&'static str>,
    /// One sentence.
    description: String,
}

/// The plugins that the caller's client can use.
#[utoipa::path(
    get, path = "/v1/plugins", tag = "plugins", operation_id = "listPlugins",
    responses((status = 200, description = "The plugins.", body = PluginList))
)]
pub(crate) async fn list(State(api): State<Api>, Caller(actor): Caller) -> Result<Json<PluginList>, Problem> {
    let plugins = api.services.plugins(&actor).await?.into_iter();
    let items = plugins.map(|plugin| PluginRow {
        name: plugin.name.to_string(),
        owner: plugin.owner.map(|owner| owner.0),
        newest: plugin.newest.map(|version| version.to_string()),
        worlds: plugin
            .worlds
            .into_iter()
            .map(assay_domain::World::as_str)
            .collect(),
        description: plugin.description,
    });
    Ok(Json(PluginList {
        items: items.collect(),
    }))
}
