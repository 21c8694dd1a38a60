//! Registration: looked at, decided, compiled, committed with what its registration became, and only then known to this
//! host.
//!
//! Invariant: what the database would refuse is refused before anything is compiled, and once more when it is stored,
//! where the database decides; no transaction is open while something is compiled.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{
    Actor, ClientId, Digest, PluginId, PluginName, Problem, RegistrationId, RegistrationStatus, ReleaseId,
};
use assay_engine::{Candidate, CompileStep, Compiled, Refused};
use assay_store::plugins::{Interfaces, NewRelease, Registered, Release as StoredRelease};
use assay_store::{StoreError, Tx};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::activate::ActivateReleaseError;
use super::{Release, is_in_use, selftest};
use crate::Services;
use crate::access::{ClientRefused, NotAllowed};
use crate::queue::Overloaded;
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
    /// The platform, or who granted it, has a plugin of this name.
    #[error("`{name}` is a plugin of the platform, or was granted by another client; choose another name")]
    NameTaken {
        /// The name.
        name: PluginName,
    },
    /// Too much to do.
    #[error("too many plugins are being registered; try again in {} s", .retry_after.as_secs())]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The database could not.
    #[error("the release could not be stored")]
    Store(#[from] StoreError),
    /// The task that worked on it died, or others did not finish it again and again.
    #[error("the work on the registration ended unexpectedly")]
    Lost,
}

/// How an upload is published.
#[derive(Clone, Debug)]
pub struct Publishing {
    /// Whether the release is in use at once.
    pub activate: bool,
    /// Who is told how far it is.
    pub progress: Progress,
}

impl Default for Publishing {
    fn default() -> Self {
        Self {
            activate: true,
            progress: Progress::nobody(),
        }
    }
}

/// Who is told how far a registration is.
#[derive(Clone)]
pub struct Progress(Option<Arc<Told>>);

type Told = dyn Fn(RegistrationStatus, Option<&str>) + Send + Sync;

impl Progress {
    /// Whoever calls this is told.
    pub fn to(told: impl Fn(RegistrationStatus, Option<&str>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    /// Nobody looks.
    pub fn nobody() -> Self {
        Self(None)
    }

    pub(super) fn tell(&self, status: RegistrationStatus, word: Option<&str>) {
        if let Some(told) = &self.0 {
            told(status, word);
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Progress").field(&self.0.is_some()).finish()
    }
}

impl From<ActivateReleaseError> for RegisterError {
    fn from(error: ActivateReleaseError) -> Self {
        use ActivateReleaseError as E;
        match error {
            E::NotAllowed(error) => Self::NotAllowed(error),
            E::Client(error) => Self::Client(error),
            E::Unfit { reasons, .. } => Self::Refused(reasons),
            E::Overloaded(Overloaded { retry_after, .. }) => Self::Overloaded { retry_after },
            E::Store(error) => Self::Store(error),
            // Of what was just found, and going back.
            E::UnknownClient(_) | E::NotFound | E::Yanked { .. } | E::NeverActive { .. } => Self::Lost,
        }
    }
}

impl From<Refused> for RegisterError {
    fn from(refused: Refused) -> Self {
        let reasons = refused.reasons.into_iter().map(|reason| Reason {
            code: reason.code.to_owned(),
            message: reason.message,
        });
        Self::Refused(reasons.collect())
    }
}

impl Services {
    /// Carries out a registration that was begun.
    pub(super) async fn register(
        &self,
        actor: &Actor,
        owner: Option<ClientId>,
        registration: RegistrationId,
        component: Bytes,
        publishing: &Publishing,
    ) -> Result<Release, RegisterError> {
        let progress = &publishing.progress;
        let inner = &self.inner;
        let checking = (RegistrationStatus::Checking, None);
        self.step(owner, registration, progress, checking).await;
        let candidate = inner.engine.check(component).await?;
        settings_schema(&candidate).await?;

        let mut tx = self.begin_owner(owner).await??;
        let known = known(&mut tx, owner, &candidate).await?;
        tx.rollback().await?;
        if let Some(stored) = known {
            if publishing.activate {
                let testing = (RegistrationStatus::Testing, Some(selftest::CODE));
                self.step(owner, registration, progress, testing).await;
                self.use_known(actor, &stored).await?;
            }
            let mut tx = self.begin_owner(owner).await??;
            tx.registered(registration, stored.id, inner.clock.now()).await?;
            tx.commit().await?;
            return self.registered_release(owner, stored, false).await;
        }

        let compiled = self.compile(owner, registration, &candidate, progress).await?;
        let testing = (RegistrationStatus::Testing, Some(selftest::CODE));
        self.step(owner, registration, progress, testing).await;
        let (engine, maximum) = (&inner.engine, &inner.limits_maximum);
        let failures = selftest::failures(engine, compiled.plugin(), &candidate.manifest, maximum).await;
        if !failures.is_empty() {
            return Err(RegisterError::Refused(failures));
        }

        let now = inner.clock.now();
        let interfaces = Interfaces {
            imports: candidate.imports,
            exports: candidate.exports,
        };
        let new = NewRelease {
            plugin_id: PluginId::new(now),
            id: ReleaseId::new(now),
            manifest: &candidate.manifest,
            interfaces: &interfaces,
            digest: candidate.digest,
            original_digest: candidate.original_digest,
            component: &candidate.component,
            original: candidate.original.as_deref(),
            created_at: now,
        };
        let mut tx = self.begin_owner(owner).await??;
        name_is_free(&mut tx, owner, &candidate.manifest.name).await?;
        let (stored, is_new) = match tx.register_release(&new).await? {
            Registered::New(stored) => (stored, true),
            Registered::Known(stored) => (stored, false),
            Registered::Taken(stored) => return Err(taken(stored)),
        };
        if is_new {
            if publishing.activate {
                tx.set_active(stored.id, true, &actor.subject, now).await?;
            }
            let manifest = &stored.manifest;
            let event = Event::of(actor, "plugin.registered", Uuid::now_v7())
                .plugin(&manifest.name)
                .with(json!({"name": manifest.name, "version": manifest.version, "sha256": stored.digest}));
            record(&mut tx, inner.clock.as_ref(), &event).await?;
        }
        tx.registered(registration, stored.id, now).await?;
        tx.commit().await?;
        // What somebody else registered meanwhile may be the same module, wrapped differently.
        if stored.digest == candidate.digest {
            inner.engine.publish(compiled).await;
        }
        if publishing.activate && !is_new {
            // Somebody else registered it meanwhile, perhaps not for use.
            self.use_known(actor, &stored).await?;
        }
        self.registered_release(owner, stored, is_new).await
    }

    /// Puts a release that was there already into use, if it is not: as whoever activates it would, with its own tests.
    /// One that is yanked stays out of use, which the answer says.
    pub(super) async fn use_known(&self, actor: &Actor, stored: &StoredRelease) -> Result<(), RegisterError> {
        let manifest = &stored.manifest;
        let done = self
            .activate_release(actor, &manifest.name, &manifest.version, None)
            .await;
        match done {
            Ok(_) | Err(ActivateReleaseError::Yanked { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A release as its owner finds it now.
    pub(super) async fn registered_release(
        &self,
        owner: Option<ClientId>,
        stored: StoredRelease,
        new: bool,
    ) -> Result<Release, RegisterError> {
        let mut tx = self.begin_of(owner).await?;
        let selectable = tx.selectable(stored.plugin).await?;
        tx.rollback().await?;
        let in_use = is_in_use(&selectable, stored.id);
        Ok(self.release(stored, in_use, new).await?)
    }

    /// Compiles while no transaction is open but those that say how far it is.
    async fn compile(
        &self,
        owner: Option<ClientId>,
        registration: RegistrationId,
        candidate: &Candidate,
        progress: &Progress,
    ) -> Result<Compiled, Refused> {
        let waiting = (RegistrationStatus::Compiling, Some("waiting"));
        self.step(owner, registration, progress, waiting).await;
        let (told, mut steps) = mpsc::unbounded_channel();
        // Whoever listens is gone when it is done.
        let watch = move |step| {
            let _ = told.send(step);
        };
        let compile = self.inner.engine.compile_watched(candidate, watch);
        let tell = async {
            while let Some(step) = steps.recv().await {
                let status = match step {
                    CompileStep::Linking => RegistrationStatus::Testing,
                    _ => RegistrationStatus::Compiling,
                };
                let at = (status, Some(step.as_str()));
                self.step(owner, registration, progress, at).await;
            }
        };
        let (compiled, ()) = tokio::join!(compile, tell);
        compiled
    }
}

/// A schema of settings that can't be used is found by whoever registers it, and not by who configures the plugin.
async fn settings_schema(candidate: &Candidate) -> Result<(), RegisterError> {
    let Some(schema) = &candidate.manifest.settings else {
        return Ok(());
    };
    Schema::compile(schema).await.map_or_else(
        |Problem { pointer, message }| {
            Err(RegisterError::Refused(vec![Reason {
                code: "settings-schema".to_owned(),
                message: format!("the manifest's settings schema is wrong at `{pointer}`: {message}"),
            }]))
        },
        |_| Ok(()),
    )
}

/// The release that this very upload became before, if it did.
async fn known(
    tx: &mut Tx,
    owner: Option<ClientId>,
    candidate: &Candidate,
) -> Result<Option<StoredRelease>, RegisterError> {
    let manifest = &candidate.manifest;
    name_is_free(tx, owner, &manifest.name).await?;
    match tx.own_release(&manifest.name, &manifest.version).await? {
        Some(there) if !there.came_from(candidate.digest, candidate.original_digest) => Err(taken(there)),
        there => Ok(there),
    }
}

async fn name_is_free(tx: &mut Tx, owner: Option<ClientId>, name: &PluginName) -> Result<(), RegisterError> {
    let there = tx.plugin(name).await?;
    if owner.is_some() && there.is_some_and(|plugin| plugin.owner != owner) {
        return Err(RegisterError::NameTaken { name: name.clone() });
    }
    Ok(())
}

fn taken(there: StoredRelease) -> RegisterError {
    RegisterError::VersionExists {
        name: there.manifest.name,
        version: there.manifest.version,
        existing: there.digest,
    }
}
