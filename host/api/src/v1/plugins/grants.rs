//! `PUT` and `DELETE /v1/plugins/{name}/grants/{client_id}`: a client's plugin for another client to use.

use assay_domain::ClientId;
use assay_service::{Grant, GrantError};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::plugin_name;
use crate::extract::{Caller, Path, Query};
use crate::problem::{Code, Problem};
use crate::state::Api;

/// Whose plugin it is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// The client that owns the plugin. The platform's own plugins are there for all and need no grant.
    owner: Uuid,
}

/// Who may use a client's plugin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantAnswer {
    /// The plugin.
    name: String,
    /// Whose it is.
    owner: Uuid,
    /// Who may use it, or no longer may.
    client_id: Uuid,
    /// Whether it may.
    granted: bool,
}

/// Lets a client use another client's plugin.
#[utoipa::path(
    put, path = "/v1/plugins/{name}/grants/{client_id}", tag = "plugins", operation_id = "grantPlugin",
    params(
        ("name" = String, Path, description = "The plugin."),
        ("client_id" = Uuid, Path, description = "Who is to use it."),
        Whose,
    ),
    responses((status = 200, description = "It may.", body = GrantAnswer))
)]
pub(crate) async fn grant(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, client)): Path<(String, Uuid)>,
    Query(whose): Query<Whose>,
) -> Result<Json<GrantAnswer>, Problem> {
    let (name, owner) = (plugin_name(&name)?, ClientId(whose.owner));
    let granted = api
        .services
        .grant_plugin(&actor, owner, &name, ClientId(client), true)
        .await?;
    Ok(Json(granted.into()))
}

/// Takes a grant back: the plugin is invisible to the client again. What was pinned meanwhile keeps its release.
#[utoipa::path(
    delete, path = "/v1/plugins/{name}/grants/{client_id}", tag = "plugins", operation_id = "revokePlugin",
    params(
        ("name" = String, Path, description = "The plugin."),
        ("client_id" = Uuid, Path, description = "Who is to use it no longer."),
        Whose,
    ),
    responses((status = 200, description = "It may not.", body = GrantAnswer))
)]
pub(crate) async fn revoke(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, client)): Path<(String, Uuid)>,
    Query(whose): Query<Whose>,
) -> Result<Json<GrantAnswer>, Problem> {
    let (name, owner) = (plugin_name(&name)?, ClientId(whose.owner));
    let revoked = api
        .services
        .grant_plugin(&actor, owner, &name, ClientId(client), false)
        .await?;
    Ok(Json(revoked.into()))
}

impl From<Grant> for GrantAnswer {
    fn from(grant: Grant) -> Self {
        Self {
            name: grant.name.to_string(),
            owner: grant.owner.0,
            client_id: grant.client.0,
            granted: grant.granted,
        }
    }
}

impl From<GrantError> for Problem {
    fn from(error: GrantError) -> Self {
        let text = error.to_string();
        match error {
            GrantError::NotAllowed(error) => error.into(),
            GrantError::UnknownClient(_) => Self::new(Code::ClientUnknown, text),
            GrantError::Own => Self::new(Code::GrantPointless, text),
            GrantError::NotFound { .. } => Self::new(Code::NotFound, text),
            GrantError::NotGranted { .. } => Self::new(Code::GrantMissing, text),
            GrantError::NameTaken { .. } => Self::new(Code::PluginNameTaken, text),
            GrantError::Store(error) => error.into(),
        }
    }
}
