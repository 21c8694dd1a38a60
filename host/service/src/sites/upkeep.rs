//! What is done for sites by the clock: snapshots of those that changed, an end of what is kept, the archive of old
//! entries, figures.
//!
//! The views `v_site_config_status` and `v_unsigned_compliance` are no part of it: they are computed when they are read,
//! with the reader's rights, so that there is nothing to refresh.

use std::time::Instant;

use assay_domain::{Actor, AuditId, ClientId, SiteId};
use assay_store::sites::{DueSnapshot, NewEntry, SnapshotSchedule};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;

use super::revalidate::{host, host_author};
use super::situation::Situation;
use super::snapshots::keep;
use super::{SiteError, administers};
use crate::processes::serve;
use crate::{Problem, Services};

/// How many entries are archived in one transaction.
const BATCH: i32 = 1_000;

/// How many archived entries are verified in one statement.
const VERIFIED: i32 = 5_000;

/// What keeping snapshots did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SnapshotUpkeep {
    /// Snapshots made.
    pub taken: u64,
    /// Old ones removed.
    pub pruned: u64,
}

/// A client's archive of old entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArchiveState {
    /// How many entries are in the chain.
    pub entries: i64,
    /// The digest of the last one, in hexadecimal: whoever keeps it elsewhere can tell later that nothing before it
    /// changed.
    pub head: Option<String>,
    /// The first entry that was changed, removed or put in afterwards.
    pub broken: Option<i64>,
}

impl Services {
    /// Sets how often a site is kept by itself, and how many of such snapshots. Administrators only.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn set_snapshot_schedule(
        &self,
        actor: &Actor,
        site: SiteId,
        schedule: &SnapshotSchedule,
        dry_run: bool,
    ) -> Result<(), SiteError> {
        administers(actor)?;
        let mut problems = Vec::new();
        if schedule
            .every_seconds
            .is_some_and(|every| !(60..=31_536_000).contains(&every))
        {
            problems.push(Problem::new(
                "/every_seconds",
                "is 60 to 31536000, or null for never",
            ));
        }
        if schedule.keep.is_some_and(|keep| !(10..=10_000).contains(&keep)) {
            problems.push(Problem::new("/keep", "is 10 to 10000"));
        }
        if !problems.is_empty() {
            return Err(SiteError::Invalid(problems));
        }
        let (mut tx, _, author) = self.work_at(actor, site).await?;
        tx.set_snapshot_schedule(site, schedule, &author.name, self.inner.clock.now())
            .await?;
        let details = json!({"every_seconds": schedule.every_seconds, "keep": schedule.keep});
        self.note_site(
            &mut tx,
            actor,
            &author,
            site,
            "snapshots-scheduled",
            None,
            details,
        )
        .await?;
        if dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(())
    }

    /// A site's schedule; none where it is the host's.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn snapshot_schedule(
        &self,
        actor: &Actor,
        site: SiteId,
    ) -> Result<Option<SnapshotSchedule>, SiteError> {
        let (mut tx, _) = self.look_at(actor, site).await?;
        let schedule = tx.snapshot_schedule(site).await?;
        tx.rollback().await?;
        Ok(schedule)
    }

    /// Keeps every site of every client that is due: that changed since its last snapshot, longer ago than its schedule
    /// says. Several hosts can do it at once.
    ///
    /// # Errors
    /// The clients can't be listed.
    pub async fn keep_snapshots(&self) -> Result<SnapshotUpkeep, SiteError> {
        let mut all = SnapshotUpkeep::default();
        for client in self.all_clients().await? {
            if let Err(error) = self.keep_snapshots_of(client, &mut all).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, %client, "a client's sites can't be kept");
            }
        }
        Ok(all)
    }

    async fn keep_snapshots_of(&self, client: ClientId, all: &mut SnapshotUpkeep) -> Result<(), SiteError> {
        let options = &self.inner.sites;
        let mut tx = self.begin(client).await?;
        if serve(&mut tx).await?.is_err() {
            return Ok(());
        }
        let at = self.inner.clock.now();
        let due = tx
            .due_snapshots(options.snapshot_every, options.snapshots_kept, at)
            .await?;
        tx.rollback().await?;
        for DueSnapshot { site, keep } in due {
            if self.keep_snapshot(client, site).await? {
                all.taken += 1;
            }
            let mut tx = self.begin(client).await?;
            all.pruned += u64::try_from(tx.prune_snapshots(site, keep).await?).unwrap_or_default();
            tx.commit().await?;
        }
        Ok(())
    }

    /// Keeps one site, unless somebody else did meanwhile.
    async fn keep_snapshot(&self, client: ClientId, site: SiteId) -> Result<bool, SiteError> {
        let (start, options, at) = (Instant::now(), &self.inner.sites, self.inner.clock.now());
        let mut tx = self.begin(client).await?;
        if tx.site(site).await?.is_none() || tx.hold_site(site).await?.is_none() {
            return Ok(false);
        }
        let due = tx
            .due_snapshots(options.snapshot_every, options.snapshots_kept, at)
            .await?;
        let found = tx.site(site).await?;
        let (true, Some(found)) = (due.iter().any(|due| due.site == site), found) else {
            return Ok(false);
        };
        let now = Situation::read(&mut tx, found, &host(client).subject).await?;
        let now = Situation {
            author: host_author(),
            ..now
        };
        let id = keep(&mut tx, &now, "scheduled", None, at).await?;
        tx.log_site(&NewEntry {
            id: AuditId::new(at),
            site,
            extension: None,
            action: "snapshot",
            author: &now.author,
            at,
            old_hash: None,
            new_hash: None,
            reason: None,
            details: &json!({"snapshot_id": id, "kind": "scheduled"}),
        })
        .await?;
        tx.commit().await?;
        metrics::histogram!("assay_site_snapshot_duration_seconds").record(start.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Removes snapshots beyond what is kept, at every site, whoever made them but by hand.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn prune_snapshots(&self) -> Result<u64, SiteError> {
        let mut pruned = 0;
        for client in self.all_clients().await? {
            let mut tx = self.begin(client).await?;
            for DueSnapshot { site, keep } in tx
                .sites_over_their_snapshots(self.inner.sites.snapshots_kept)
                .await?
            {
                pruned += u64::try_from(tx.prune_snapshots(site, keep).await?).unwrap_or_default();
            }
            tx.commit().await?;
        }
        Ok(pruned)
    }

    /// Moves entries of all sites' logs that are older than the host keeps them there to the archive, a batch at a time.
    /// Returns how many.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn archive_site_logs(&self) -> Result<u64, SiteError> {
        let Some(age) = self.inner.sites.archive_after else {
            return Ok(0);
        };
        let before = self.inner.clock.now() - age;
        let mut moved = 0;
        for client in self.all_clients().await? {
            moved += self.archive_site_log(client, before).await?;
        }
        Ok(moved)
    }

    async fn archive_site_log(&self, client: ClientId, before: DateTime<Utc>) -> Result<u64, SiteError> {
        let mut moved = 0;
        loop {
            let start = Instant::now();
            let mut tx = self.begin(client).await?;
            let batch = tx.archive_site_log(before, BATCH).await?;
            tx.commit().await?;
            if batch > 0 {
                metrics::histogram!("assay_site_archive_duration_seconds")
                    .record(start.elapsed().as_secs_f64());
                metrics::counter!("assay_site_log_archived_total")
                    .increment(u64::try_from(batch).unwrap_or_default());
            }
            moved += u64::try_from(batch).unwrap_or_default();
            if batch < BATCH {
                break;
            }
        }
        if moved > 0 {
            let mut tx = self.begin(client).await?;
            if let Some((number, digest)) = tx.site_archive_head().await? {
                let digest = hex::encode(digest);
                tracing::info!(%client, moved, number, digest, "old entries of sites' logs were archived");
            }
            tx.rollback().await?;
        }
        Ok(moved)
    }

    /// Verifies the chain of the caller's client's archived entries.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub async fn verify_site_archive(&self, actor: &Actor) -> Result<ArchiveState, SiteError> {
        let mut tx = self.begin_read(actor).await?;
        let head = tx.site_archive_head().await?;
        let entries = head.as_ref().map_or(0, |(number, _)| *number);
        let (mut after, mut broken) = (0, None);
        while broken.is_none() && (after < entries || after == 0) {
            broken = tx.broken_site_archive(after, VERIFIED).await?;
            after += i64::from(VERIFIED);
        }
        tx.rollback().await?;
        Ok(ArchiveState {
            entries,
            head: head.map(|(_, digest)| hex::encode(digest)),
            broken,
        })
    }

    /// Writes down how large the tables are that grow with what happens at sites.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn measure_sites(&self) -> Result<(), SiteError> {
        for size in self.inner.store.site_table_sizes().await? {
            #[expect(clippy::cast_precision_loss, reason = "a figure for a dashboard")]
            let (rows, bytes) = (size.rows as f64, size.bytes as f64);
            metrics::gauge!("assay_site_table_rows", "table" => size.table.clone()).set(rows);
            metrics::gauge!("assay_site_table_bytes", "table" => size.table).set(bytes);
        }
        Ok(())
    }

    /// Does all that for as long as the future lives.
    pub(crate) async fn keep_sites(self) {
        /// How often it is looked for sites that are due.
        const LOOK: std::time::Duration = std::time::Duration::from_secs(30);
        let day = TimeDelta::days(1);
        let mut daily = self.inner.clock.now() - day;
        loop {
            tokio::time::sleep(LOOK).await;
            let kept = self.keep_snapshots().await.map(drop);
            let mut done = vec![("snapshots", kept), ("figures", self.measure_sites().await)];
            let now = self.inner.clock.now();
            if now - daily >= day {
                daily = now;
                done.push(("pruning", self.prune_snapshots().await.map(drop)));
                done.push(("archive", self.archive_site_logs().await.map(drop)));
            }
            for (what, done) in done {
                if let Err(error) = done {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, what, "sites can't be kept now");
                }
            }
        }
    }
}
