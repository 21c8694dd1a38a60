//! Which releases are in use: put into use for one client or for all, and back to one that was.
//!
//! Invariants: a release that does not load here, or does not pass its own tests, changes nothing: what was in use
//! stays in use. A process under way keeps what was pinned to it, so that no request sees half of a change.

use assay_domain::{Actor, ClientId, PluginId, PluginName, Role};
use assay_resolver::later_and_compatible;
use assay_store::activations::Selectable;
use assay_store::plugins::Release;
use assay_store::{StoreError, Tx};
use semver::Version;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::register::Reason;
use super::{owner, selftest};
use crate::Services;
use crate::access::{ClientRefused, NotAllowed};
use crate::plan::candidate;
use crate::queue::Overloaded;
use crate::record::{Event, record};

/// Which releases of a plugin are in use after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InUse {
    /// The plugin.
    pub name: PluginName,
    /// For whom it was decided; none is for all who see the plugin.
    pub client: Option<ClientId>,
    /// The releases in use, newest first.
    pub releases: Vec<Version>,
    /// Whether anything is other than before.
    pub changed: bool,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ActivateReleaseError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// There is no such client.
    #[error("there is no client `{0}`")]
    UnknownClient(ClientId),
    /// There is no such release that the client may see.
    #[error("there is no such release")]
    NotFound,
    /// It was withdrawn.
    #[error("`{name}` {version} is yanked and can't be put into use; register the code as a new version")]
    Yanked {
        /// The plugin.
        name: PluginName,
        /// The release.
        version: Version,
    },
    /// Nobody ever used it.
    #[error("`{name}` {version} was never in use, so there is no way back to it; activate it instead")]
    NeverActive {
        /// The plugin.
        name: PluginName,
        /// The release.
        version: Version,
    },
    /// It does not load here, or fails its own tests.
    #[error("`{name}` {version} is unfit, and what was in use stays in use")]
    Unfit {
        /// The plugin.
        name: PluginName,
        /// The release.
        version: Version,
        /// What is wrong with it.
        reasons: Vec<Reason>,
    },
    /// Too much to do.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The database could not.
    #[error("the change could not be stored")]
    Store(#[from] StoreError),
}

/// What is done with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Activate,
    RollBack,
}

impl Services {
    /// Puts a release into use. The platform decides for all, or for the client that it names; a client for itself, and
    /// about its own plugin for all who see it.
    ///
    /// # Errors
    /// See [`ActivateReleaseError`].
    pub async fn activate_release(
        &self,
        actor: &Actor,
        name: &PluginName,
        version: &Version,
        client: Option<ClientId>,
    ) -> Result<InUse, ActivateReleaseError> {
        self.change_release(actor, name, version, client, Change::Activate)
            .await
    }

    /// Goes back to a release that was in use: what is newer and compatible with it goes out of use, for whom it is
    /// decided.
    ///
    /// # Errors
    /// See [`ActivateReleaseError`].
    pub async fn roll_back_release(
        &self,
        actor: &Actor,
        name: &PluginName,
        version: &Version,
        client: Option<ClientId>,
    ) -> Result<InUse, ActivateReleaseError> {
        self.change_release(actor, name, version, client, Change::RollBack)
            .await
    }

    async fn change_release(
        &self,
        actor: &Actor,
        name: &PluginName,
        version: &Version,
        client: Option<ClientId>,
        change: Change,
    ) -> Result<InUse, ActivateReleaseError> {
        let decides = decides(actor, client)?;
        let mut tx = self.begin_decision(actor, decides).await?;
        let (plugin, release, _) = find(&mut tx, name, version, change).await?;
        let Some(found) = tx.release(release.id).await? else {
            return Err(ActivateReleaseError::NotFound);
        };
        tx.rollback().await?;

        // Whoever asks often takes the time of the own client.
        let _place = match decides {
            Some(client) if !release.active => Some(self.place(client).await?),
            _ => None,
        };
        // With no transaction open: it may have to be compiled, and its tests run.
        if !release.active
            && let Err(reasons) = self.fit(decides, &found).await
        {
            return Err(ActivateReleaseError::Unfit {
                name: name.clone(),
                version: version.clone(),
                reasons,
            });
        }

        let mut tx = self.begin_decision(actor, decides).await?;
        tx.lock_activations(plugin).await?;
        let (plugin, release, all) = find(&mut tx, name, version, change).await?;
        let now = self.inner.clock.now();
        let mut changed = false;
        if !release.active {
            tx.set_active(release.id, true, &actor.subject, now).await?;
            changed = true;
        }
        if change == Change::RollBack {
            let candidates: Vec<_> = all.iter().map(candidate).collect();
            let out: Vec<_> = later_and_compatible(version, &candidates).collect();
            for newer in all.iter().filter(|release| out.contains(&&release.version)) {
                tx.set_active(newer.id, false, &actor.subject, now).await?;
                changed = true;
            }
        }
        let mut in_use: Vec<_> = tx.selectable(plugin).await?;
        in_use.retain(|release| release.active && !release.yanked);
        in_use.sort_by(|one, two| two.version.cmp(&one.version));
        let in_use: Vec<_> = in_use.into_iter().map(|release| release.version).collect();
        if changed {
            let kind = match change {
                Change::Activate => "plugin.activated",
                Change::RollBack => "plugin.rolled_back",
            };
            let event = Event::of(actor, kind, Uuid::now_v7())
                .plugin(name)
                .with(json!({"name": name, "version": version, "sha256": found.digest, "in_use": in_use}));
            record(&mut tx, self.inner.clock.as_ref(), &event).await?;
        }
        tx.commit().await?;
        Ok(InUse {
            name: name.clone(),
            client: decides,
            releases: in_use,
            changed,
        })
    }

    /// Whether a release loads here and passes its own tests.
    async fn fit(&self, client: Option<ClientId>, release: &Release) -> Result<(), Vec<Reason>> {
        let plugin = self.inner.plugin(client, release.digest).await.map_err(|error| {
            vec![Reason {
                code: "load".to_owned(),
                message: format!("it can't be loaded: {error}"),
            }]
        })?;
        let engine = &self.inner.engine;
        let failures =
            selftest::failures(engine, &plugin, &release.manifest, &self.inner.limits_maximum).await;
        if failures.is_empty() {
            Ok(())
        } else {
            Err(failures)
        }
    }

    /// A transaction of whoever it is decided for.
    async fn begin_decision(
        &self,
        actor: &Actor,
        decides: Option<ClientId>,
    ) -> Result<Tx, ActivateReleaseError> {
        match self.begin_owner(decides).await? {
            Ok(tx) => Ok(tx),
            Err(refused) => match (refused, decides) {
                (ClientRefused::Unknown, Some(client)) if actor.role == Role::Platform => {
                    Err(ActivateReleaseError::UnknownClient(client))
                }
                (refused, _) => Err(refused.into()),
            },
        }
    }
}

/// For whom the caller decides.
fn decides(actor: &Actor, client: Option<ClientId>) -> Result<Option<ClientId>, NotAllowed> {
    match (owner(actor)?, client) {
        (None, named) => Ok(named),
        (Some(own), None) => Ok(Some(own)),
        (Some(own), Some(named)) if own == named => Ok(Some(own)),
        (Some(_), Some(_)) => Err(NotAllowed {
            role: actor.role,
            needs: "the role `platform` to decide for another client",
        }),
    }
}

/// The release that is to change, with its plugin and all others.
async fn find(
    tx: &mut Tx,
    name: &PluginName,
    version: &Version,
    change: Change,
) -> Result<(PluginId, Selectable, Vec<Selectable>), ActivateReleaseError> {
    let plugin = tx.plugin(name).await?.ok_or(ActivateReleaseError::NotFound)?;
    let all = tx.selectable(plugin.id).await?;
    let release = all.iter().find(|release| release.version == *version);
    let release = release.cloned().ok_or(ActivateReleaseError::NotFound)?;
    let (name, version) = (name.clone(), version.clone());
    if release.yanked {
        return Err(ActivateReleaseError::Yanked { name, version });
    }
    if change == Change::RollBack && !release.was_active {
        return Err(ActivateReleaseError::NeverActive { name, version });
    }
    Ok((plugin.id, release, all))
}
