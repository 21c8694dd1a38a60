//! Following what other hosts change: what this host keeps in memory is forgotten, and the next submission of a kind
//! that it has served finds its plugins loaded and prepared.
//!
//! Invariant: which releases judge a submission is decided in the transaction that takes it in, whatever was heard; a
//! host that hears nothing is slower and not wrong.

use std::time::Duration;

use assay_domain::{ClientId, ProcessTypeId};
use assay_store::{Listener, StoreError};

use crate::Services;
use crate::plan::choose;

/// How long it is waited for more of the same: whoever publishes often publishes several.
const PAUSE: Duration = Duration::from_millis(100);

/// How long it is waited before a lost connection is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// After how long without a word it is asked whether the connection still is one: one end of it can be gone without the
/// other being told.
const SILENCE: Duration = Duration::from_secs(5);

/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// Nothing is heard any more once this is dropped, for whatever reason.
struct Deaf<'a>(&'a Services);

impl Drop for Deaf<'_> {
    fn drop(&mut self) {
        self.0.inner.admissions.follows(false);
    }
}

impl Services {
    /// Follows for as long as the future lives.
    pub(crate) async fn follow(self) {
        loop {
            let ended = match self.inner.store.listen().await {
                Ok(listener) => {
                    self.inner.admissions.follows(true);
                    let _deaf = Deaf(&self);
                    self.hear(listener).await
                }
                Err(error) => error,
            };
            tracing::warn!(
                error = &ended as &dyn std::error::Error,
                "this host can't hear what others change; it is tried again"
            );
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn hear(&self, mut listener: Listener) -> StoreError {
        // What changed while nobody listened.
        self.inner.changed.notify_one();
        self.inner.releases_changed.notify_one();
        loop {
            match tokio::time::timeout(SILENCE, listener.next()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error,
                Err(_) => match tokio::time::timeout(ANSWER, listener.ask()).await {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => return error,
                    Err(_) => {
                        return StoreError::Unavailable("the connection that hears gives no answer".into());
                    }
                },
            }
            self.inner.admissions.forget();
            self.inner.changed.notify_one();
            self.inner.releases_changed.notify_one();
        }
    }

    /// Has plans ready after each change, for as long as the future lives; hearing goes on meanwhile.
    pub(crate) async fn keep_plans(self) {
        loop {
            self.inner.changed.notified().await;
            tokio::time::sleep(PAUSE).await;
            self.look_at_plans().await;
        }
    }

    /// Has the plans ready for every kind of submission that was here lately.
    async fn look_at_plans(&self) {
        for (client, process_type) in self.inner.served.keys() {
            if let Err(error) = self.look_at_plan(client, &process_type).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    %process_type,
                    "a plan can't be made ahead"
                );
            }
        }
    }

    async fn look_at_plan(&self, client: ClientId, process_type: &ProcessTypeId) -> Result<(), StoreError> {
        let mut tx = self.begin(client).await?;
        let Some(configuration) = tx.effective_configuration(process_type).await? else {
            return Ok(());
        };
        let chosen = choose(&mut tx, &configuration.draft).await?;
        tx.rollback().await?;
        let Ok(chosen) = chosen else {
            // A submission will be told why.
            return Ok(());
        };
        match self.inner.plan(client, &configuration, &chosen).await {
            Ok(plan) => plan.is_loaded(),
            Err(error) => tracing::warn!(
                code = error.code,
                message = error.message,
                "a plan can't be made ahead"
            ),
        }
        Ok(())
    }
}
