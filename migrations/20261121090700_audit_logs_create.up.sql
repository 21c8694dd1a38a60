-- What happened, for billing and compliance. Rows are only ever added: the host has no right to change or delete them,
-- and a trigger refuses whoever has. Partitioned by month (UTC), so that the key holds the time; a row whose month has
-- no partition goes to the default one, so that nothing is lost.
--
-- `process_id` is null for what is no process, for example a refused submission; `process_type_id` is then what was
-- asked for and need not exist.

CREATE TABLE audit_logs (
    client_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    "timestamp" timestamptz NOT NULL,
    process_id uuid,
    process_type_id text,
    event_type text NOT NULL,
    actor text NOT NULL,
    result text NOT NULL,
    stage_type text,
    process_plugin_name text,
    document_urls text[] NOT NULL DEFAULT '{}',
    payload jsonb NOT NULL DEFAULT '{}',
    token_usage jsonb,
    error_message text,
    error_stack text,
    correlation_id uuid NOT NULL,
    CONSTRAINT audit_logs_pkey PRIMARY KEY (client_id, "timestamp", audit_id),
    CONSTRAINT audit_logs_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT audit_logs_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT audit_logs_result_check CHECK (result IN ('SUCCESS', 'FAILED', 'ERRORS')),
    CONSTRAINT audit_logs_stage_type_check
        CHECK (stage_type IN ('INGEST', 'INTELLIGENT_OCR', 'INTELLIGENT_PROCESS', 'OUTPUT'))
) PARTITION BY RANGE ("timestamp");
CREATE INDEX audit_logs_client_time_idx ON audit_logs (client_id, "timestamp" DESC);
CREATE INDEX audit_logs_process_idx ON audit_logs (client_id, process_id);
CREATE INDEX audit_logs_result_idx ON audit_logs (client_id, result, stage_type);

CREATE FUNCTION audit_logs_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit_logs is append-only: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_logs_append_only',
            HINT = 'Write a new row that corrects the old one.';
END
$$;
CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
    FOR EACH ROW EXECUTE FUNCTION audit_logs_refuse_change();
CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_refuse_change();

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_logs_tenant ON audit_logs
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT ON audit_logs TO assay_app;

-- Neither policies nor statement triggers of a table reach someone who names its partition: each has its own.
CREATE FUNCTION protect_audit_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
    EXECUTE format(
        'CREATE POLICY audit_logs_tenant ON %s'
        ' USING (client_id = (SELECT nullif(current_setting(''app.current_client_id'', true), '''')::uuid))'
        ' WITH CHECK (client_id = (SELECT nullif(current_setting(''app.current_client_id'', true), '''')::uuid))',
        partition
    );
    EXECUTE format(
        'CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION public.audit_logs_refuse_change()',
        partition
    );
END
$$;
REVOKE EXECUTE ON FUNCTION protect_audit_partition(regclass) FROM PUBLIC;

CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;
SELECT protect_audit_partition('audit_logs_default');

-- Makes the partitions of this month and of `months` more, and returns how many were missing. The host calls it as
-- assay_app, which may not make tables: therefore with the rights of the owner, a fixed search path and a bound.
-- A month that already has rows in the default partition stays there.
CREATE FUNCTION ensure_audit_partitions(months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz;
    partition text;
    made integer := 0;
BEGIN
    IF months NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months is %, not 0 to 24', months USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_audit_partitions'));
    FOR ahead IN 0..months LOOP
        month := date_trunc('month', now()) + make_interval(months => ahead);
        partition := to_char(month, '"audit_logs_"YYYY"_"MM');
        CONTINUE WHEN to_regclass('public.' || partition) IS NOT NULL;
        BEGIN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
                partition, month, month + interval '1 month'
            );
            PERFORM protect_audit_partition(('public.' || partition)::regclass);
            made := made + 1;
        EXCEPTION WHEN check_violation THEN
            RAISE WARNING '% is not made: the default partition already holds rows of that month', partition;
        END;
    END LOOP;
    RETURN made;
END
$$;
REVOKE EXECUTE ON FUNCTION ensure_audit_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_audit_partitions(integer) TO assay_app;
