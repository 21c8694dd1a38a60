-- Who may use another client's plugin. The host's owner grants; without a grant a client's plugin does not exist for
-- others.

ALTER TABLE plugins ADD CONSTRAINT plugins_owner_key UNIQUE NULLS NOT DISTINCT (client_id, plugin_id);

CREATE TABLE plugin_grants (
    client_id uuid NOT NULL,
    plugin_id uuid NOT NULL,
    grantee_id uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    granted_by text NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT plugin_grants_pkey PRIMARY KEY (client_id, plugin_id, grantee_id),
    CONSTRAINT plugin_grants_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT plugin_grants_plugin_fkey
        FOREIGN KEY (client_id, plugin_id) REFERENCES plugins (client_id, plugin_id),
    CONSTRAINT plugin_grants_grantee_fkey FOREIGN KEY (grantee_id) REFERENCES clients (client_id),
    CONSTRAINT plugin_grants_grantee_check CHECK (grantee_id <> client_id)
);
CREATE INDEX plugin_grants_grantee_idx ON plugin_grants (grantee_id, plugin_id);

ALTER TABLE plugin_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_grants_read ON plugin_grants FOR SELECT
    USING (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR grantee_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
    );
CREATE POLICY plugin_grants_tenant ON plugin_grants
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (granted_at, granted_by, revoked_at) ON plugin_grants TO assay_app;

-- What was pinned while it was granted can still be judged and replayed once it is not: releases stay readable by whom
-- they were granted to, plugins are found by name only while they are.
ALTER POLICY plugins_read ON plugins
    USING (
        client_id IS NULL
        OR client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR EXISTS (
            SELECT 1 FROM plugin_grants AS g
            WHERE g.plugin_id = plugins.plugin_id AND g.revoked_at IS NULL
                AND g.grantee_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        )
    );
ALTER POLICY plugin_releases_read ON plugin_releases
    USING (
        client_id IS NULL
        OR client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR EXISTS (
            SELECT 1 FROM plugin_grants AS g
            WHERE g.plugin_id = plugin_releases.plugin_id
                AND (g.revoked_at IS NULL OR plugin_releases.created_at <= g.revoked_at)
                AND g.grantee_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        )
    );
