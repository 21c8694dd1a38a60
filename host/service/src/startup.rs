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

/// What is done once a day is done at every so many looks.
const LOOKS_A_DAY: u32 = 8_640;

/// A host that has begun; dropped, others take it for gone.
#[derive(Debug)]
pub struct Startup {
    /// How many processes were taken over from hosts that are gone.
    pub taken_over: usize,
    _announcement: Announcement,
    look: tokio::task::JoinHandle<()>,
    follow: tokio::task::JoinHandle<()>,
    keep_plans: tokio::task::JoinHandle<()>,
}

impl Drop for Startup {
    fn drop(&mut self) {
        self.look.abort();
        self.follow.abort();
        self.keep_plans.abort();
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
                let looked = services.look_after(look.is_multiple_of(LOOKS_A_DAY)).await;
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
            follow: tokio::spawn(self.clone().follow()),
            keep_plans: tokio::spawn(self.clone().keep_plans()),
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
        }
        finished(self.take_over().await?.finishing).await;
        Ok(())
    }
}

/// What is left is taken over one at a time, and so batch by batch.
async fn finished(finishing: tokio::task::JoinHandle<()>) {
    if let Err(error) = finishing.await {
        tracing::error!(%error, "what was taken over is not all finished");
    }
}
