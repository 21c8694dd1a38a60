//! `POST /v1/plugins/{name}/releases/{version}/activate` and `…/rollback`: which releases are in use.

use assay_domain::{ClientId, PluginName};
use assay_service::{ActivateReleaseError, InUse};
use axum::Json;
use axum::extract::State;
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{plugin_name, refused, release_version};
use crate::extract::{Caller, Path, Query};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::not_found;

/// For whom it is decided.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForWhom {
    /// With a token of role `platform`: this client alone; without it all who see the plugin. A client decides for
    /// itself, and about its own plugin for all who see it.
    client: Option<Uuid>,
}

/// The releases of a plugin that are in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InUseAnswer {
    /// The plugin.
    name: String,
    /// For whom it was decided; null is for all who see the plugin.
    client_id: Option<Uuid>,
    /// The versions in use, newest first.
    in_use: Vec<String>,
    /// Whether anything is other than before.
    changed: bool,
}

/// Puts a release into use: from now on the ranges of configurations select it.
///
/// It is loaded and its own tests are run first. A release that does not load or fails a test changes nothing; processes
/// under way keep the release that was pinned to them.
#[utoipa::path(
    post, path = "/v1/plugins/{name}/releases/{version}/activate", tag = "plugins", operation_id = "activateRelease",
    params(
        ("name" = String, Path, description = "The plugin."),
        ("version" = String, Path, description = "The release's version."),
        ForWhom,
    ),
    responses((status = 200, description = "It is in use.", body = InUseAnswer))
)]
pub(crate) async fn activate(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, version)): Path<(String, String)>,
    Query(whom): Query<ForWhom>,
) -> Result<Json<InUseAnswer>, Problem> {
    let (name, version, client) = read(&name, &version, &whom)?;
    let done = api
        .services
        .activate_release(&actor, &name, &version, client)
        .await?;
    Ok(Json(done.into()))
}

/// Goes back to a release that was in use: newer ones that are compatible with it (as Cargo's caret has it) go out of
/// use.
#[utoipa::path(
    post, path = "/v1/plugins/{name}/releases/{version}/rollback", tag = "plugins", operation_id = "rollBackRelease",
    params(
        ("name" = String, Path, description = "The plugin."),
        ("version" = String, Path, description = "The version to go back to."),
        ForWhom,
    ),
    responses((status = 200, description = "It is in use, and nothing newer that is compatible with it.", body = InUseAnswer))
)]
pub(crate) async fn rollback(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, version)): Path<(String, String)>,
    Query(whom): Query<ForWhom>,
) -> Result<Json<InUseAnswer>, Problem> {
    let (name, version, client) = read(&name, &version, &whom)?;
    let done = api
        .services
        .roll_back_release(&actor, &name, &version, client)
        .await?;
    Ok(Json(done.into()))
}

fn read(
    name: &str,
    version: &str,
    whom: &ForWhom,
) -> Result<(PluginName, Version, Option<ClientId>), Problem> {
    Ok((
        plugin_name(name)?,
        release_version(version)?,
        whom.client.map(ClientId),
    ))
}

impl From<InUse> for InUseAnswer {
    fn from(done: InUse) -> Self {
        Self {
            name: done.name.to_string(),
            client_id: done.client.map(|client| client.0),
            in_use: done.releases.iter().map(ToString::to_string).collect(),
            changed: done.changed,
        }
    }
}

impl From<ActivateReleaseError> for Problem {
    fn from(error: ActivateReleaseError) -> Self {
        let text = error.to_string();
        match error {
            ActivateReleaseError::NotAllowed(error) => error.into(),
            ActivateReleaseError::Client(error) => error.into(),
            ActivateReleaseError::UnknownClient(_) => Self::new(Code::ClientUnknown, text),
            ActivateReleaseError::NotFound => not_found(),
            ActivateReleaseError::Yanked { .. } => Self::new(Code::ReleaseYanked, text),
            ActivateReleaseError::NeverActive { .. } => Self::new(Code::ReleaseNeverActive, text),
            ActivateReleaseError::Unfit { reasons, .. } => refused(Code::ReleaseUnfit, &text, reasons),
            ActivateReleaseError::Overloaded(error) => error.into(),
            ActivateReleaseError::Store(error) => error.into(),
        }
    }
}
