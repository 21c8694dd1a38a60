//! Which hosts live: each holds an advisory lock on its id for as long as it has a connection, so that what a killed
//! host left can be told from what another one is working on.
//!
//! Invariant: this only saves work. A host that is taken for dead loses at most the race to finish a process, which is
//! decided by compare-and-set on its status.

use std::time::Duration;

use assay_domain::{ClientId, ProcessId};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{Store, StoreError};

/// How often the connection that holds the lock is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// A host that others take for alive until this is dropped.
#[derive(Debug)]
pub struct Announcement {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Store {
    /// Says that a host lives. A lost connection is made again.
    pub async fn announce(&self, host: Uuid) -> Result<Announcement, StoreError> {
        let mut connection = self.hold(host).await?;
        let store = self.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                if connection.ping().await.is_ok() {
                    continue;
                }
                match store.hold(host).await {
                    Ok(again) => connection = again,
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "this host can't announce itself"
                        );
                    }
                }
            }
        });
        Ok(Announcement { task })
    }

    /// A connection of its own, beside the pool, that holds the lock on a host's id.
    async fn hold(&self, host: Uuid) -> Result<PgConnection, StoreError> {
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        sqlx::query!(
            "SELECT pg_advisory_lock(hashtextextended($1::text, 0))",
            host.to_string()
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(connection)
    }
}

/// A process under way whose host is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbandonedProcess {
    /// Whose.
    pub client: ClientId,
    /// Which.
    pub process: ProcessId,
    /// The host that is gone.
    pub host: Uuid,
}

impl Store {
    /// What hosts that are gone left, whichever clients it belongs to: the oldest `most` (0 to 1,000) processes under
    /// way whose host holds no lock, and which are not `own`'s, the host's that asks.
    pub async fn abandoned_processes(
        &self,
        own: Uuid,
        most: u16,
    ) -> Result<Vec<AbandonedProcess>, StoreError> {
        let mut tx = self.begin_worker().await?;
        let rows = sqlx::query!(
            r#"SELECT client_id AS "client_id!", process_id AS "process_id!", host_id AS "host_id!"
             FROM abandoned_processes($1, $2)"#,
            own,
            i32::from(most)
        )
        .fetch_all(&mut *tx.inner)
        .await?;
        tx.rollback().await?;
        let abandoned = rows.into_iter().map(|row| AbandonedProcess {
            client: ClientId(row.client_id),
            process: ProcessId(row.process_id),
            host: row.host_id,
        });
        Ok(abandoned.collect())
    }
}
