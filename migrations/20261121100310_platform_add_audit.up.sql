-- The host owner acts too (it registers plugins for all and yanks them), and what it does is audited and told like
-- everybody's. As with plugins, a row without a client is the platform's; unlike plugins, no client sees it.
--
-- A primary key can't hold a null, so the keys become unique constraints over the same columns. A null passes every
-- composite foreign key, so a row of the platform refers to no client's process and to no client's event.

ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_pkey;
ALTER TABLE audit_logs ALTER COLUMN client_id DROP NOT NULL;
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_key UNIQUE NULLS NOT DISTINCT (client_id, "timestamp", audit_id);
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_platform_check CHECK (client_id IS NOT NULL OR process_id IS NULL);
CREATE POLICY audit_logs_platform ON audit_logs
    USING (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on')
    WITH CHECK (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on');

-- Partitions have policies of their own; nobody names them but the owner, to whom the platform's rows are closed too.

ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_causation_fkey;
ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_pkey;
ALTER TABLE docsafe_event_outbox DROP CONSTRAINT docsafe_event_outbox_idempotency_key;
ALTER TABLE docsafe_event_outbox ALTER COLUMN client_id DROP NOT NULL;
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_key UNIQUE NULLS NOT DISTINCT (client_id, event_id);
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_idempotency_key
    UNIQUE NULLS NOT DISTINCT (client_id, idempotency_key);
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_causation_fkey
    FOREIGN KEY (client_id, causation_id) REFERENCES docsafe_event_outbox (client_id, event_id);
ALTER TABLE docsafe_event_outbox ADD CONSTRAINT docsafe_event_outbox_platform_check
    CHECK (client_id IS NOT NULL OR causation_id IS NULL);
CREATE POLICY docsafe_event_outbox_platform ON docsafe_event_outbox
    USING (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on')
    WITH CHECK (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on');
