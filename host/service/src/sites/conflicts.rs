//! Conflicts at a site: listed, and resolved with notes. What comes back is open again.

use assay_domain::{Actor, SiteId};
use assay_store::sites::{Conflict, Dependency};
use serde_json::json;

use super::{PageQuery, SiteError, next};
use crate::Services;

/// Most characters of notes.
const LONGEST: usize = 4_000;

/// A page of conflicts.
#[derive(Clone, Debug)]
pub struct ConflictPage {
    /// Newest first.
    pub items: Vec<Conflict>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Services {
    /// A site's conflicts; only those that are open, or all there ever were.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_conflicts(
        &self,
        actor: &Actor,
        site: SiteId,
        open: bool,
        query: &PageQuery,
    ) -> Result<ConflictPage, SiteError> {
        let list = json!([actor.client, site, "conflicts", open]);
        let request = query.request(&list)?;
        let (mut tx, _) = self.look_at(actor, site).await?;
        let page = tx.conflicts(site, open, &request).await?;
        tx.rollback().await?;
        Ok(ConflictPage {
            items: page.items,
            next: next(page.next, &list),
        })
    }

    /// What a site's extensions depend on, as the resolver answers: from the cache while that holds.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn site_dependencies(&self, actor: &Actor, site: SiteId) -> Result<Vec<Dependency>, SiteError> {
        Ok(self.dependency_answer(actor, site).await?.dependencies)
    }

    /// Resolves an open conflict with notes. It stays resolved for as long as it is there, and is open again if it goes
    /// and comes back.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn resolve_site_conflict(
        &self,
        actor: &Actor,
        site: SiteId,
        conflict: &str,
        notes: &str,
        dry_run: bool,
    ) -> Result<Conflict, SiteError> {
        if notes.trim().is_empty() {
            return Err(SiteError::NoReason("resolving a conflict"));
        }
        let notes: String = notes.chars().filter(|c| *c != '\0').take(LONGEST).collect();
        let (mut tx, _, author) = self.work_at(actor, site).await?;
        let now = self.inner.clock.now();
        if !tx
            .resolve_conflict(site, conflict, &author.name, &notes, now)
            .await?
        {
            return Err(SiteError::NoConflict(conflict.to_owned()));
        }
        let resolved = tx.conflict(site, conflict).await?;
        let resolved = resolved.ok_or_else(|| SiteError::NoConflict(conflict.to_owned()))?;
        let details = json!({"conflict_id": conflict, "extensions": resolved.found.extensions});
        let action = "conflict-resolved";
        self.note_site(&mut tx, actor, &author, site, action, Some(&notes), details)
            .await?;
        if dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(resolved)
    }
}
