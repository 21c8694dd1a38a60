//! Refusals: what a client asked for and did not get. The client can be asked about them, and asks about them.
//!
//! Invariant: a row says who was refused what and why, and nothing of what was sent. Few are written at a time, and who
//! is refused waits for his: whoever has himself refused again and again slows himself down, and not the work of others.

use assay_domain::{Actor, AuditResult, ProcessTypeId, Stage};
use serde_json::json;
use uuid::Uuid;

use crate::Services;
use crate::record::{Event, audit};

/// What was refused, and why.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What happened, for example `process.refused`.
    pub event: &'static str,
    /// For which process type, as it was asked for; it need not exist.
    pub process_type: Option<ProcessTypeId>,
    /// What programs go by.
    pub code: &'static str,
    /// One sentence for people, without control characters.
    pub reason: String,
    /// JSON Pointers to the places in what was sent.
    pub pointers: Vec<String>,
}

impl Services {
    /// Writes the audit row of a refusal; nothing for a caller who acts for no client. That it can't be written is
    /// logged: the refusal stands all the same.
    pub async fn record_refusal(&self, actor: &Actor, refusal: &Refusal) {
        let Some(client) = actor.client else { return };
        let mut event = Event::of(actor, refusal.event, Uuid::now_v7())
            .result(AuditResult::Failed, Some(refusal.reason.clone()))
            .with(json!({"code": refusal.code, "pointers": refusal.pointers}));
        if let Some(process_type) = &refusal.process_type {
            event = event.about(process_type);
        }
        if refusal.event == "process.refused" {
            event = event.stage(Stage::Ingest);
        }
        let written = async {
            let _turn = self.inner.refusals.acquire().await;
            let mut tx = self.begin(client).await?;
            if tx.client().await?.is_none() {
                // A token for a client that there is not: nobody's row.
                return tx.rollback().await;
            }
            audit(&mut tx, self.inner.clock.as_ref(), &event).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a refusal could not be recorded");
        }
    }
}
