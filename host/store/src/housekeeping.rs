//! What a host sees to over all clients at once, as the worker: registrations that ended long ago, and the planner's
//! statistics of tables that are new.

use chrono::{DateTime, Utc};

use crate::{Store, StoreError};

impl Store {
    /// Removes registrations of plugins that ended before a time, and at least a day ago, whoever owns them: the oldest
    /// `most` (0 to 10,000). Returns how many.
    pub async fn prune_registrations(&self, before: DateTime<Utc>, most: u16) -> Result<u32, StoreError> {
        let mut tx = self.begin_worker().await?;
        let pruned = sqlx::query_scalar!(
            r#"SELECT prune_registrations($1, $2) AS "pruned!""#,
            before,
            i32::from(most)
        )
        .fetch_one(&mut *tx.inner)
        .await?;
        tx.commit().await?;
        Ok(u32::try_from(pruned).unwrap_or_default())
    }

    /// Analyses each table that has some rows and never was: until then the planner takes it for empty. Returns how many.
    pub async fn analyze_new_tables(&self) -> Result<u32, StoreError> {
        let mut tx = self.begin_worker().await?;
        let analyzed = sqlx::query_scalar!(r#"SELECT analyze_new_tables() AS "analyzed!""#)
            .fetch_one(&mut *tx.inner)
            .await?;
        tx.commit().await?;
        Ok(u32::try_from(analyzed).unwrap_or_default())
    }
}
