//! Yanking: a release is taken out of selection. Processes that pinned it, under way or done, keep it.
//!
//! Deliberately absent: taking it back. The same code can be registered under a new version.

use assay_domain::{Actor, PluginName};
use assay_store::StoreError;
use semver::Version;
use serde_json::json;
use uuid::Uuid;

use super::{Release, owner};
use crate::Services;
use crate::access::{ClientRefused, NotAllowed};
use crate::record::{Event, record};

/// Why a release was not yanked.
#[derive(Debug, thiserror::Error)]
pub enum YankError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// There is no such release that the caller may see.
    #[error("there is no such release")]
    NotFound,
    /// It is the platform's, and the caller is a client.
    #[error("`{name}` is a plugin of the platform, which alone can yank its releases")]
    Platforms {
        /// The plugin.
        name: PluginName,
    },
    /// The database could not.
    #[error("the release could not be yanked")]
    Store(#[from] StoreError),
}

impl Services {
    /// Yanks a release of the caller's. One that is yanked already stays as it is.
    ///
    /// # Errors
    /// See [`YankError`].
    pub async fn yank_release(
        &self,
        actor: &Actor,
        name: &PluginName,
        version: &Version,
    ) -> Result<Release, YankError> {
        let owner = owner(actor)?;
        let mut tx = self.begin_owner(owner).await??;
        let Some(release) = tx.own_release(name, version).await? else {
            let plugin = tx.plugin(name).await?;
            let platforms = plugin.is_some_and(|plugin| owner.is_some() && plugin.owner.is_none());
            return Err(if platforms {
                YankError::Platforms { name: name.clone() }
            } else {
                YankError::NotFound
            });
        };
        if tx.yank_release(release.id, self.inner.clock.now()).await? {
            let event = Event::of(actor, "plugin.yanked", Uuid::now_v7())
                .plugin(name)
                .with(json!({"name": name, "version": version, "sha256": release.digest}));
            record(&mut tx, self.inner.clock.as_ref(), &event).await?;
        }
        let yanked = tx.own_release(name, version).await?.ok_or(YankError::NotFound)?;
        tx.commit().await?;
        Ok(self.release(yanked, false, false).await?)
    }
}
