-- Registering a plugin takes up to minutes, and whoever hangs up wants to know later what became of it. The rows also
-- are what hosts share: of the same bytes of one owner, one registration is under way at a time.
--
-- A row without a client is the platform's, which no client sees. A registration under way whose host is gone (its
-- advisory lock is free, as with processes) is shown as interrupted and makes room for the next.

CREATE TABLE plugin_registrations (
    client_id uuid,
    registration_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    status text NOT NULL,
    progress text,
    reasons jsonb NOT NULL DEFAULT '[]',
    release_id uuid,
    host_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plugin_registrations_key UNIQUE NULLS NOT DISTINCT (client_id, registration_id),
    CONSTRAINT plugin_registrations_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT plugin_registrations_release_fkey FOREIGN KEY (release_id) REFERENCES plugin_releases (release_id),
    CONSTRAINT plugin_registrations_sha256_check CHECK (octet_length(sha256) = 32),
    CONSTRAINT plugin_registrations_size_check CHECK (size >= 0),
    CONSTRAINT plugin_registrations_status_check CHECK (
        status IN ('queued', 'checking', 'compiling', 'testing', 'registered', 'refused', 'failed')
    ),
    CONSTRAINT plugin_registrations_reasons_check CHECK (jsonb_typeof(reasons) = 'array'),
    CONSTRAINT plugin_registrations_release_check CHECK ((status = 'registered') = (release_id IS NOT NULL))
);
CREATE UNIQUE INDEX plugin_registrations_under_way_key ON plugin_registrations (client_id, sha256)
    NULLS NOT DISTINCT WHERE status IN ('queued', 'checking', 'compiling', 'testing');
CREATE INDEX plugin_registrations_time_idx ON plugin_registrations (client_id, created_at DESC, registration_id DESC);

ALTER TABLE plugin_registrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE plugin_registrations FORCE ROW LEVEL SECURITY;
-- What it became is the owner's own: a release of others, the platform's included, is nothing that was registered here.
CREATE POLICY plugin_registrations_tenant ON plugin_registrations
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        AND (release_id IS NULL OR EXISTS (
            SELECT 1 FROM plugin_releases AS r
            WHERE r.release_id = plugin_registrations.release_id AND r.client_id = plugin_registrations.client_id
        ))
    );
CREATE POLICY plugin_registrations_platform ON plugin_registrations
    USING (client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on')
    WITH CHECK (
        client_id IS NULL AND (SELECT current_setting('app.platform', true)) = 'on'
        AND (release_id IS NULL OR EXISTS (
            SELECT 1 FROM plugin_releases AS r
            WHERE r.release_id = plugin_registrations.release_id AND r.client_id IS NULL
        ))
    );
GRANT SELECT, INSERT, UPDATE (status, progress, reasons, release_id, updated_at) ON plugin_registrations TO assay_app;
