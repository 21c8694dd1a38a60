//! Sites of a client (configuration-validator.md): who is what there, what is asked of extensions there, what is
//! enabled, and what is known about it.
//!
//! Invariant: [`Tx::site`] comes first; from then on the transaction sees this site and no other one of its client.
//! Every change goes with [`Tx::advance_site`], which lets only one of those through that were decided from the same
//! revision. Nothing here is deleted: what is gone says since when.

mod answers;
mod asked;
mod catalog;
mod configs;
mod conflicts;
mod dependencies;
mod imports;
mod log;
mod people;
mod secrets;
mod signoffs;
mod snapshots;
mod upkeep;

use assay_domain::{PluginName, SiteId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Cursor, Page, PageRequest, StoreError, Tx};

pub use answers::KnownAnswer;
pub use asked::{Pin, Policy};
pub use catalog::CatalogRelease;
pub use configs::{Enabled, NewVersion, Version, VersionState};
pub use conflicts::{Conflict, FoundConflict};
pub use dependencies::Dependency;
pub use log::{Entry, NewEntry};
pub use people::Member;
pub use secrets::{Sealed, StoredSecret};
pub use signoffs::{NewSignoff, Signoff, Unsigned};
pub use snapshots::{NewSnapshot, Snapshot, SnapshotSummary};
pub use upkeep::{DueSnapshot, SnapshotSchedule, TableSize};

/// Who did something at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The user's id, or the token's subject where that names no user.
    pub name: String,
    /// The user.
    pub user: Option<assay_domain::UserId>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// For people; unique within the client.
    pub name: String,
    /// Whether it may be changed.
    pub active: bool,
    /// Moves with every change.
    pub revision: i64,
    /// The plugin that resolves it.
    pub resolver: PluginName,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How a site stands (`v_site_config_status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteStatus {
    /// Extensions that are enabled.
    pub total_extensions: i64,
    /// Those whose configuration is valid.
    pub valid_configs: i64,
    /// Those whose configuration is not.
    pub invalid_configs: i64,
    /// Those that take part in a conflict.
    pub conflicting_configs: i64,
    /// Conflicts that nobody resolved.
    pub unresolved_conflicts: i64,
    /// When a configuration changed last.
    pub last_updated: Option<DateTime<Utc>>,
    /// Whether somebody has to look at it.
    pub needs_attention: bool,
}

struct Row {
    site_id: Uuid,
    name: String,
    status: String,
    revision: i64,
    resolver: String,
    created_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Site, StoreError> {
        let resolver = self.resolver.parse();
        Ok(Site {
            id: SiteId(self.site_id),
            name: self.name,
            active: self.status == "active",
            revision: self.revision,
            resolver: resolver.map_err(StoreError::inconsistent("sites", "resolver", self.site_id))?,
            created_at: self.created_at,
        })
    }
}

impl Tx {
    /// A new site, at revision 0. `Conflict` of `sites_name_key` when the client has one of that name.
    pub async fn insert_site(&mut self, id: SiteId, name: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO sites (client_id, site_id, name, created_at) VALUES ($1, $2, $3, $4)",
            self.client,
            id.0,
            name,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// One site. From then on the transaction sees no other one.
    pub async fn site(&mut self, id: SiteId) -> Result<Option<Site>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT site_id, name, status, revision, resolver, created_at,
                 set_config('app.current_site_id', site_id::text, true) AS "scoped!"
             FROM sites WHERE client_id = $1 AND site_id = $2"#,
            self.client,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let row = row.map(|row| Row {
            site_id: row.site_id,
            name: row.name,
            status: row.status,
            revision: row.revision,
            resolver: row.resolver,
            created_at: row.created_at,
        });
        row.map(Row::read).transpose()
    }

    /// The client's sites, newest first.
    pub async fn sites(&mut self, page: &PageRequest) -> Result<Page<Site>, StoreError> {
        let (at, id) = page.before();
        let rows = sqlx::query_as!(
            Row,
            "SELECT site_id, name, status, revision, resolver, created_at FROM sites
             WHERE client_id = $1 AND (created_at, site_id) < ($2, $3)
             ORDER BY created_at DESC, site_id DESC LIMIT $4",
            self.client,
            at,
            id,
            page.fetch()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let sites: Result<Vec<_>, _> = rows.into_iter().map(Row::read).collect();
        Ok(page.page(sites?, |site: &Site| Cursor {
            at: site.created_at,
            id: site.id.0,
        }))
    }

    /// How a site stands.
    pub async fn site_status(&mut self, id: SiteId) -> Result<Option<SiteStatus>, StoreError> {
        Ok(sqlx::query_as!(
            SiteStatus,
            r#"SELECT total_extensions AS "total_extensions!", valid_configs AS "valid_configs!",
                 invalid_configs AS "invalid_configs!", conflicting_configs AS "conflicting_configs!",
                 unresolved_conflicts AS "unresolved_conflicts!", last_updated, needs_attention AS "needs_attention!"
             FROM v_site_config_status WHERE client_id = $1 AND site_id = $2"#,
            self.client,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// Moves a site on from the revision from which a change was decided. False when it is no longer there: then the
    /// change is decided anew. Others who change the site wait until this transaction ends.
    pub async fn advance_site(&mut self, id: SiteId, revision: i64) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE sites SET revision = revision + 1 WHERE client_id = $1 AND site_id = $2 AND revision = $3",
            self.client,
            id.0,
            revision
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Has the transaction's pages come in the order of an index. The planner can't tell how many rows the policy of the
    /// site lets through, takes them for few, and would read all of them to sort them: 5,000 instead of 100.
    pub(crate) async fn in_order(&mut self) -> Result<(), StoreError> {
        sqlx::query!("SELECT set_config('enable_sort', 'off', true)")
            .fetch_one(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Has another plugin resolve a site.
    pub async fn set_site_resolver(&mut self, id: SiteId, resolver: &PluginName) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE sites SET resolver = $3 WHERE client_id = $1 AND site_id = $2",
            self.client,
            id.0,
            resolver.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Keeps others from changing a site until this transaction ends, for what changes nothing that is decided from.
    /// The revision; none when there is no such site.
    pub async fn hold_site(&mut self, id: SiteId) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar!(
            "SELECT revision FROM sites WHERE client_id = $1 AND site_id = $2 FOR UPDATE",
            self.client,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }
}
