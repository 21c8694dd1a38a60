-- Which entries of an import are done: the same one does nothing the second time, and a run that was cut short goes on.
-- `entry_key` is a digest of the entry, keyed where the client has a key, since an entry can hold a short secret.

CREATE TABLE site_imports (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    entry_key bytea NOT NULL,
    extension_id text NOT NULL,
    imported_at timestamptz NOT NULL,
    CONSTRAINT site_imports_pkey PRIMARY KEY (client_id, entry_key),
    CONSTRAINT site_imports_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_imports_key_check CHECK (length(entry_key) = 32)
);

ALTER TABLE site_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY site_imports_tenant ON site_imports
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_imports_site ON site_imports AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT ON site_imports TO assay_app;
