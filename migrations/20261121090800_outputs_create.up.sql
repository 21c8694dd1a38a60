-- What a finished process leads to: notices for the client's people, and actions that are carried out later.

CREATE TABLE notifications (
    client_id uuid NOT NULL,
    notification_id uuid NOT NULL,
    process_id uuid,
    user_id uuid,
    type text NOT NULL,
    severity text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    is_read boolean NOT NULL DEFAULT false,
    read_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT notifications_pkey PRIMARY KEY (client_id, notification_id),
    CONSTRAINT notifications_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT notifications_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT notifications_user_fkey FOREIGN KEY (client_id, user_id) REFERENCES users (client_id, user_id),
    CONSTRAINT notifications_type_check CHECK (type IN (
        'hitl_required', 'process_failed', 'low_confidence', 'fraud_detected', 'process_completed'
    )),
    CONSTRAINT notifications_severity_check CHECK (severity IN ('info', 'warning', 'error', 'critical')),
    CONSTRAINT notifications_read_check CHECK (is_read = (read_at IS NOT NULL))
);
CREATE INDEX notifications_created_idx ON notifications (client_id, created_at DESC, notification_id DESC);
CREATE INDEX notifications_process_idx ON notifications (client_id, process_id);

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
CREATE POLICY notifications_tenant ON notifications
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (is_read, read_at) ON notifications TO assay_app;

CREATE TABLE output_actions (
    client_id uuid NOT NULL,
    action_id uuid NOT NULL,
    process_id uuid NOT NULL,
    action_type text NOT NULL,
    target_config jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'pending',
    retry_count integer NOT NULL DEFAULT 0,
    max_retries integer NOT NULL DEFAULT 3,
    result jsonb,
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now(),
    executed_at timestamptz,
    CONSTRAINT output_actions_pkey PRIMARY KEY (client_id, action_id),
    CONSTRAINT output_actions_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT output_actions_type_check
        CHECK (action_type IN ('email', 'webhook', 'erp_integration', 'database_insert', 'file_export')),
    CONSTRAINT output_actions_status_check
        CHECK (status IN ('pending', 'executing', 'completed', 'failed', 'retrying')),
    CONSTRAINT output_actions_retry_check CHECK (retry_count BETWEEN 0 AND max_retries)
);
CREATE INDEX output_actions_process_idx ON output_actions (client_id, process_id);

ALTER TABLE output_actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE output_actions FORCE ROW LEVEL SECURITY;
CREATE POLICY output_actions_tenant ON output_actions
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (status, retry_count, result, error_message, executed_at) ON output_actions TO assay_app;
