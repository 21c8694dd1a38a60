//! Registration: looked at, decided, compiled, committed, and only then known to this host.
//!
//! Invariant: what the database would refuse is refused before anything is compiled, and once more when it is stored,
//! where the database decides; no transaction is open while something is compiled.

use assay_domain::{Actor, ClientId, Digest, PluginId, PluginName, Problem, ReleaseId};
use assay_engine::{Candidate, Refused};
use assay_store::plugins::{Interfaces, NewRelease, Registered, Release as StoredRelease};
use assay_store::{StoreError, Tx};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Release, owner, selftest};
use crate::Services;
use crate::access::{ClientRefused, NotAllowed};
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
    /// The database could not.
    #[error("the release could not be stored")]
    Store(#[from] StoreError),
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
    /// Registers a release: for all clients when the caller is the platform, else for the caller's client. The same
    /// bytes again are answered with what is there.
    ///
    /// # Errors
    /// See [`RegisterError`]; a component is refused with every reason at once.
    pub async fn register_plugin(
        &self,
        actor: &Actor,
        component: Bytes,
        activate: bool,
    ) -> Result<Release, RegisterError> {
        let owner = owner(actor)?;
        let inner = &self.inner;
        // Before anything is looked at for somebody who is not served.
        self.begin_owner(owner).await??.rollback().await?;
        let candidate = inner.engine.check(component).await?;
        settings_schema(&candidate).await?;

        let mut tx = self.begin_owner(owner).await??;
        let known = known(&mut tx, owner, &candidate).await?;
        tx.rollback().await?;
        if let Some(stored) = known {
            return Ok(self.release(stored, false).await?);
        }

        let compiled = inner.engine.compile(&candidate).await?;
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
            if activate {
                tx.set_active(stored.id, true, &actor.subject, now).await?;
                tx.notify_releases(stored.plugin).await?;
            }
            let manifest = &stored.manifest;
            let event = Event::of(actor, "plugin.registered", Uuid::now_v7())
                .plugin(&manifest.name)
                .with(json!({"name": manifest.name, "version": manifest.version, "sha256": stored.digest}));
            record(&mut tx, inner.clock.as_ref(), &event).await?;
        }
        tx.commit().await?;
        // What somebody else registered meanwhile may be the same module, wrapped differently.
        if stored.digest == candidate.digest {
            inner.engine.publish(compiled).await;
        }
        Ok(self.release(stored, is_new).await?)
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
