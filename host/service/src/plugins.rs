//! Plugins: registered once per version and bytes, never edited.

use assay_domain::{Actor, ClientId, Digest, PluginName, Problem, ReleaseId, Role, World};
use assay_store::plugins::{NewRelease, Registered, Release as StoredRelease};
use assay_store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Services;
use crate::access::{ClientRefused, Need, NotAllowed, client};
use crate::processes::{ReadError, serve};
use crate::record::{Event, record};
use crate::schema::Schema;

/// One reason why a component was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why a component was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// It can't be run here: every reason.
    #[error("the component is refused for {} reason(s)", .0.len())]
    Refused(Vec<Reason>),
    /// The version exists with other bytes.
    #[error(
        "`{name}` {version} is registered with other bytes; releases are never edited: raise the version"
    )]
    VersionExists {
        /// The plugin.
        name: PluginName,
        /// The version.
        version: semver::Version,
        /// SHA-256 of what is registered.
        existing: Digest,
    },
    /// The platform has a plugin of this name.
    #[error("`{name}` is a plugin of the platform; choose another name")]
    NameTaken {
        /// The name.
        name: PluginName,
    },
    /// The database could not.
    #[error("the release could not be stored")]
    Store(#[from] StoreError),
}

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
    /// When it was withdrawn.
    pub yanked_at: Option<DateTime<Utc>>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// False when the same bytes were registered before.
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

impl Services {
    /// Registers a release: for all clients when the caller is the platform, else for the caller's client.
    ///
    /// # Errors
    /// See [`RegisterError`]; a component is refused with every reason at once.
    pub async fn register_plugin(&self, actor: &Actor, component: Vec<u8>) -> Result<Release, RegisterError> {
        let owner = match actor.role {
            Role::Platform => None,
            _ => Some(client(actor, Need::Register)?),
        };
        let inner = &self.inner;
        if let Some(client) = owner {
            // Before anything is compiled for somebody who is not served.
            let mut tx = self.begin(client).await?;
            serve(&mut tx).await?.map_err(RegisterError::Client)?;
            tx.rollback().await?;
        }
        let original = component.clone();
        let registered = inner.engine.register(component).await.map_err(|refused| {
            let reasons = refused.reasons.into_iter();
            let reasons = reasons.map(|reason| Reason {
                code: reason.code.to_owned(),
                message: reason.message,
            });
            RegisterError::Refused(reasons.collect())
        })?;
        if let Some(schema) = &registered.manifest.settings
            && let Err(problem) = Schema::compile(schema).await
        {
            let Problem { pointer, message } = problem;
            let reason = Reason {
                code: "settings-schema".to_owned(),
                message: format!("the manifest's settings schema is wrong at `{pointer}`: {message}"),
            };
            return Err(RegisterError::Refused(vec![reason]));
        }
        let now = inner.clock.now();
        let (name, version) = (
            registered.manifest.name.clone(),
            registered.manifest.version.clone(),
        );
        let new = NewRelease {
            plugin_id: assay_domain::PluginId::new(now),
            id: ReleaseId::new(now),
            manifest: &registered.manifest,
            component: &registered.component,
            original: registered.wrapped.then_some(original.as_slice()),
            created_at: now,
        };
        let mut tx = match owner {
            Some(client) => self.begin(client).await?,
            None => inner.store.begin_platform().await?,
        };
        if owner.is_some() {
            serve(&mut tx).await?.map_err(RegisterError::Client)?;
            if tx
                .plugin(&name)
                .await?
                .is_some_and(|plugin| plugin.owner.is_none())
            {
                return Err(RegisterError::NameTaken { name });
            }
        }
        let (stored, is_new) = match tx.register_release(&new).await? {
            Registered::New(stored) => (stored, true),
            Registered::Known(stored) => (stored, false),
            Registered::Taken(stored) => {
                return Err(RegisterError::VersionExists {
                    name,
                    version,
                    existing: stored.digest,
                });
            }
        };
        if owner.is_some() && is_new {
            let event = Event::of(actor, "plugin.registered", Uuid::now_v7())
                .plugin(&name)
                .with(json!({"name": name, "version": version, "sha256": registered.digest}));
            record(&mut tx, inner.clock.as_ref(), &event).await?;
        }
        tx.commit().await?;
        Ok(release(stored, &registered.component, is_new))
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
        let mut summaries = Vec::new();
        for plugin in tx.plugins().await? {
            let releases = tx.releases(plugin.id).await?;
            let newest = releases.iter().filter(|release| release.yanked_at.is_none());
            let newest = newest
                .map(|release| &release.manifest)
                .max_by(|a, b| a.version.cmp(&b.version));
            summaries.push(PluginSummary {
                newest: newest.map(|manifest| manifest.version.clone()),
                worlds: newest.map(|manifest| manifest.worlds.clone()).unwrap_or_default(),
                name: plugin.name,
                owner: plugin.owner,
                description: plugin.description,
            });
        }
        Ok(summaries)
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
        let mut releases = Vec::new();
        for stored in tx.releases(plugin.id).await? {
            let component = tx.component(stored.digest).await?.unwrap_or_default();
            releases.push(release(stored, &component, false));
        }
        Ok(Some(PluginDetail {
            name: plugin.name,
            owner: plugin.owner,
            releases,
        }))
    }
}

fn release(stored: StoredRelease, component: &[u8], new: bool) -> Release {
    // What was registered was inspected then; a component that can't be inspected now shows no imports.
    let inspected = assay_engine::inspect::inspect(component);
    let (imports, exports) = inspected
        .map(|found| (found.imports, found.exports))
        .unwrap_or_default();
    let wrapped = stored.original_digest != stored.digest;
    Release {
        release_id: stored.id,
        manifest: stored.manifest.to_json(),
        name: stored.manifest.name,
        version: stored.manifest.version,
        worlds: stored.manifest.worlds,
        sha256: stored.digest,
        original_sha256: stored.original_digest,
        size: u64::try_from(stored.size).unwrap_or_default(),
        wrapped,
        imports,
        exports,
        yanked_at: stored.yanked_at,
        created_at: stored.created_at,
        new,
    }
}
