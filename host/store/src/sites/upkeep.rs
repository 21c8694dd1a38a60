//! What is done for sites by the clock: snapshots that are due, an end of what is kept, sizes.

use assay_domain::SiteId;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{Store, StoreError, Tx};

/// How often a site is kept by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSchedule {
    /// How often, in seconds (60 to 31,536,000); none for never.
    pub every_seconds: Option<i64>,
    /// How many of those are kept that nobody made by hand (10 to 10,000); none for the host's number.
    pub keep: Option<i32>,
}

/// A site whose snapshot is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueSnapshot {
    /// The site.
    pub site: SiteId,
    /// How many are kept.
    pub keep: i32,
}

/// How large a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// The table.
    pub table: String,
    /// Its rows, as far as the planner knows.
    pub rows: i64,
    /// Its bytes, with indexes.
    pub bytes: i64,
}

impl Tx {
    /// Sets a site's schedule.
    pub async fn set_snapshot_schedule(
        &mut self,
        site: SiteId,
        schedule: &SnapshotSchedule,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO site_snapshot_schedules (client_id, site_id, every_seconds, keep, set_at, set_by)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (client_id, site_id) DO UPDATE SET
                 every_seconds = excluded.every_seconds, keep = excluded.keep, set_at = excluded.set_at,
                 set_by = excluded.set_by",
            self.client,
            site.0,
            schedule.every_seconds,
            schedule.keep,
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A site's schedule; none where it is the host's.
    pub async fn snapshot_schedule(&mut self, site: SiteId) -> Result<Option<SnapshotSchedule>, StoreError> {
        Ok(sqlx::query_as!(
            SnapshotSchedule,
            "SELECT every_seconds, keep FROM site_snapshot_schedules WHERE client_id = $1 AND site_id = $2",
            self.client,
            site.0
        )
        .fetch_optional(&mut *self.inner)
        .await?)
    }

    /// The client's sites, or the transaction's, that changed since their last snapshot of whatever kind, which is longer
    /// ago than their schedule says; `every` and `keep` where they have none.
    pub async fn due_snapshots(
        &mut self,
        every: Option<TimeDelta>,
        keep: i32,
        now: DateTime<Utc>,
    ) -> Result<Vec<DueSnapshot>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT s.site_id, coalesce(c.keep, $3::integer) AS "keep!"
             FROM sites AS s
             LEFT JOIN site_snapshot_schedules AS c ON c.client_id = s.client_id AND c.site_id = s.site_id
             LEFT JOIN LATERAL (
                 SELECT o.snapshot_at, o.revision FROM configuration_snapshots AS o
                 WHERE o.client_id = s.client_id AND o.site_id = s.site_id
                 ORDER BY o.snapshot_at DESC, o.snapshot_id DESC LIMIT 1
             ) AS last ON true
             WHERE s.client_id = $1 AND s.status = 'active' AND s.revision > 0
                 AND CASE WHEN c.site_id IS NULL THEN $2 ELSE c.every_seconds END IS NOT NULL
                 AND (last.snapshot_at IS NULL OR last.snapshot_at <= $4::timestamptz
                     - CASE WHEN c.site_id IS NULL THEN $2::bigint ELSE c.every_seconds END * interval '1 second')
                 AND (last.revision IS DISTINCT FROM s.revision OR EXISTS (
                     SELECT FROM compliance_signoffs AS g
                     WHERE g.client_id = s.client_id AND g.site_id = s.site_id AND g.signed_at > last.snapshot_at
                 ))
             ORDER BY s.site_id"#,
            self.client,
            every.map(|every| every.num_seconds()),
            keep,
            now
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let rows = rows.into_iter().map(|row| DueSnapshot {
            site: SiteId(row.site_id),
            keep: row.keep,
        });
        Ok(rows.collect())
    }

    /// The client's sites that have more snapshots that nobody made by hand than are kept, with that number.
    pub async fn sites_over_their_snapshots(&mut self, keep: i32) -> Result<Vec<DueSnapshot>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT o.site_id, coalesce(c.keep, $2::integer) AS "keep!" FROM configuration_snapshots AS o
             LEFT JOIN site_snapshot_schedules AS c ON c.client_id = o.client_id AND c.site_id = o.site_id
             WHERE o.client_id = $1 AND o.kind <> 'manual' GROUP BY o.site_id, c.keep
             HAVING count(*) > greatest(coalesce(c.keep, $2::integer), 10)"#,
            self.client,
            keep
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let rows = rows.into_iter().map(|row| DueSnapshot {
            site: SiteId(row.site_id),
            keep: row.keep,
        });
        Ok(rows.collect())
    }

    /// Removes of a site's snapshots those that nobody made by hand, beyond the newest `keep`, 10 at least. Returns how
    /// many.
    pub async fn prune_snapshots(&mut self, site: SiteId, keep: i32) -> Result<i32, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT prune_site_snapshots($1, $2) AS "pruned!""#,
            site.0,
            keep
        )
        .fetch_one(&mut *self.inner)
        .await?)
    }

    /// Where the client's chain of archived entries first does not hold, among `most` rows from number `after` on (0 for
    /// the beginning). None when they hold.
    pub async fn broken_site_archive(&mut self, after: i64, most: i32) -> Result<Option<i64>, StoreError> {
        Ok(
            sqlx::query_scalar!("SELECT broken_configuration_archive($1, $2)", after, most)
                .fetch_one(&mut *self.inner)
                .await?,
        )
    }

    /// The last number of the client's chain of archived entries with its digest; none when there is no chain.
    pub async fn site_archive_head(&mut self) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT chain_number AS "chain_number!", digest AS "digest!" FROM configuration_audit_archive
             WHERE client_id = $1 AND chain_number IS NOT NULL ORDER BY chain_number DESC LIMIT 1"#,
            self.client
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|row| (row.chain_number, row.digest)))
    }
}

impl Store {
    /// How large the tables are that grow with what happens at sites, over all clients.
    pub async fn site_table_sizes(&self) -> Result<Vec<TableSize>, StoreError> {
        let mut tx = self.begin_platform().await?;
        let sizes = sqlx::query_as!(
            TableSize,
            r#"SELECT relname::text AS "table!", greatest(reltuples, 0)::bigint AS "rows!",
                 pg_total_relation_size(oid) AS "bytes!"
             FROM pg_class WHERE oid IN (
                 'configuration_audit_log'::regclass, 'configuration_audit_archive'::regclass,
                 'configuration_snapshots'::regclass, 'site_extension_config_versions'::regclass
             )
             ORDER BY relname"#
        )
        .fetch_all(&mut *tx.inner)
        .await?;
        tx.rollback().await?;
        Ok(sizes)
    }
}
