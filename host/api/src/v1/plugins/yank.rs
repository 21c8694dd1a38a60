//! `POST /v1/plugins/{name}/releases/{version}/yank`.

use assay_service::YankError;
use axum::Json;
use axum::extract::State;

use super::{ReleaseAnswer, plugin_name, release_version};
use crate::extract::{Caller, Path};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::v1::not_found;

/// Takes a release out of selection: new processes don't get it, those to which it is pinned keep it.
///
/// Whoever registered it can do this; it can't be taken back, and doing it again changes nothing. The same code can be
/// registered under a new version.
#[utoipa::path(
    post, path = "/v1/plugins/{name}/releases/{version}/yank", tag = "plugins", operation_id = "yankRelease",
    params(
        ("name" = String, Path, description = "The plugin."),
        ("version" = String, Path, description = "The release's version."),
    ),
    responses((status = 200, description = "It is yanked.", body = ReleaseAnswer))
)]
pub(crate) async fn yank(
    State(api): State<Api>,
    Caller(actor): Caller,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<ReleaseAnswer>, Problem> {
    let name = plugin_name(&name)?;
    let version = release_version(&version)?;
    let release = api.services.yank_release(&actor, &name, &version).await?;
    Ok(Json(release.into()))
}

impl From<YankError> for Problem {
    fn from(error: YankError) -> Self {
        let text = error.to_string();
        match error {
            YankError::NotAllowed(error) => error.into(),
            YankError::Client(error) => error.into(),
            YankError::NotFound => not_found(),
            YankError::Platforms { .. } => Self::new(Code::NotAllowed, text),
            YankError::Store(error) => error.into(),
        }
    }
}
