//! What happened, written with the state that it changed: an audit row and an outgoing event.

use assay_domain::{
    Actor, AuditId, AuditResult, Clock, EventId, PluginName, ProcessId, ProcessTypeId, Role, Stage,
};
use assay_store::audit::NewAudit;
use assay_store::outbox::{ActorType, NewEvent};
use assay_store::{StoreError, Tx};
use serde_json::Value;
use uuid::Uuid;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event<'a> {
    kind: &'static str,
    id: Option<EventId>,
    cause: Option<EventId>,
    actor: &'a Actor,
    correlation: Uuid,
    result: AuditResult,
    stage: Option<Stage>,
    process: Option<ProcessId>,
    process_type: Option<&'a ProcessTypeId>,
    plugin: Option<&'a PluginName>,
    document_urls: &'a [String],
    payload: Value,
    error: Option<String>,
}

impl<'a> Event<'a> {
    /// Something that a caller did.
    pub(crate) fn of(actor: &'a Actor, kind: &'static str, correlation: Uuid) -> Self {
        Self {
            kind,
            id: None,
            cause: None,
            actor,
            correlation,
            result: AuditResult::Success,
            stage: None,
            process: None,
            process_type: None,
            plugin: None,
            document_urls: &[],
            payload: Value::Object(serde_json::Map::new()),
            error: None,
        }
    }

    /// With an id that is known before it happens; a new one without.
    pub(crate) fn known_as(mut self, id: Option<EventId>) -> Self {
        self.id = id;
        self
    }

    /// With the event that led to it.
    pub(crate) fn caused_by(mut self, cause: Option<EventId>) -> Self {
        self.cause = cause;
        self
    }

    pub(crate) fn about(mut self, process_type: &'a ProcessTypeId) -> Self {
        self.process_type = Some(process_type);
        self
    }

    pub(crate) fn plugin(mut self, plugin: impl Into<Option<&'a PluginName>>) -> Self {
        self.plugin = plugin.into();
        self
    }

    pub(crate) fn process(mut self, process: ProcessId) -> Self {
        self.process = Some(process);
        self
    }

    pub(crate) fn stage(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    pub(crate) fn documents(mut self, urls: &'a [String]) -> Self {
        self.document_urls = urls;
        self
    }

    pub(crate) fn result(mut self, result: AuditResult, error: Option<String>) -> Self {
        self.result = result;
        self.error = error;
        self
    }

    pub(crate) fn with(mut self, payload: Value) -> Self {
        self.payload = payload;
        self
    }
}

/// Writes both within the transaction of what they tell.
pub(crate) async fn record(tx: &mut Tx, clock: &dyn Clock, event: &Event<'_>) -> Result<(), StoreError> {
    audit(tx, clock, event).await?;
    announce(tx, clock, event).await
}

/// Writes the audit row alone: for what changed no state, and so is nobody's event.
pub(crate) async fn audit(tx: &mut Tx, clock: &dyn Clock, event: &Event<'_>) -> Result<(), StoreError> {
    let now = clock.now();
    tx.insert_audit(&NewAudit {
        id: AuditId::new(now),
        at: now,
        event_type: event.kind,
        actor: &event.actor.subject,
        result: event.result,
        process: event.process,
        process_type: event.process_type,
        stage: event.stage,
        plugin: event.plugin,
        document_urls: event.document_urls,
        payload: &event.payload,
        error_message: event.error.as_deref(),
        error_stack: None,
        correlation_id: event.correlation,
    })
    .await
}

/// Writes the event alone: for what has a log of its own.
pub(crate) async fn announce(tx: &mut Tx, clock: &dyn Clock, event: &Event<'_>) -> Result<(), StoreError> {
    let now = clock.now();
    let id = event.id.unwrap_or_else(|| EventId::new(now));
    let actor_type = if event.actor.role == Role::Platform {
        ActorType::Service
    } else {
        ActorType::User
    };
    tx.insert_event(&NewEvent {
        id,
        idempotency_key: &id.to_string(),
        event_type: event.kind,
        actor_type,
        actor_id: &event.actor.subject,
        document: None,
        payload: &event.payload,
        correlation_id: event.correlation,
        causation_id: event.cause,
        at: now,
    })
    .await
}
