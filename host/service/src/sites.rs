//! Extensions at a client's sites (configuration-validator.md): what is enabled where with which configuration, what it
//! needs, what it is in conflict with, who signed it, and how it was before.
//!
//! Invariant: a change is decided from one revision of its site with no transaction open, and written with its versions,
//! dependencies, conflicts, log and event in one transaction, and only while the site is still at that revision;
//! otherwise it is decided anew. What is refused is kept as a version that never was the current one.
//! What is secret in a configuration is encrypted where it is kept, and never shown.
//! Deliberately absent: what a client's processes do with all this.

mod answers;
mod ask;
mod asked;
mod change;
mod commit;
mod conflicts;
mod decide;
mod error;
mod extensions;
mod import;
mod options;
mod picture;
mod resolve;
mod revalidate;
mod rotate;
mod secrets;
mod signoffs;
mod situation;
mod snapshots;
mod upkeep;
mod wish;

use assay_domain::{Actor, AuditId, ClientId, Role, SiteId};
use assay_store::sites::{Author, NewEntry};
use assay_store::{Cursor, PageRequest, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Services;
use crate::access::{Need, NotAllowed, client};
use crate::processes::serve;
use crate::record::{Event, announce};

pub use answers::{DependencyAnswer, Freshness};
pub use asked::Membership;
pub use assay_store::sites::{
    Conflict, Dependency, Enabled, Entry, FoundConflict, Member, Pin, Policy, Signoff, Site, SiteStatus,
    Snapshot, SnapshotSchedule, SnapshotSummary, Unsigned, Version,
};
pub use change::{ChangeOptions, ChangedExtension, ExtensionProblem, SiteChange, Verdict};
pub use conflicts::ConflictPage;
pub use decide::Difference as ExtensionDifference;
pub use error::SiteError;
pub use extensions::{EnabledExtension, ExtensionVersion, LogPage, VersionPage};
pub use import::{EntryReport, ImportOptions, ImportOutcome, LARGEST_ENTRY, MOST_ENTRIES};
pub use options::SiteOptions;
pub use revalidate::Revalidation;
pub use rotate::{KeyUse, Rotation};
pub(crate) use secrets::HashKey;
pub use signoffs::{SignoffPage, SignoffRequest};
pub use snapshots::{SnapshotDifference, SnapshotPage};
pub use upkeep::{ArchiveState, SnapshotUpkeep};

/// A page of sites.
#[derive(Clone, Debug)]
pub struct SitePage {
    /// Newest first.
    pub items: Vec<Site>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// What a page of something at a site is asked for with.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    /// At most this many, 1 to 200.
    pub limit: u16,
    /// Those after this place: `next` of the page before.
    pub after: Option<String>,
}

impl PageQuery {
    /// The page of a list that is told from others by `list`.
    fn request(&self, list: &Value) -> Result<PageRequest, SiteError> {
        let list = assay_domain::Digest::of(list.to_string().as_bytes());
        let after = self
            .after
            .as_deref()
            .map(|text| Cursor::of_text(text, list))
            .transpose()?;
        Ok(PageRequest::new(self.limit, after))
    }
}

/// Where the next page begins, as text.
fn next(cursor: Option<Cursor>, list: &Value) -> Option<String> {
    cursor.map(|cursor| cursor.to_text(assay_domain::Digest::of(list.to_string().as_bytes())))
}

/// For whom the caller changes sites.
fn changer(actor: &Actor) -> Result<ClientId, NotAllowed> {
    client(actor, Need::Submit)
}

/// Whether the caller is the client's administrator.
fn administers(actor: &Actor) -> Result<(), NotAllowed> {
    if actor.role == Role::Admin {
        return Ok(());
    }
    Err(NotAllowed {
        role: actor.role,
        needs: "the role `admin`",
    })
}

impl Services {
    /// Makes a site.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn make_site(&self, actor: &Actor, name: &str, dry_run: bool) -> Result<Site, SiteError> {
        let client = changer(actor)?;
        administers(actor)?;
        if name.trim().is_empty() || name.chars().count() > 256 || name.contains('\0') {
            return Err(SiteError::Name);
        }
        let mut tx = self.begin(client).await?;
        serve(&mut tx).await??;
        let now = self.inner.clock.now();
        let id = SiteId::new(now);
        match tx.insert_site(id, name, now).await {
            Err(error) if error.constraint() == Some("sites_name_key") => {
                return Err(SiteError::NameTaken(name.to_owned()));
            }
            done => done?,
        }
        let site = tx.site(id).await?.ok_or(SiteError::NotFound(id))?;
        let author = tx.author(&actor.subject).await?;
        self.note_site(
            &mut tx,
            actor,
            &author,
            id,
            "site-created",
            None,
            json!({"name": name}),
        )
        .await?;
        if dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(site)
    }

    /// The client's sites.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn sites(&self, actor: &Actor, query: &PageQuery) -> Result<SitePage, SiteError> {
        let list = json!([actor.client, "sites"]);
        let request = query.request(&list)?;
        let mut tx = self.begin_read(actor).await?;
        let page = tx.sites(&request).await?;
        tx.rollback().await?;
        Ok(SitePage {
            items: page.items,
            next: next(page.next, &list),
        })
    }

    /// One site and how it stands.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site(&self, actor: &Actor, id: SiteId) -> Result<(Site, SiteStatus), SiteError> {
        let (mut tx, site) = self.look_at(actor, id).await?;
        let status = tx.site_status(id).await?.ok_or(SiteError::NotFound(id))?;
        tx.rollback().await?;
        Ok((site, status))
    }

    /// A transaction that reads one site.
    async fn look_at(&self, actor: &Actor, id: SiteId) -> Result<(Tx, Site), SiteError> {
        let mut tx = self.begin_read(actor).await?;
        let site = tx.site(id).await?.ok_or(SiteError::NotFound(id))?;
        Ok((tx, site))
    }

    /// A transaction that changes one site, for someone who may: an administrator, or an operator who is something there.
    async fn work_at(&self, actor: &Actor, id: SiteId) -> Result<(Tx, Site, Author), SiteError> {
        let mut tx = self.begin(changer(actor)?).await?;
        serve(&mut tx).await??;
        let site = tx.site(id).await?.ok_or(SiteError::NotFound(id))?;
        if !site.active {
            return Err(SiteError::Inactive(id));
        }
        let author = tx.author(&actor.subject).await?;
        if actor.role != Role::Admin {
            let members = tx.site_members(id).await?;
            if !members.iter().any(|member| Some(member.user) == author.user) {
                return Err(SiteError::NotAMember);
            }
        }
        Ok((tx, site, author))
    }

    /// Writes what happened to a site as a whole: the log's row and the event.
    #[expect(clippy::too_many_arguments, reason = "each is a column")]
    async fn note_site(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        author: &Author,
        site: SiteId,
        action: &'static str,
        reason: Option<&str>,
        details: Value,
    ) -> Result<(), SiteError> {
        let now = self.inner.clock.now();
        tx.log_site(&NewEntry {
            id: AuditId::new(now),
            site,
            extension: None,
            action,
            author,
            at: now,
            old_hash: None,
            new_hash: None,
            reason,
            details: &details,
        })
        .await?;
        let event = Event::of(actor, "site.changed", Uuid::now_v7())
            .with(json!({"site_id": site, "action": action, "details": details}));
        Ok(announce(tx, self.inner.clock.as_ref(), &event).await?)
    }
}
