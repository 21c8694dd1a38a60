//! Who is what at a site, and what is asked of the extensions there. A pin or a policy is a change of the site like any
//! other: it is resolved, and refused where what is enabled can't follow it.

use assay_domain::{Actor, ExtensionId, PluginName, SiteId, SiteRole, UserId};
use assay_store::sites::{Member, Pin, Policy};
use serde_json::json;

use super::change::{ChangeOptions, SiteChange};
use super::wish::Wish;
use super::{SiteError, administers};
use crate::{Problem, Services};

/// Most characters of a capability or a policy.
const LONGEST: usize = 128;

/// Somebody who is something at a site, or no longer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The user.
    pub user: UserId,
    /// As what.
    pub role: SiteRole,
}

impl Services {
    /// Who is what at a site.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_members(&self, actor: &Actor, site: SiteId) -> Result<Vec<Member>, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let members = tx.site_members(site).await?;
        tx.rollback().await?;
        Ok(members)
    }

    /// Makes a user something at a site, or (`there` false) has that end. False when it is so already. Administrators only.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn set_site_member(
        &self,
        actor: &Actor,
        site: SiteId,
        membership: &Membership,
        there: bool,
        dry_run: bool,
    ) -> Result<bool, SiteError> {
        administers(actor)?;
        let (mut tx, _, author) = self.work_at(actor, site).await?;
        let (now, Membership { user, role }) = (self.inner.clock.now(), membership);
        let changed = if there {
            match tx.add_site_member(site, *user, role, &author.name, now).await {
                Err(error) if error.constraint() == Some("site_members_user_fkey") => {
                    return Err(SiteError::NoUser(user.to_string()));
                }
                done => done?,
            }
        } else {
            tx.remove_site_member(site, *user, role, now).await?
        };
        if changed {
            let action = if there { "member-added" } else { "member-removed" };
            let details = json!({"user_id": user, "role": role});
            self.note_site(&mut tx, actor, &author, site, action, None, details)
                .await?;
        }
        if dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(changed)
    }

    /// A site's policies and pins.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_demands(
        &self,
        actor: &Actor,
        site: SiteId,
    ) -> Result<(Vec<Policy>, Vec<Pin>), SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let demands = (tx.site_policies(site).await?, tx.site_pins(site).await?);
        tx.rollback().await?;
        Ok(demands)
    }

    /// Sets a site's policy for a capability, or takes it back (`policy` none). Administrators only.
    ///
    /// # Errors
    /// See [`SiteError`]; that it can't be followed is no error but a refused change.
    pub async fn set_site_policy(
        &self,
        actor: &Actor,
        site: SiteId,
        capability: &str,
        policy: Option<&str>,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        administers(actor)?;
        for (pointer, text) in [("/capability", Some(capability)), ("/policy", policy)] {
            let wrong = |text: &str| text.is_empty() || text.chars().count() > LONGEST || text.contains('\0');
            if text.is_some_and(wrong) {
                let message = format!("has 1 to {LONGEST} characters, none of them U+0000");
                return Err(SiteError::Invalid(vec![Problem::new(pointer, message)]));
            }
        }
        let wish = match policy {
            Some(policy) => Wish::SetPolicy(Policy {
                capability: capability.to_owned(),
                policy: policy.to_owned(),
            }),
            None => Wish::RemovePolicy(capability.to_owned()),
        };
        self.change(actor, site, options, &wish).await
    }

    /// Pins an extension to a version at a site, or takes the pin back (`version` none). Administrators only.
    ///
    /// # Errors
    /// See [`SiteError`]; that it can't be followed is no error but a refused change.
    pub async fn set_site_pin(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: &ExtensionId,
        version: Option<&semver::Version>,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        administers(actor)?;
        let wish = match version {
            Some(version) => Wish::SetPin(Pin {
                extension: extension.clone(),
                version: version.clone(),
            }),
            None => Wish::RemovePin(extension.clone()),
        };
        self.change(actor, site, options, &wish).await
    }

    /// Has another plugin resolve a site: it resolves it as it is now, and is taken if that holds. Administrators only.
    ///
    /// # Errors
    /// See [`SiteError`]; that it finds the site in conflict is no error but a refused change.
    pub async fn set_site_resolver(
        &self,
        actor: &Actor,
        site: SiteId,
        resolver: &PluginName,
        options: &ChangeOptions,
    ) -> Result<SiteChange, SiteError> {
        administers(actor)?;
        let wish = Wish::SetResolver(resolver.clone());
        self.change(actor, site, options, &wish).await
    }
}
