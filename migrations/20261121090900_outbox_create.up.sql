-- The one outgoing table (docsafe-integration.md): an event is written in the transaction of what it tells, and
-- delivered later by the worker. `correlation_id` is the process's; `causation_id` is the event that led to this one.

CREATE TYPE docsafe_storage_backend AS ENUM ('harmonyk_standard', 'gdrive', 'docsafe_drive', 'external');
CREATE TYPE docsafe_proof_status AS ENUM ('none', 'pending', 'anchored', 'failed');
CREATE TYPE docsafe_share_backend AS ENUM ('harmonyk', 'docsafe');
CREATE TYPE docsafe_actor_type AS ENUM ('user', 'guest', 'service');

CREATE TABLE docsafe_event_outbox (
    client_id uuid NOT NULL,
    event_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    event_type text NOT NULL,
    actor_type docsafe_actor_type NOT NULL,
    actor_id text NOT NULL,
    org_id text NOT NULL,
    harmonyk_document_id text,
    harmonyk_version_id text,
    harmonyk_share_id text,
    payload jsonb NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    status text NOT NULL DEFAULT 'pending',
    attempt_count integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT docsafe_event_outbox_pkey PRIMARY KEY (client_id, event_id),
    CONSTRAINT docsafe_event_outbox_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT docsafe_event_outbox_causation_fkey
        FOREIGN KEY (client_id, causation_id) REFERENCES docsafe_event_outbox (client_id, event_id),
    CONSTRAINT docsafe_event_outbox_idempotency_key UNIQUE (client_id, idempotency_key),
    CONSTRAINT docsafe_event_outbox_event_type_check CHECK (event_type ~ '^[a-z_]+(\.[a-z_]+)+$'),
    CONSTRAINT docsafe_event_outbox_status_check CHECK (status IN ('pending', 'delivered', 'failed')),
    CONSTRAINT docsafe_event_outbox_attempts_check CHECK (attempt_count >= 0)
);
CREATE INDEX docsafe_event_outbox_due_idx ON docsafe_event_outbox (next_attempt_at) WHERE status = 'pending';

ALTER TABLE docsafe_event_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE docsafe_event_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY docsafe_event_outbox_tenant ON docsafe_event_outbox
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT ON docsafe_event_outbox TO assay_app;
