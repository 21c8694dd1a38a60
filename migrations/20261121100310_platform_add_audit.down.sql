-- Takes back what the platform's rows need, and these rows with it: the tables can't hold them any more. They are
-- append-only and closed to the owner, which both is lifted for that within this transaction.
DROP POLICY docsafe_event_outbox_platform ON docsafe_event_outbox;
ALTER TABLE docsafe_event_outbox NO FORCE ROW LEVEL SECURITY;
DELETE FROM docsafe_event_outbox WHERE client_id IS NULL;
ALTER TABLE docsafe_event_outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_platform_check;
ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_causation_fkey;
ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_idempotency_key;
ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_key;
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_pkey PRIMARY KEY (client_id, event_id);
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_causation_fkey
    FOREIGN KEY (client_id, causation_id) REFERENCES docsafe_event_outbox (client_id, event_id);
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_idempotency_key UNIQUE (client_id, idempotency_key);

DROP POLICY audit_logs_platform ON audit_logs;
ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_append_only;
DELETE FROM audit_logs WHERE client_id IS NULL;
ALTER TABLE audit_logs ENABLE TRIGGER audit_logs_append_only;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_platform_check;
ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_key;
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (client_id, "timestamp", audit_id);
