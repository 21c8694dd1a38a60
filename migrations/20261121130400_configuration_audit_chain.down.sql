-- Takes back the chain; the archived rows stay.
DROP FUNCTION broken_configuration_archive(bigint, integer);

CREATE OR REPLACE FUNCTION archive_configuration_audit(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ids uuid[];
BEGIN
    IF most NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION 'most is %, not 1 to 10000', most USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT array_agg(audit_id) INTO ids FROM (
        SELECT audit_id FROM public.configuration_audit_log WHERE changed_at < before
        ORDER BY changed_at, audit_id LIMIT most FOR UPDATE SKIP LOCKED
    ) AS old;
    INSERT INTO public.configuration_audit_archive (
        client_id, audit_id, site_id, extension_id, action, actor, changed_by, changed_at, old_config_hash,
        new_config_hash, reason, details
    )
    SELECT client_id, audit_id, site_id, extension_id, action, actor, changed_by, changed_at, old_config_hash,
        new_config_hash, reason, details
    FROM public.configuration_audit_log WHERE audit_id = ANY (ids);
    DELETE FROM public.configuration_audit_log WHERE audit_id = ANY (ids);
    RETURN coalesce(cardinality(ids), 0);
END
$$;

CREATE OR REPLACE FUNCTION configuration_audit_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'configuration_audit_log' AND EXISTS (
        SELECT FROM public.configuration_audit_archive AS a
        WHERE a.client_id = OLD.client_id AND a.audit_id = OLD.audit_id
            AND to_jsonb(a) - 'archived_at' = to_jsonb(OLD)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'configuration_audit_append_only',
            HINT = 'Write a new row that corrects the old one.';
END
$$;

DROP FUNCTION configuration_audit_digest(bytea, configuration_audit_archive);
ALTER TABLE configuration_audit_archive
    DROP CONSTRAINT configuration_audit_archive_chain_check,
    DROP CONSTRAINT configuration_audit_archive_chain_key,
    DROP COLUMN digest,
    DROP COLUMN chain_number;
