//! Outgoing events (docsafe-integration.md), written in the transaction of what they tell. Delivery comes later.
//! A transaction of the platform writes the platform's own events, which no client sees.

use assay_domain::{DocumentId, EventId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, Tx};

/// `docsafe_actor_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorType {
    /// A user of the client.
    User,
    /// Somebody with a link.
    Guest,
    /// A program, the host included.
    Service,
}

impl ActorType {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Guest => "guest",
            Self::Service => "service",
        }
    }
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// Its id.
    pub id: EventId,
    /// The same for the same event: it is written once per client.
    pub idempotency_key: &'a str,
    /// Lower-case words with dots, for example `workflow.step_completed`.
    pub event_type: &'a str,
    /// Who caused it.
    pub actor_type: ActorType,
    /// By what name.
    pub actor_id: &'a str,
    /// The document that it is about.
    pub document: Option<DocumentId>,
    /// What there is to tell: an object.
    pub payload: &'a Value,
    /// What ties it to its process.
    pub correlation_id: Uuid,
    /// The event that led to this one.
    pub causation_id: Option<EventId>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl Tx {
    /// Adds an event, due at once. `Conflict` of `docsafe_event_outbox_idempotency_key` when it was written before.
    pub async fn insert_event(&mut self, new: &NewEvent<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO docsafe_event_outbox (
                 client_id, event_id, idempotency_key, event_type, actor_type, actor_id, org_id, harmonyk_document_id,
                 payload, correlation_id, causation_id, next_attempt_at, created_at
             )
             VALUES ($1::uuid, $2, $3, $4, $5::text::docsafe_actor_type, $6, coalesce($1::uuid::text, 'platform'), $7, $8, $9, $10, $11, $11)",
            self.client,
            new.id.0,
            new.idempotency_key,
            new.event_type,
            new.actor_type.as_str(),
            new.actor_id,
            new.document.map(|id| id.to_string()),
            new.payload,
            new.correlation_id,
            new.causation_id.map(|id| id.0),
            new.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
