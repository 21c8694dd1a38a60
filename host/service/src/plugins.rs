//! Plugins: their releases are registered once per version and bytes, never edited, only yanked.
//!
//! Invariant: looking at plugins reads no code. The platform's plugins are the platform's to change, a client's the
//! client's.

mod activate;
mod flight;
mod grant;
mod register;
mod registration;
mod selftest;
mod yank;

use assay_domain::{Actor, ClientId, Digest, PluginName, ReleaseId, Role, World};
use assay_store::activations::Selectable;
use assay_store::plugins::{Interfaces, Release as StoredRelease};
use assay_store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::Services;
use crate::access::{ClientRefused, Need, NotAllowed, client};
use crate::processes::{ReadError, serve};
pub use activate::{ActivateReleaseError, InUse};
pub use flight::ExpectedUpload;
pub use grant::{Grant, GrantError};
pub use register::{Progress, Publishing, Reason, RegisterError};
pub use registration::{Registration, RegistrationPage};
pub use yank::YankError;

/// One release.
#[derive(Clone, Debug, Serialize)]
pub struct Release {
    /// Its id.
    pub release_id: ReleaseId,
    /// The plugin.
    pub name: PluginName,
    /// Its version.
    pub version: semver::Version,
    /// SHA-256 of the component that runs.
    pub sha256: Digest,
    /// SHA-256 of what was uploaded.
    pub original_sha256: Digest,
    /// Bytes of the component.
    pub size: u64,
    /// Whether a wasip1 module was wrapped as a component.
    pub wrapped: bool,
    /// The manifest.
    pub manifest: Value,
    /// What it exports.
    pub worlds: Vec<World>,
    /// The component's imports.
    pub imports: Vec<String>,
    /// The component's exports.
    pub exports: Vec<String>,
    /// Whether ranges select it, for whoever asks.
    pub in_use: bool,
    /// When it was withdrawn.
    pub yanked_at: Option<DateTime<Utc>>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Whether it was made now: false when the same bytes were there already.
    pub new: bool,
}

/// A plugin in a list.
#[derive(Clone, Debug, Serialize)]
pub struct PluginSummary {
    /// Its name.
    pub name: PluginName,
    /// Whose it is; none for the platform's.
    pub owner: Option<ClientId>,
    /// The newest release that is not yanked.
    pub newest: Option<semver::Version>,
    /// What that exports.
    pub worlds: Vec<World>,
    /// One sentence.
    pub description: String,
}

/// A plugin with its releases, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct PluginDetail {
    /// Its name.
    pub name: PluginName,
    /// Whose it is; none for the platform's.
    pub owner: Option<ClientId>,
    /// Its releases.
    pub releases: Vec<Release>,
}

/// For whom a caller registers and yanks: none is the platform.
fn owner(actor: &Actor) -> Result<Option<ClientId>, NotAllowed> {
    match actor.role {
        Role::Platform => Ok(None),
        _ => client(actor, Need::Register).map(Some),
    }
}

/// Whether ranges select a release.
fn is_in_use(selectable: &[Selectable], id: ReleaseId) -> bool {
    let in_use = |release: &Selectable| release.id == id && release.active && !release.yanked;
    selectable.iter().any(in_use)
}

impl Services {
    /// A transaction that writes what the owner has, if it is served.
    async fn begin_owner(&self, owner: Option<ClientId>) -> Result<Result<Tx, ClientRefused>, StoreError> {
        let Some(client) = owner else {
            return self.inner.store.begin_platform().await.map(Ok);
        };
        let mut tx = self.begin(client).await?;
        Ok(serve(&mut tx).await?.map(|_| tx))
    }

    /// A transaction that writes what the owner has, served or not.
    async fn begin_of(&self, owner: Option<ClientId>) -> Result<Tx, StoreError> {
        match owner {
            Some(client) => self.begin(client).await,
            None => self.inner.store.begin_platform().await,
        }
    }

    /// A transaction for someone who looks at what is for all to see, the platform included.
    async fn begin_look(&self, actor: &Actor) -> Result<Tx, ReadError> {
        match actor.role {
            Role::Platform => Ok(self.inner.store.begin_platform().await?),
            _ => self.begin_read(actor).await,
        }
    }

    /// The plugins that the caller can use.
    ///
    /// # Errors
    /// The caller may not read, or the database can't.
    pub async fn plugins(&self, actor: &Actor) -> Result<Vec<PluginSummary>, ReadError> {
        let mut tx = self.begin_look(actor).await?;
        let plugins = tx.plugins().await?;
        let mut newest = tx.newest_releases().await?;
        let summaries = plugins.into_iter().map(|plugin| {
            let newest = newest.remove(&plugin.id);
            let (newest, worlds) = newest.map(|newest| (newest.version, newest.worlds)).unzip();
            PluginSummary {
                name: plugin.name,
                owner: plugin.owner,
                newest,
                worlds: worlds.unwrap_or_default(),
                description: plugin.description,
            }
        });
        Ok(summaries.collect())
    }

    /// One plugin with its releases, newest first.
    ///
    /// # Errors
    /// The caller may not read, or the database can't.
    pub async fn plugin(&self, actor: &Actor, name: &PluginName) -> Result<Option<PluginDetail>, ReadError> {
        let mut tx = self.begin_look(actor).await?;
        let Some(plugin) = tx.plugin(name).await? else {
            return Ok(None);
        };
        let stored = tx.releases(plugin.id).await?;
        let selectable = tx.selectable(plugin.id).await?;
        tx.rollback().await?;
        let mut releases = Vec::new();
        for stored in stored {
            let in_use = is_in_use(&selectable, stored.id);
            releases.push(self.release(stored, in_use, false).await?);
        }
        Ok(Some(PluginDetail {
            name: plugin.name,
            owner: plugin.owner,
            releases,
        }))
    }

    async fn release(&self, stored: StoredRelease, in_use: bool, new: bool) -> Result<Release, StoreError> {
        let Interfaces { imports, exports } = match stored.interfaces {
            Some(interfaces) => interfaces,
            None => self.look_into(&stored).await?,
        };
        Ok(Release {
            release_id: stored.id,
            manifest: stored.manifest.to_json(),
            name: stored.manifest.name,
            version: stored.manifest.version,
            worlds: stored.manifest.worlds,
            sha256: stored.digest,
            original_sha256: stored.original_digest,
            size: u64::try_from(stored.size).unwrap_or_default(),
            wrapped: stored.original_digest != stored.digest,
            imports,
            exports,
            in_use,
            yanked_at: stored.yanked_at,
            created_at: stored.created_at,
            new,
        })
    }

    /// What a release imports and exports that an older host registered; from then on it is stored.
    async fn look_into(&self, stored: &StoredRelease) -> Result<Interfaces, StoreError> {
        let mut tx = self.begin_of(stored.owner).await?;
        let component = tx.component(stored.digest).await?.unwrap_or_default();
        // It was inspected when it was registered; should this host be stricter, it shows none.
        let found = assay_engine::inspect::inspect(&component);
        let interfaces = found.map(|found| Interfaces {
            imports: found.imports,
            exports: found.exports,
        });
        let interfaces = interfaces.unwrap_or_default();
        tx.set_interfaces(stored.id, &interfaces).await?;
        tx.commit().await?;
        Ok(interfaces)
    }
}
