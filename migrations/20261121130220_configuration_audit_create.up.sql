-- What happened to configurations at sites. Rows are only ever added. Old ones move to the archive, which has the same
-- shape and is as immutable: a row leaves the log only once the archive holds the very same one.

CREATE TABLE configuration_audit_log (
    client_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text,
    action text NOT NULL,
    actor text NOT NULL,
    changed_by uuid,
    changed_at timestamptz NOT NULL,
    old_config_hash bytea,
    new_config_hash bytea,
    reason text,
    details jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT configuration_audit_log_pkey PRIMARY KEY (client_id, audit_id),
    CONSTRAINT configuration_audit_log_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT configuration_audit_log_changed_by_fkey
        FOREIGN KEY (client_id, changed_by) REFERENCES users (client_id, user_id),
    CONSTRAINT configuration_audit_log_action_check CHECK (action IN (
        'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
        'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
        'pin-removed'
    ))
);
CREATE INDEX configuration_audit_log_site_idx
    ON configuration_audit_log (client_id, site_id, changed_at DESC, audit_id DESC);
CREATE INDEX configuration_audit_log_extension_idx
    ON configuration_audit_log (client_id, site_id, extension_id, changed_at DESC, audit_id DESC);
CREATE INDEX configuration_audit_log_changed_by_idx ON configuration_audit_log (client_id, changed_by, changed_at DESC);

CREATE TABLE configuration_audit_archive (
    client_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text,
    action text NOT NULL,
    actor text NOT NULL,
    changed_by uuid,
    changed_at timestamptz NOT NULL,
    old_config_hash bytea,
    new_config_hash bytea,
    reason text,
    details jsonb NOT NULL DEFAULT '{}',
    archived_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT configuration_audit_archive_pkey PRIMARY KEY (client_id, audit_id),
    CONSTRAINT configuration_audit_archive_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT configuration_audit_archive_changed_by_fkey
        FOREIGN KEY (client_id, changed_by) REFERENCES users (client_id, user_id),
    CONSTRAINT configuration_audit_archive_action_check CHECK (action IN (
        'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
        'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
        'pin-removed'
    ))
);
CREATE INDEX configuration_audit_archive_site_idx
    ON configuration_audit_archive (client_id, site_id, changed_at DESC, audit_id DESC);
CREATE INDEX configuration_audit_archive_extension_idx
    ON configuration_audit_archive (client_id, site_id, extension_id, changed_at DESC, audit_id DESC);
CREATE INDEX configuration_audit_archive_changed_by_idx ON configuration_audit_archive (client_id, changed_by, changed_at DESC);

CREATE FUNCTION configuration_audit_refuse_change() RETURNS trigger
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
CREATE TRIGGER configuration_audit_log_append_only BEFORE UPDATE OR DELETE ON configuration_audit_log
    FOR EACH ROW EXECUTE FUNCTION configuration_audit_refuse_change();
CREATE TRIGGER configuration_audit_log_no_truncate BEFORE TRUNCATE ON configuration_audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION configuration_audit_refuse_change();
CREATE TRIGGER configuration_audit_archive_append_only BEFORE UPDATE OR DELETE ON configuration_audit_archive
    FOR EACH ROW EXECUTE FUNCTION configuration_audit_refuse_change();
CREATE TRIGGER configuration_audit_archive_no_truncate BEFORE TRUNCATE ON configuration_audit_archive
    FOR EACH STATEMENT EXECUTE FUNCTION configuration_audit_refuse_change();

ALTER TABLE configuration_audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE configuration_audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY configuration_audit_log_tenant ON configuration_audit_log
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY configuration_audit_log_site ON configuration_audit_log AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT ON configuration_audit_log TO assay_app;

ALTER TABLE configuration_audit_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE configuration_audit_archive FORCE ROW LEVEL SECURITY;
CREATE POLICY configuration_audit_archive_tenant ON configuration_audit_archive
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY configuration_audit_archive_site ON configuration_audit_archive AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT ON configuration_audit_archive TO assay_app;

-- Moves the transaction's client's rows from before a time, oldest first and at most so many. With the rights of the
-- owner, since the host may delete nothing; the owner obeys the policies too, so that it moves one client's rows.
CREATE FUNCTION archive_configuration_audit(before timestamptz, most integer) RETURNS integer
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
REVOKE EXECUTE ON FUNCTION archive_configuration_audit(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_configuration_audit(timestamptz, integer) TO assay_app;

-- Both, for who reads.
CREATE VIEW v_configuration_audit WITH (security_invoker = true) AS
SELECT client_id, audit_id, site_id, extension_id, action, actor, changed_by, changed_at, old_config_hash,
    new_config_hash, reason, details, false AS archived
FROM configuration_audit_log
UNION ALL
SELECT client_id, audit_id, site_id, extension_id, action, actor, changed_by, changed_at, old_config_hash,
    new_config_hash, reason, details, true
FROM configuration_audit_archive;
GRANT SELECT ON v_configuration_audit TO assay_app;
