//! Whether this host can take work now.

use serde::Serialize;

use crate::Services;

/// What was found when it was looked at, not when the host started.
#[derive(Clone, Debug, Serialize)]
pub struct Readiness {
    /// Whether all of it is well.
    pub ready: bool,
    /// Why the database can't be used; none when it answers.
    pub database: Option<String>,
    /// Why the schema does not fit; none when it does.
    pub migrations: Option<String>,
}

impl Services {
    /// Asks the database, and whether its schema is the one that this host was built for.
    pub async fn readiness(&self) -> Readiness {
        let database = self.inner.store.ping().await.err().map(|error| error.to_string());
        let migrations = match &database {
            Some(_) => None,
            None => self
                .inner
                .store
                .check_migrated()
                .await
                .err()
                .map(|error| error.to_string()),
        };
        Readiness {
            ready: database.is_none() && migrations.is_none(),
            database,
            migrations,
        }
    }
}
