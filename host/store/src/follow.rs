//! Hearing what other hosts changed, over a connection of its own.
//!
//! Invariant: nothing is decided by what is heard; it says that it is worth looking. What was missed while the
//! connection was lost shows as [`Heard::Lost`]: then all of it is looked at again.

use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{Store, StoreError};

/// Where the database says that something has changed of what decides how documents are judged; see the migration
/// `changes_notify`.
const CHANNEL: &str = "assay_changes";

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A client, process type, configuration, release, activation or grant is not what it was.
    Change,
    /// The connection was lost and is there again: anything may have changed.
    Lost,
}

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
        listener.listen(CHANNEL).await?;
        Ok(Listener(listener))
    }
}

impl Listener {
    /// The next change; a lost connection is made again.
    ///
    /// # Errors
    /// It can't be made again now; a later try may.
    pub async fn next(&mut self) -> Result<Heard, StoreError> {
        Ok(match self.0.try_recv().await? {
            Some(_) => Heard::Change,
            None => Heard::Lost,
        })
    }
}
