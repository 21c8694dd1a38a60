-- What decides about documents is kept as the bytes that ran, for as long as a process refers to them: a release is
-- never edited, only yanked. A plugin without a client is the platform's and visible to all.

CREATE TABLE plugins (
    plugin_id uuid NOT NULL,
    client_id uuid,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plugins_pkey PRIMARY KEY (plugin_id),
    CONSTRAINT plugins_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT plugins_name_key UNIQUE NULLS NOT DISTINCT (client_id, name),
    CONSTRAINT plugins_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$')
);

ALTER TABLE plugins ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugins FORCE ROW LEVEL SECURITY;
CREATE POLICY plugins_read ON plugins FOR SELECT
    USING (client_id IS NULL OR client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY plugins_owner ON plugins
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'));
GRANT SELECT, INSERT, UPDATE (description) ON plugins TO assay_app;

-- `component` is what is compiled; `original` is what was uploaded, kept only where it was wrapped as a component.
CREATE TABLE plugin_releases (
    release_id uuid NOT NULL,
    plugin_id uuid NOT NULL,
    client_id uuid,
    version text NOT NULL,
    sha256 bytea NOT NULL,
    original_sha256 bytea NOT NULL,
    component bytea NOT NULL,
    original bytea,
    manifest jsonb NOT NULL,
    worlds text[] NOT NULL,
    status text NOT NULL DEFAULT 'registered',
    created_at timestamptz NOT NULL DEFAULT now(),
    yanked_at timestamptz,
    CONSTRAINT plugin_releases_pkey PRIMARY KEY (release_id),
    CONSTRAINT plugin_releases_plugin_fkey FOREIGN KEY (plugin_id) REFERENCES plugins (plugin_id),
    CONSTRAINT plugin_releases_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT plugin_releases_version_key UNIQUE (plugin_id, version),
    CONSTRAINT plugin_releases_sha256_check CHECK (sha256 = sha256(component)),
    CONSTRAINT plugin_releases_original_check CHECK (original_sha256 = sha256(coalesce(original, component))),
    CONSTRAINT plugin_releases_worlds_check CHECK (
        cardinality(worlds) > 0 AND worlds <@ ARRAY['extractor', 'validator', 'scorer', 'resolver']
    ),
    CONSTRAINT plugin_releases_status_check CHECK (status IN ('registered', 'yanked')),
    CONSTRAINT plugin_releases_yanked_check CHECK ((status = 'yanked') = (yanked_at IS NOT NULL))
);
CREATE INDEX plugin_releases_sha256_idx ON plugin_releases (sha256);
-- Code is read whole: no time is spent on packing it.
ALTER TABLE plugin_releases ALTER COLUMN component SET STORAGE EXTERNAL;
ALTER TABLE plugin_releases ALTER COLUMN original SET STORAGE EXTERNAL;

CREATE FUNCTION plugin_releases_freeze() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was record := OLD;
BEGIN
    IF OLD.status = 'registered' AND NEW.status = 'yanked' THEN
        was.status := NEW.status;
        was.yanked_at := NEW.yanked_at;
    END IF;
    IF was IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'release % is immutable', OLD.release_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'plugin_releases_freeze',
                HINT = 'Register a new version; the only change of a release is to yank it.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER plugin_releases_freeze BEFORE UPDATE ON plugin_releases
    FOR EACH ROW EXECUTE FUNCTION plugin_releases_freeze();

-- A release belongs to whom its plugin belongs. The subquery runs under the caller's policies.
ALTER TABLE plugin_releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_releases FORCE ROW LEVEL SECURITY;
CREATE POLICY plugin_releases_read ON plugin_releases FOR SELECT
    USING (client_id IS NULL OR client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY plugin_releases_owner ON plugin_releases
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'))
    WITH CHECK (
        (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        OR (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'))
        AND EXISTS (
            SELECT 1 FROM plugins AS p
            WHERE p.plugin_id = plugin_releases.plugin_id AND p.client_id IS NOT DISTINCT FROM plugin_releases.client_id
        )
    );
GRANT SELECT, INSERT, UPDATE (status, yanked_at) ON plugin_releases TO assay_app;
