-- What a client wants of a process type. `content` holds the canonical JSON that was checked and is what the host
-- reads; the columns beside it are the same, for queries. A version is immutable once it was active.

CREATE TABLE configurations (
    client_id uuid NOT NULL,
    config_id uuid NOT NULL,
    process_type_id text NOT NULL,
    version integer NOT NULL,
    input_schema jsonb,
    output_schema jsonb,
    validation_rules jsonb,
    plugin_name text NOT NULL,
    plugin_range text NOT NULL,
    extractor_name text,
    scorer_name text,
    enable_fraud_detection boolean NOT NULL,
    enable_hitl boolean NOT NULL,
    confidence_threshold numeric NOT NULL,
    fraud_threshold numeric NOT NULL,
    content bytea NOT NULL,
    content_sha256 bytea NOT NULL,
    is_active boolean NOT NULL DEFAULT false,
    activated_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT configurations_pkey PRIMARY KEY (client_id, config_id),
    CONSTRAINT configurations_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT configurations_process_type_fkey
        FOREIGN KEY (process_type_id) REFERENCES process_types (process_type_id),
    CONSTRAINT configurations_created_by_fkey
        FOREIGN KEY (client_id, created_by) REFERENCES users (client_id, user_id),
    CONSTRAINT configurations_version_key UNIQUE (client_id, process_type_id, version),
    CONSTRAINT configurations_version_check CHECK (version >= 1),
    CONSTRAINT configurations_confidence_threshold_check CHECK (confidence_threshold BETWEEN 0 AND 1),
    CONSTRAINT configurations_fraud_threshold_check CHECK (fraud_threshold BETWEEN 0 AND 1),
    CONSTRAINT configurations_content_check CHECK (content_sha256 = sha256(content)),
    CONSTRAINT configurations_active_check CHECK (NOT is_active OR activated_at IS NOT NULL)
);
CREATE UNIQUE INDEX configurations_active_key ON configurations (client_id, process_type_id) WHERE is_active;
CREATE TRIGGER configurations_updated_at BEFORE UPDATE ON configurations
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE FUNCTION configurations_freeze() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was record := OLD;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was.is_active := NEW.is_active;
        was.activated_at := CASE WHEN NEW.is_active THEN NEW.activated_at ELSE OLD.activated_at END;
        was.updated_at := NEW.updated_at;
        IF OLD.activated_at IS NULL OR was IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.activated_at IS NULL THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'version % of the configuration was active and is immutable', OLD.version
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'configurations_freeze',
            HINT = 'Insert a new version and activate it.';
END
$$;
CREATE TRIGGER configurations_freeze BEFORE UPDATE OR DELETE ON configurations
    FOR EACH ROW EXECUTE FUNCTION configurations_freeze();

ALTER TABLE configurations ENABLE ROW LEVEL SECURITY;
ALTER TABLE configurations FORCE ROW LEVEL SECURITY;
CREATE POLICY configurations_tenant ON configurations
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (is_active, activated_at) ON configurations TO assay_app;
