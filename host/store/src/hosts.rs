//! Which hosts live: each holds an advisory lock on its id for as long as it has a connection, so that what a killed
//! host left can be told from what another one is working on.
//!
//! Invariant: this only saves work. A host that is taken for dead loses at most the race to finish a process, which is
//! decided by compare-and-set on its status.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{Store, StoreError, Tx};

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

impl Tx {
    /// Whether a host holds the lock on its id.
    pub async fn host_lives(&mut self, host: Uuid) -> Result<bool, StoreError> {
        let free = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock_shared(hashtextextended($1::text, 0)) AS "free!""#,
            host.to_string()
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(!free)
    }
}
