//! Sites at a moment. Configurations are named by version: these never change and are never deleted.

use assay_domain::{SiteId, SnapshotId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::Author;
use crate::{Cursor, Page, PageRequest, StoreError, Tx};

/// A snapshot that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewSnapshot<'a> {
    /// Its id.
    pub id: SnapshotId,
    /// Of which site.
    pub site: SiteId,
    /// `manual`, `scheduled`, `before-change` or `before-rollback`.
    pub kind: &'a str,
    /// Of which revision.
    pub revision: i64,
    /// What was enabled: a list.
    pub configurations: &'a Value,
    /// The signatures under it: a list.
    pub signoffs: &'a Value,
    /// The pins: a list.
    pub pins: &'a Value,
    /// The policies: a list.
    pub policies: &'a Value,
    /// Why it is made.
    pub reason: Option<&'a str>,
    /// Who makes it.
    pub author: &'a Author,
    /// When.
    pub at: DateTime<Utc>,
}

/// A snapshot in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSummary {
    /// Its id.
    pub id: SnapshotId,
    /// `manual`, `scheduled`, `before-change` or `before-rollback`.
    pub kind: String,
    /// Of which revision.
    pub revision: i64,
    /// Why it was made.
    pub reason: Option<String>,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// What a list says of it.
    pub summary: SnapshotSummary,
    /// What was enabled: a list.
    pub configurations: Value,
    /// The signatures under it: a list.
    pub signoffs: Value,
    /// The pins: a list.
    pub pins: Value,
    /// The policies: a list.
    pub policies: Value,
}

struct Row {
    snapshot_id: Uuid,
    kind: String,
    revision: i64,
    reason: Option<String>,
    author: String,
    snapshot_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> SnapshotSummary {
        SnapshotSummary {
            id: SnapshotId(self.snapshot_id),
            kind: self.kind,
            revision: self.revision,
            reason: self.reason,
            author: self.author,
            at: self.snapshot_at,
        }
    }
}

impl Tx {
    /// Keeps a snapshot.
    pub async fn insert_snapshot(&mut self, new: &NewSnapshot<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO configuration_snapshots (
                 client_id, snapshot_id, site_id, snapshot_at, kind, revision, configurations, signoffs, pins, policies,
                 reason, author, created_by
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            self.client,
            new.id.0,
            new.site.0,
            new.at,
            new.kind,
            new.revision,
            new.configurations,
            new.signoffs,
            new.pins,
            new.policies,
            new.reason,
            new.author.name,
            new.author.user.map(|id| id.0)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A site's snapshots, the newest first.
    pub async fn snapshots(
        &mut self,
        site: SiteId,
        page: &PageRequest,
    ) -> Result<Page<SnapshotSummary>, StoreError> {
        let (at, id) = page.before();
        let rows = sqlx::query_as!(
            Row,
            "SELECT snapshot_id, kind, revision, reason, author, snapshot_at FROM configuration_snapshots
             WHERE client_id = $1 AND site_id = $2 AND (snapshot_at, snapshot_id) < ($3, $4)
             ORDER BY snapshot_at DESC, snapshot_id DESC LIMIT $5",
            self.client,
            site.0,
            at,
            id,
            page.fetch()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let rows = rows.into_iter().map(Row::read).collect();
        Ok(page.page(rows, |snapshot: &SnapshotSummary| Cursor {
            at: snapshot.at,
            id: snapshot.id.0,
        }))
    }

    /// One snapshot.
    pub async fn snapshot(&mut self, site: SiteId, id: SnapshotId) -> Result<Option<Snapshot>, StoreError> {
        let row = sqlx::query!(
            "SELECT snapshot_id, kind, revision, reason, author, snapshot_at, configurations, signoffs, pins, policies
             FROM configuration_snapshots WHERE client_id = $1 AND site_id = $2 AND snapshot_id = $3",
            self.client,
            site.0,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| Snapshot {
            summary: Row {
                snapshot_id: row.snapshot_id,
                kind: row.kind,
                revision: row.revision,
                reason: row.reason,
                author: row.author,
                snapshot_at: row.snapshot_at,
            }
            .read(),
            configurations: row.configurations,
            signoffs: row.signoffs,
            pins: row.pins,
            policies: row.policies,
        }))
    }
}
