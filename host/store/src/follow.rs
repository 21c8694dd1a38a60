//! Hearing what other hosts changed, over a connection of its own.
//!
//! Invariant: nothing is decided by what is heard; it says that it is worth looking. A lost connection ends it: what
//! was missed meanwhile is unknown, and whoever listens again looks at everything again.

use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{Store, StoreError};

/// Where the database says that something has changed of what decides how documents are judged; see the migration
/// `changes_notify`.
const CHANNEL: &str = "assay_changes";
const LISTEN: &str = "LISTEN assay_changes";

/// A connection that hears.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Store {
    /// Begins to hear.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn listen(&self) -> Result<Listener, StoreError> {
        let options = self.pool.connect_options().as_ref().clone();
        // Beside the pool, whose connections are for work.
        let own = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
        let mut listener = PgListener::connect_with(&own).await?;
        // Else a lost connection is told of only when there is another one.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Listener(listener))
    }
}

impl Listener {
    /// Whether the database still answers on this connection. What is heard meanwhile is kept.
    ///
    /// # Errors
    /// `Unavailable` when the connection is lost.
    pub async fn ask(&mut self) -> Result<(), StoreError> {
        // It changes nothing, since the channel is listened to already.
        self.0.execute(LISTEN).await?;
        Ok(())
    }

    /// Waits for a change of a client, process type, configuration, release, activation or grant.
    ///
    /// # Errors
    /// `Unavailable` when the connection is lost.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        match self.0.try_recv().await? {
            Some(_) => Ok(()),
            None => Err(StoreError::Unavailable(
                "the connection that hears was lost".into(),
            )),
        }
    }
}
