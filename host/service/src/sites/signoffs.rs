//! Signatures under configurations: per aspect, under exactly one version, by somebody else than its author, in the role
//! that the extension's manifest names.
//!
//! Absent: taking a signature back. A new version needs new ones.

use assay_domain::{Actor, Aspect, AuditId, ExtensionId, SignoffId, SiteId};
use assay_store::Tx;
use assay_store::sites::{Author, Enabled, NewEntry, NewSignoff, Signoff, Unsigned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{PageQuery, SiteError, next};
use crate::Services;
use crate::record::{Event, announce};

/// Most characters of notes.
const LONGEST: usize = 4_000;

/// What somebody signs.
#[derive(Clone, Debug)]
pub struct SignoffRequest {
    /// Which extension.
    pub extension: ExtensionId,
    /// What of it.
    pub aspect: Aspect,
    /// The version that the signer looked at.
    pub config_version: i32,
    /// What the signer says.
    pub notes: Option<String>,
    /// What else there is: an object.
    pub metadata: Option<Value>,
}

/// A page of signatures.
#[derive(Clone, Debug)]
pub struct SignoffPage {
    /// Newest first.
    pub items: Vec<Signoff>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Services {
    /// Signs one aspect of the current version of an extension's configuration at a site.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn sign_extension(
        &self,
        actor: &Actor,
        site: SiteId,
        request: &SignoffRequest,
        dry_run: bool,
    ) -> Result<SignoffId, SiteError> {
        let (mut tx, _, author) = self.work_at(actor, site).await?;
        // Whoever changes the configuration waits, so that what is signed is what is there.
        tx.hold_site(site).await?;
        let id = self.sign(&mut tx, actor, site, &author, request).await?;
        if dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(id)
    }

    async fn sign(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        site: SiteId,
        author: &Author,
        request: &SignoffRequest,
    ) -> Result<SignoffId, SiteError> {
        let SignoffRequest {
            extension, aspect, ..
        } = request;
        let Some(user) = author.user else {
            return Err(SiteError::NotAUser(author.name.clone()));
        };
        let enabled = tx.enabled_extensions(site).await?.into_iter();
        let enabled: Option<Enabled> = enabled
            .into_iter()
            .find(|enabled| enabled.extension == *extension);
        let enabled = enabled.ok_or_else(|| SiteError::NotEnabled(extension.clone()))?;
        if enabled.config_version != request.config_version {
            return Err(SiteError::StaleVersion {
                given: request.config_version,
                current: enabled.config_version,
            });
        }
        let release = tx.release(enabled.release).await?;
        let wanted = release
            .map(|release| release.manifest.extension.signoff)
            .unwrap_or_default();
        let Some(needs) = wanted.iter().find(|entry| entry.aspect == *aspect) else {
            let known: Vec<_> = wanted.iter().map(|entry| format!("`{}`", entry.aspect)).collect();
            return Err(SiteError::NoAspect {
                extension: extension.clone(),
                aspect: aspect.clone(),
                known: if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                },
            });
        };
        let members = tx.site_members(site).await?;
        if !members
            .iter()
            .any(|member| member.user == user && member.role == needs.role)
        {
            return Err(SiteError::SiteRole {
                aspect: aspect.clone(),
                needs: needs.role.clone(),
            });
        }
        let version = tx.config_version(site, extension, enabled.config_version).await?;
        let version = version.ok_or_else(|| SiteError::NotEnabled(extension.clone()))?;
        let now = self.inner.clock.now();
        let notes: Option<String> = request
            .notes
            .as_ref()
            .map(|notes| notes.chars().filter(|c| *c != '\0').take(LONGEST).collect());
        let new = NewSignoff {
            id: SignoffId::new(now),
            site,
            extension,
            aspect,
            signed_by: user,
            role: &needs.role,
            config_version: enabled.config_version,
            config_hash: enabled.config_hash,
            author: &version.author,
            notes: notes.as_deref(),
            metadata: request.metadata.as_ref(),
            at: now,
        };
        match tx.insert_signoff(&new).await {
            Err(error) if error.constraint() == Some("compliance_signoffs_author_check") => {
                return Err(SiteError::OwnVersion);
            }
            Err(error) if error.constraint() == Some("compliance_signoffs_aspect_key") => {
                return Err(SiteError::SignedAlready);
            }
            done => done?,
        }
        let details = json!({
            "signoff_id": new.id, "aspect": aspect, "role": needs.role, "config_version": new.config_version,
        });
        tx.log_site(&NewEntry {
            id: AuditId::new(now),
            site,
            extension: Some(extension),
            action: "signoff",
            author,
            at: now,
            old_hash: Some(enabled.config_hash),
            new_hash: Some(enabled.config_hash),
            reason: notes.as_deref(),
            details: &details,
        })
        .await?;
        let event = Event::of(actor, "site.signed", Uuid::now_v7())
            .with(json!({"site_id": site, "extension_id": extension, "details": details}));
        announce(tx, self.inner.clock.as_ref(), &event).await?;
        Ok(new.id)
    }

    /// The signatures at a site, of one extension or of all, those under earlier versions included.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_signoffs(
        &self,
        actor: &Actor,
        site: SiteId,
        extension: Option<&ExtensionId>,
        query: &PageQuery,
    ) -> Result<SignoffPage, SiteError> {
        let list = json!([actor.client, site, "signoffs", extension]);
        let request = query.request(&list)?;
        let (mut tx, _) = self.look_at(actor, site).await?;
        let page = tx.signoffs(site, extension, &request).await?;
        tx.rollback().await?;
        Ok(SignoffPage {
            items: page.items,
            next: next(page.next, &list),
        })
    }

    /// What nobody has signed of the current versions at a site.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn unsigned(&self, actor: &Actor, site: SiteId) -> Result<Vec<Unsigned>, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let unsigned = tx.unsigned(site).await?;
        tx.rollback().await?;
        Ok(unsigned)
    }
}
