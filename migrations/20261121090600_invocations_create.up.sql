-- Every call of a plugin, with all that a replay needs: which release was told what about which bytes, and what the
-- host answered it. Rows are only ever added.

CREATE TABLE plugin_invocations (
    client_id uuid NOT NULL,
    invocation_id uuid NOT NULL,
    process_id uuid NOT NULL,
    document_id uuid,
    release_id uuid NOT NULL,
    world text NOT NULL,
    limits jsonb NOT NULL,
    usage jsonb NOT NULL,
    outcome text NOT NULL,
    error_code text,
    error_phase text,
    error_message text,
    error_backtrace text[],
    input_sha256 bytea NOT NULL,
    settings_sha256 bytea NOT NULL,
    rules_sha256 bytea NOT NULL,
    config_sha256 bytea NOT NULL,
    output bytea,
    output_sha256 bytea,
    log jsonb NOT NULL,
    host_answers jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    replayable boolean NOT NULL,
    duration_us bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plugin_invocations_pkey PRIMARY KEY (client_id, invocation_id),
    CONSTRAINT plugin_invocations_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT plugin_invocations_document_fkey
        FOREIGN KEY (client_id, document_id) REFERENCES documents (client_id, document_id),
    CONSTRAINT plugin_invocations_release_fkey FOREIGN KEY (release_id) REFERENCES plugin_releases (release_id),
    CONSTRAINT plugin_invocations_world_check CHECK (world IN ('extractor', 'validator', 'scorer', 'resolver')),
    CONSTRAINT plugin_invocations_outcome_check CHECK (
        (outcome = 'done' AND output IS NOT NULL AND error_code IS NULL AND error_phase IS NULL)
        OR (outcome = 'declined' AND output IS NULL AND error_code IS NOT NULL AND error_phase IS NULL)
        OR (outcome = 'failed' AND output IS NULL AND error_code IS NOT NULL AND error_phase IS NOT NULL)
    ),
    CONSTRAINT plugin_invocations_error_code_check CHECK (outcome <> 'failed' OR error_code IN (
        'refused', 'deadline', 'memory', 'fuel', 'stack', 'trap', 'bad-output', 'denied', 'unavailable'
    )),
    CONSTRAINT plugin_invocations_error_message_check CHECK ((error_code IS NULL) = (error_message IS NULL)),
    CONSTRAINT plugin_invocations_digests_check CHECK (
        octet_length(input_sha256) = 32 AND octet_length(settings_sha256) = 32
        AND octet_length(rules_sha256) = 32 AND octet_length(config_sha256) = 32
    ),
    CONSTRAINT plugin_invocations_output_check CHECK (output_sha256 IS NOT DISTINCT FROM sha256(output)),
    CONSTRAINT plugin_invocations_duration_check CHECK (duration_us >= 0)
);
CREATE INDEX plugin_invocations_process_idx ON plugin_invocations (client_id, process_id);
CREATE INDEX plugin_invocations_release_idx ON plugin_invocations (client_id, release_id, created_at DESC);

ALTER TABLE plugin_invocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_invocations FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_invocations_tenant ON plugin_invocations
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        AND EXISTS (SELECT 1 FROM plugin_releases AS r WHERE r.release_id = plugin_invocations.release_id)
    );
GRANT SELECT, INSERT ON plugin_invocations TO assay_app;
