-- The archive is a chain: each row's digest covers the row and the digest before it, one chain per client, in the order
-- in which rows were archived. Who changes, removes or adds one there breaks it from that row on. Rows that were archived
-- before have no place in it.

ALTER TABLE configuration_audit_archive
    ADD COLUMN chain_number bigint,
    ADD COLUMN digest bytea,
    ADD CONSTRAINT configuration_audit_archive_chain_key UNIQUE (client_id, chain_number),
    ADD CONSTRAINT configuration_audit_archive_chain_check CHECK ((chain_number IS NULL) = (digest IS NULL));

-- What the row says, in one spelling wherever it is computed.
CREATE FUNCTION configuration_audit_digest(previous bytea, entry configuration_audit_archive) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
    SELECT sha256(coalesce(previous, '') || convert_to((to_jsonb(entry) - 'digest' - 'archived_at')::text, 'UTF8'))
$$;
REVOKE EXECUTE ON FUNCTION configuration_audit_digest(bytea, configuration_audit_archive) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION configuration_audit_digest(bytea, configuration_audit_archive) TO assay_app;

CREATE OR REPLACE FUNCTION configuration_audit_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'configuration_audit_log' AND EXISTS (
        SELECT FROM public.configuration_audit_archive AS a
        WHERE a.client_id = OLD.client_id AND a.audit_id = OLD.audit_id
            AND to_jsonb(a) - 'archived_at' - 'chain_number' - 'digest' = to_jsonb(OLD)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'configuration_audit_append_only',
            HINT = 'Write a new row that corrects the old one.';
END
$$;

-- As before, one batch of a client after the other, and each row with its place in the chain.
CREATE OR REPLACE FUNCTION archive_configuration_audit(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    client uuid := nullif(current_setting('app.current_client_id', true), '')::uuid;
    last_number bigint;
    last_digest bytea;
    entry public.configuration_audit_archive;
    ids uuid[] := '{}';
BEGIN
    IF most NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION 'most is %, not 1 to 10000', most USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF client IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('configuration_audit_archive ' || client, 0));
    SELECT a.chain_number, a.digest INTO last_number, last_digest FROM public.configuration_audit_archive AS a
    WHERE a.client_id = client AND a.chain_number IS NOT NULL ORDER BY a.chain_number DESC LIMIT 1;
    FOR entry IN
        SELECT l.client_id, l.audit_id, l.site_id, l.extension_id, l.action, l.actor, l.changed_by, l.changed_at,
            l.old_config_hash, l.new_config_hash, l.reason, l.details, now(), NULL::bigint, NULL::bytea
        FROM public.configuration_audit_log AS l WHERE l.client_id = client AND l.changed_at < before
        ORDER BY l.changed_at, l.audit_id LIMIT most
    LOOP
        last_number := coalesce(last_number, 0) + 1;
        entry.chain_number := last_number;
        last_digest := public.configuration_audit_digest(last_digest, entry);
        entry.digest := last_digest;
        INSERT INTO public.configuration_audit_archive SELECT (entry).*;
        ids := ids || entry.audit_id;
    END LOOP;
    DELETE FROM public.configuration_audit_log WHERE client_id = client AND audit_id = ANY (ids);
    RETURN cardinality(ids);
END
$$;

-- Where the client's chain first does not hold, looking at `most` rows after `after`: the number of the row that is
-- missing, changed, or beside its place. Null when all of them hold.
CREATE FUNCTION broken_configuration_archive(after bigint, most integer) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH part AS (
        SELECT a, a.chain_number AS number, a.digest,
            lag(a.digest) OVER (ORDER BY a.chain_number) AS previous,
            row_number() OVER (ORDER BY a.chain_number) AS place
        FROM public.configuration_audit_archive AS a
        WHERE a.client_id = nullif(current_setting('app.current_client_id', true), '')::uuid
            AND a.chain_number >= after
        ORDER BY a.chain_number LIMIT most + 1
    )
    -- The row `after` itself is there to have its digest; the chain begins with number 1.
    SELECT min(CASE WHEN after = 0 THEN place ELSE after + place - 1 END) FROM part
    WHERE number IS DISTINCT FROM CASE WHEN after = 0 THEN place ELSE after + place - 1 END
        OR ((number > after OR after = 0) AND digest IS DISTINCT FROM public.configuration_audit_digest(previous, a))
$$;
REVOKE EXECUTE ON FUNCTION broken_configuration_archive(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION broken_configuration_archive(bigint, integer) TO assay_app;
