//! Grants: a client's plugin for another client to use. The host's owner gives and takes them.
//!
//! Deliberately absent: grants of the platform's plugins, which all clients see.

use assay_domain::{Actor, ClientId, PluginName, Role};
use assay_store::StoreError;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::Services;
use crate::access::NotAllowed;
use crate::record::{Event, record};

/// Who may use a client's plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The plugin.
    pub name: PluginName,
    /// Whose it is.
    pub owner: ClientId,
    /// Who may use it, or no longer may.
    pub client: ClientId,
    /// Whether it may.
    pub granted: bool,
}

/// Why nothing was granted or taken back.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such client.
    #[error("there is no client `{0}`")]
    UnknownClient(ClientId),
    /// It owns it.
    #[error("the plugin is this client's own")]
    Own,
    /// The owner has no such plugin.
    #[error("the client `{owner}` has no plugin `{name}`")]
    NotFound {
        /// The owner.
        owner: ClientId,
        /// The plugin.
        name: PluginName,
    },
    /// There is nothing to take back.
    #[error("the plugin `{name}` of the client `{owner}` is not granted to the client `{client}`")]
    NotGranted {
        /// The owner.
        owner: ClientId,
        /// The plugin.
        name: PluginName,
        /// Who was to use it no longer.
        client: ClientId,
    },
    /// The name means another plugin to who is to use it.
    #[error("to the client `{client}` the name `{name}` means another plugin already")]
    NameTaken {
        /// The client.
        client: ClientId,
        /// The name.
        name: PluginName,
    },
    /// The database could not.
    #[error("the grant could not be stored")]
    Store(#[from] StoreError),
}

impl Services {
    /// Lets a client use another client's plugin, or no longer. What was pinned while it might stays as it is; what is
    /// granted already stays so, and nothing is written.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn grant_plugin(
        &self,
        actor: &Actor,
        owner: ClientId,
        name: &PluginName,
        client: ClientId,
        granted: bool,
    ) -> Result<Grant, GrantError> {
        if actor.role != Role::Platform {
            return Err(GrantError::NotAllowed(NotAllowed {
                role: actor.role,
                needs: "the role `platform`",
            }));
        }
        if owner == client {
            return Err(GrantError::Own);
        }
        for known in [owner, client] {
            let mut tx = self.begin(known).await?;
            tx.client().await?.ok_or(GrantError::UnknownClient(known))?;
            tx.rollback().await?;
        }
        let mut tx = self.begin(owner).await?;
        let plugin = tx.plugin(name).await?;
        let plugin = plugin.filter(|plugin| plugin.owner == Some(owner));
        tx.rollback().await?;
        let plugin = plugin.ok_or_else(|| GrantError::NotFound {
            owner,
            name: name.clone(),
        })?;
        if granted {
            let mut tx = self.begin(client).await?;
            let there = tx.plugin(name).await?;
            tx.rollback().await?;
            if there.is_some_and(|there| there.id != plugin.id) {
                let name = name.clone();
                return Err(GrantError::NameTaken { client, name });
            }
        }
        let now = self.inner.clock.now();
        let mut tx = self.begin(owner).await?;
        let (kind, changed) = if granted {
            let new = tx.grant_plugin(plugin.id, client, &actor.subject, now).await?;
            ("plugin.granted", new)
        } else if tx.revoke_plugin(plugin.id, client, now).await? {
            ("plugin.revoked", true)
        } else {
            let name = name.clone();
            return Err(GrantError::NotGranted { owner, name, client });
        };
        if changed {
            let event = Event::of(actor, kind, Uuid::now_v7())
                .plugin(name)
                .with(json!({"name": name, "client_id": client}));
            record(&mut tx, self.inner.clock.as_ref(), &event).await?;
            tx.commit().await?;
        }
        Ok(Grant {
            name: name.clone(),
            owner,
            client,
            granted,
        })
    }
}
