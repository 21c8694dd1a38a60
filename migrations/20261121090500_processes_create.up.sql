-- A job, the releases that were pinned to it when it began, its documents and their bytes. Bytes are stored once per
-- client and named by their digest, so that what was judged can be judged again.

CREATE TABLE processes (
    client_id uuid NOT NULL,
    process_id uuid NOT NULL,
    process_type_id text NOT NULL,
    config_version integer NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    current_stage text NOT NULL DEFAULT 'INGEST',
    input jsonb,
    classification_result jsonb,
    extraction_result jsonb,
    validation_result jsonb,
    final_output jsonb,
    overall_confidence numeric,
    verdict text,
    requires_review boolean NOT NULL DEFAULT false,
    reviewed_by uuid,
    reviewed_at timestamptz,
    error jsonb,
    total_tokens_input bigint NOT NULL DEFAULT 0,
    total_tokens_output bigint NOT NULL DEFAULT 0,
    ingestion_source text NOT NULL,
    correlation_id uuid NOT NULL,
    host_id uuid NOT NULL,
    submitted_by text NOT NULL,
    received_at timestamptz NOT NULL,
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT processes_pkey PRIMARY KEY (client_id, process_id),
    CONSTRAINT processes_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT processes_configuration_fkey FOREIGN KEY (client_id, process_type_id, config_version)
        REFERENCES configurations (client_id, process_type_id, version),
    CONSTRAINT processes_reviewed_by_fkey
        FOREIGN KEY (client_id, reviewed_by) REFERENCES users (client_id, user_id),
    CONSTRAINT processes_status_check CHECK (status IN (
        'pending', 'ingested', 'classifying', 'extracting', 'validating', 'hitl_review', 'completed', 'failed', 'cancelled'
    )),
    CONSTRAINT processes_current_stage_check
        CHECK (current_stage IN ('INGEST', 'INTELLIGENT_OCR', 'INTELLIGENT_PROCESS', 'OUTPUT')),
    CONSTRAINT processes_overall_confidence_check CHECK (overall_confidence BETWEEN 0 AND 1),
    CONSTRAINT processes_verdict_check CHECK (verdict IN ('accepted', 'rejected', 'review')),
    CONSTRAINT processes_decided_check CHECK ((status IN ('hitl_review', 'completed')) = (verdict IS NOT NULL)),
    CONSTRAINT processes_error_check CHECK (status <> 'failed' OR error IS NOT NULL),
    CONSTRAINT processes_ingestion_source_check CHECK (ingestion_source IN ('web', 'whatsapp', 'telegram', 'api'))
);
CREATE INDEX processes_created_idx ON processes (client_id, created_at DESC, process_id DESC);
-- `host_id` is the host that took the process on; a host that is gone leaves what this index finds.
CREATE INDEX processes_unfinished_idx ON processes (client_id, created_at)
    WHERE status IN ('pending', 'ingested', 'classifying', 'extracting', 'validating');
CREATE INDEX processes_status_idx ON processes (client_id, status, created_at DESC, process_id DESC);
CREATE TRIGGER processes_updated_at BEFORE UPDATE ON processes
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE processes ENABLE ROW LEVEL SECURITY;
ALTER TABLE processes FORCE ROW LEVEL SECURITY;
CREATE POLICY processes_tenant ON processes
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (
    host_id, status, current_stage, classification_result, extraction_result, validation_result, final_output,
    overall_confidence, verdict, requires_review, reviewed_by, reviewed_at, error, total_tokens_input,
    total_tokens_output, completed_at
) ON processes TO assay_app;

CREATE TABLE process_releases (
    client_id uuid NOT NULL,
    process_id uuid NOT NULL,
    world text NOT NULL,
    release_id uuid NOT NULL,
    CONSTRAINT process_releases_pkey PRIMARY KEY (client_id, process_id, world),
    CONSTRAINT process_releases_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT process_releases_release_fkey FOREIGN KEY (release_id) REFERENCES plugin_releases (release_id),
    CONSTRAINT process_releases_world_check CHECK (world IN ('extractor', 'validator', 'scorer', 'resolver'))
);

-- The key check alone would let a client pin a release that it can't see: the policy asks under the caller's eyes.
ALTER TABLE process_releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE process_releases FORCE ROW LEVEL SECURITY;
CREATE POLICY process_releases_tenant ON process_releases
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        AND EXISTS (SELECT 1 FROM plugin_releases AS r WHERE r.release_id = process_releases.release_id)
    );
GRANT SELECT, INSERT ON process_releases TO assay_app;

CREATE TABLE document_contents (
    client_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    bytes bytea NOT NULL,
    size bigint NOT NULL,
    media_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT document_contents_pkey PRIMARY KEY (client_id, sha256),
    CONSTRAINT document_contents_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT document_contents_sha256_check CHECK (sha256 = sha256(bytes)),
    CONSTRAINT document_contents_size_check CHECK (size = octet_length(bytes))
);

ALTER TABLE document_contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_contents FORCE ROW LEVEL SECURITY;
CREATE POLICY document_contents_tenant ON document_contents
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT ON document_contents TO assay_app;

CREATE TABLE documents (
    client_id uuid NOT NULL,
    document_id uuid NOT NULL,
    process_id uuid NOT NULL,
    position integer NOT NULL,
    storage_url text NOT NULL,
    storage_provider text NOT NULL,
    content_sha256 bytea,
    file_name text,
    file_size bigint NOT NULL,
    mime_type text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    ocr_text text,
    ocr_confidence numeric,
    extracted_data jsonb,
    extraction_confidence numeric,
    fraud_score numeric,
    fraud_flags jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT documents_pkey PRIMARY KEY (client_id, document_id),
    CONSTRAINT documents_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT documents_content_fkey
        FOREIGN KEY (client_id, content_sha256) REFERENCES document_contents (client_id, sha256),
    CONSTRAINT documents_position_key UNIQUE (client_id, process_id, position),
    CONSTRAINT documents_position_check CHECK (position >= 0),
    CONSTRAINT documents_storage_provider_check CHECK (storage_provider IN ('s3', 'gcs', 'local', 'database')),
    CONSTRAINT documents_storage_url_check CHECK (
        storage_provider <> 'database'
        OR (content_sha256 IS NOT NULL AND storage_url = 'sha256:' || encode(content_sha256, 'hex'))
    ),
    CONSTRAINT documents_file_size_check CHECK (file_size >= 0),
    CONSTRAINT documents_status_check CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    CONSTRAINT documents_ocr_confidence_check CHECK (ocr_confidence BETWEEN 0 AND 1),
    CONSTRAINT documents_extraction_confidence_check CHECK (extraction_confidence BETWEEN 0 AND 1),
    CONSTRAINT documents_fraud_score_check CHECK (fraud_score BETWEEN 0 AND 1)
);
CREATE INDEX documents_content_idx ON documents (client_id, content_sha256);
CREATE TRIGGER documents_updated_at BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_tenant ON documents
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (
    status, ocr_text, ocr_confidence, extracted_data, extraction_confidence, fraud_score, fraud_flags
) ON documents TO assay_app;
