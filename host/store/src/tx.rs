//! A transaction of one client, of the platform, or of the worker.

use sqlx::{AssertSqlSafe, Postgres, Transaction};

use assay_domain::ClientId;
use uuid::Uuid;

use crate::{Store, StoreError, roles};

/// A transaction. Every query is a method on it, in the module of its noun; dropped, it is rolled back.
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: Transaction<'static, Postgres>,
    /// The client that rows are written for; none writes what is the platform's.
    pub(crate) client: Option<Uuid>,
}

/// In whose name a transaction works.
#[derive(Clone, Copy)]
enum Name {
    Client(Uuid),
    /// A client, whose commit does not wait for the disk.
    Provisional(Uuid),
    Platform,
    Worker,
}

impl Store {
    /// Begins a transaction that sees and writes what is the client's.
    pub async fn begin(&self, client: ClientId) -> Result<Tx, StoreError> {
        self.begin_as(Name::Client(client.0)).await
    }

    /// As [`Store::begin`], but the commit does not wait until it is on disk: for what nobody is told before a later
    /// commit that does wait, and that takes this one to the disk with it, since the log is written in order. A crash of
    /// the database's server (not of a host) can lose it as a whole.
    pub async fn begin_provisional(&self, client: ClientId) -> Result<Tx, StoreError> {
        self.begin_as(Name::Provisional(client.0)).await
    }

    /// Begins a transaction of the host owner: clients, process types, the platform's plugins; nothing that a client
    /// owns.
    pub async fn begin_platform(&self) -> Result<Tx, StoreError> {
        self.begin_as(Name::Platform).await
    }

    /// Begins a transaction as `assay_worker`, which sees no table and may call the few functions that act across
    /// clients.
    pub(crate) async fn begin_worker(&self) -> Result<Tx, StoreError> {
        self.begin_as(Name::Worker).await
    }

    async fn begin_as(&self, name: Name) -> Result<Tx, StoreError> {
        let mut stale = self.connections;
        loop {
            match self.begin_once(name).await {
                // Nothing was done yet, and a pooled connection may have died with its server: try until none is left.
                Err(sqlx::Error::Io(error)) if stale > 0 && died(&error) => stale -= 1,
                Err(sqlx::Error::Database(error)) if stale > 0 && was_closed(&*error) => stale -= 1,
                begun => return begun.map_err(StoreError::from),
            }
        }
    }

    /// On a task of its own: a caller who is cancelled while sqlx waits for `BEGIN` would give back a connection that
    /// is in a transaction, with a tenant, and the next one would work in it.
    async fn begin_once(&self, name: Name) -> Result<Tx, sqlx::Error> {
        let pool = self.pool.clone();
        let task = tokio::spawn(async move {
            let (client, platform) = match name {
                Name::Client(id) | Name::Provisional(id) => (Some(id), ""),
                Name::Platform => (None, "on"),
                Name::Worker => (None, ""),
            };
            let tenant = client.map(|id| id.to_string()).unwrap_or_default();
            // One round trip. A UUID's text can't close the quotes.
            let mut begin = format!(
                "BEGIN; SELECT set_config('app.current_client_id', '{tenant}', true), \
                 set_config('app.platform', '{platform}', true)"
            );
            match name {
                Name::Client(_) | Name::Platform => {}
                Name::Provisional(_) => begin.push_str(", set_config('synchronous_commit', 'off', true)"),
                Name::Worker => {
                    begin.push_str("; ");
                    begin.push_str(roles::BECOME_WORKER);
                }
            }
            let begin = AssertSqlSafe(begin);
            let inner = pool.begin_with(begin).await?;
            Ok(Tx { inner, client })
        });
        // A panic of the task is sqlx's; it is reported as the crash that it is.
        task.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

fn died(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as K;
    matches!(
        error.kind(),
        K::BrokenPipe | K::ConnectionReset | K::ConnectionAborted | K::UnexpectedEof | K::NotConnected
    )
}

/// The server said goodbye while the connection lay in the pool.
fn was_closed(error: &dyn sqlx::error::DatabaseError) -> bool {
    matches!(
        error.code().as_deref(),
        Some("57P01" | "57P02" | "57P05" | "25P03")
    )
}

impl Tx {
    /// Makes it last. Once called, it ends by itself, even when the caller is cancelled.
    pub async fn commit(self) -> Result<(), StoreError> {
        let task = tokio::spawn(self.inner.commit());
        Ok(task.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))?)
    }

    /// Takes it back. Dropping does the same later.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.inner.rollback().await?)
    }
}
