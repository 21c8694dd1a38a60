-- Which releases are in use. A decision of a plugin's owner holds for all who see the plugin, one of another client for
-- that client alone; without any a release is published and not in use.

CREATE TABLE plugin_activations (
    client_id uuid,
    release_id uuid NOT NULL,
    active boolean NOT NULL,
    activated_at timestamptz,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    CONSTRAINT plugin_activations_key UNIQUE NULLS NOT DISTINCT (client_id, release_id),
    CONSTRAINT plugin_activations_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT plugin_activations_release_fkey FOREIGN KEY (release_id) REFERENCES plugin_releases (release_id),
    CONSTRAINT plugin_activations_activated_check CHECK (activated_at IS NOT NULL OR NOT active)
);
CREATE INDEX plugin_activations_release_idx ON plugin_activations (release_id);

-- What was selected until now stays so. The owner of the tables obeys policies too.
ALTER TABLE plugin_releases NO FORCE ROW LEVEL SECURITY;
INSERT INTO plugin_activations (client_id, release_id, active, activated_at, changed_at, changed_by)
SELECT client_id, release_id, true, created_at, created_at, 'migration' FROM plugin_releases;
ALTER TABLE plugin_releases FORCE ROW LEVEL SECURITY;

-- The subqueries run under the caller's policies: nobody reads or decides about a release that is hidden from them.
ALTER TABLE plugin_activations ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_activations FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_activations_read ON plugin_activations FOR SELECT
    USING (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR EXISTS (
            SELECT 1 FROM plugin_releases AS r
            WHERE r.release_id = plugin_activations.release_id
                AND r.client_id IS NOT DISTINCT FROM plugin_activations.client_id
        )
    );
CREATE POLICY plugin_activations_decide ON plugin_activations
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'))
    WITH CHECK (
        (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'))
        AND EXISTS (SELECT 1 FROM plugin_releases AS r WHERE r.release_id = plugin_activations.release_id)
    );
GRANT SELECT, INSERT, UPDATE (active, activated_at, changed_at, changed_by) ON plugin_activations TO assay_app;
