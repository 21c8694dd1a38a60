//! What a host does before it takes work, and what it keeps doing: it says that it lives, sees to the audit log's
//! partitions, and takes over what a killed host left.

use std::time::Duration;

use assay_store::{Announcement, StoreError};

use crate::Services;
use crate::takeover::TakenOver;

/// How many months of the audit log have their partition made ahead.
const MONTHS_AHEAD: i32 = 3;

/// How often it is looked for what killed hosts left.
pub(crate) const LOOK: Duration = Duration::from_secs(10);

/// How long a registration that ended is shown.
const REGISTRATIONS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// How many are removed in one transaction.
const BATCH: u16 = 1_000;

/// How often it is looked for tables that were never analysed, at first: autovacuum looks once a minute.
const STATISTICS: Duration = Duration::from_secs(1);

/// How often that often.
const EAGER: u32 = 120;

/// What is done once a day is done at every so many looks.
const LOOKS_A_DAY: u32 = 8_640;

/// How long the end of what is made ahead is waited for.
const END: Duration = Duration::from_secs(5);

/// A host that has begun; dropped, others take it for gone.
#[derive(Debug)]
pub struct Startup {
    /// How many processes were taken over from hosts that are gone.
    pub taken_over: usize,
    _announcement: Announcement,
    look: tokio::task::JoinHandle<()>,
    statistics: tokio::task::JoinHandle<()>,
    follow: tokio::task::JoinHandle<()>,
    keep_plans: tokio::task::JoinHandle<()>,
    sites: [tokio::task::JoinHandle<()>; 2],
    services: Services,
}

impl Startup {
    /// Ends what is done beside the work that was accepted, and waits for it, a few seconds at most: before the runtime
    /// ends, on which it counts.
    pub async fn stop(self) {
        let ahead = self.services.inner.ahead.clone();
        drop(self);
        ahead.close();
        if tokio::time::timeout(END, ahead.wait()).await.is_err() {
            tracing::debug!("a snapshot was still being made");
        }
    }
}

impl Drop for Startup {
    fn drop(&mut self) {
        self.services.inner.stopping.cancel();
        self.look.abort();
        self.statistics.abort();
        self.follow.abort();
        self.keep_plans.abort();
        self.sites.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Services {
    /// Begins: announces this host and takes over what killed hosts left, now and then again.
    ///
    /// # Errors
    /// The database can't be used.
    pub async fn startup(&self) -> Result<Startup, StoreError> {
        let announcement = self.inner.store.announce(self.inner.host).await?;
        self.inner.store.ensure_audit_partitions(MONTHS_AHEAD).await?;
        let TakenOver { count, finishing } = self.take_over().await?;
        let services = self.clone();
        let look = tokio::spawn(async move {
            finished(finishing).await;
            for look in 1_u32.. {
                tokio::time::sleep(LOOK).await;
                // The first one too: not every host lives for a day.
                let daily = look % LOOKS_A_DAY == 1;
                let looked = services.look_after(daily).await;
                if let Err(error) = looked {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "it could not be seen what other hosts left");
                }
            }
        });
        Ok(Startup {
            taken_over: count,
            _announcement: announcement,
            look,
            statistics: tokio::spawn(self.clone().keep_statistics()),
            follow: tokio::spawn(self.clone().follow()),
            keep_plans: tokio::spawn(self.clone().keep_plans()),
            sites: [
                tokio::spawn(self.clone().keep_sites_valid()),
                tokio::spawn(self.clone().keep_sites()),
            ],
            services: self.clone(),
        })
    }

    /// Says that this host lives, for one that takes no work over: what it registers is then not taken for interrupted.
    ///
    /// # Errors
    /// The database can't be used.
    pub async fn announce(&self) -> Result<Announcement, StoreError> {
        self.inner.store.announce(self.inner.host).await
    }

    async fn look_after(&self, daily: bool) -> Result<(), StoreError> {
        if daily {
            self.inner.store.ensure_audit_partitions(MONTHS_AHEAD).await?;
            self.prune_registrations().await?;
        }
        finished(self.take_over().await?.finishing).await;
        Ok(())
    }
}

impl Services {
    /// Removes registrations that ended long ago, a batch at a time.
    ///
    /// # Errors
    /// The database can't be used.
    pub async fn prune_registrations(&self) -> Result<(), StoreError> {
        let before = self.inner.clock.now() - REGISTRATIONS_KEPT;
        loop {
            let pruned = self.inner.store.prune_registrations(before, BATCH).await?;
            if pruned < u32::from(BATCH) {
                return Ok(());
            }
        }
    }

    /// Has new tables analysed as soon as they have some rows, for as long as the future lives.
    async fn keep_statistics(self) {
        for look in 0_u32.. {
            tokio::time::sleep(if look < EAGER { STATISTICS } else { LOOK }).await;
            if let Err(error) = self.inner.store.analyze_new_tables().await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "new tables could not be analysed");
            }
        }
    }
}

/// What is left is taken over one at a time, and so batch by batch.
async fn finished(finishing: tokio::task::JoinHandle<()>) {
    if let Err(error) = finishing.await {
        tracing::error!(%error, "what was taken over is not all finished");
    }
}
