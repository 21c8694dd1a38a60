-- Places of a client where extensions are enabled (configuration-validator.md), who is what there, and what is asked of
-- the extensions there. `revision` moves with every change of a site: what was decided from one revision is written only
-- while it is still that one.
--
-- A transaction that works for one site sets `app.current_site_id`, and then sees no other one of its client.

CREATE TABLE sites (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    revision bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sites_pkey PRIMARY KEY (client_id, site_id),
    CONSTRAINT sites_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT sites_name_key UNIQUE (client_id, name),
    CONSTRAINT sites_name_check CHECK (length(name) BETWEEN 1 AND 256),
    CONSTRAINT sites_status_check CHECK (status IN ('active', 'inactive')),
    CONSTRAINT sites_revision_check CHECK (revision >= 0)
);
CREATE INDEX sites_created_idx ON sites (client_id, created_at DESC, site_id DESC);
CREATE TRIGGER sites_updated_at BEFORE UPDATE ON sites
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
ALTER TABLE sites FORCE ROW LEVEL SECURITY;
CREATE POLICY sites_tenant ON sites
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY sites_site ON sites AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (name, status, revision) ON sites TO assay_app;

-- Who left stays known: signatures refer to what the signer was.
CREATE TABLE site_members (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    removed_at timestamptz,
    CONSTRAINT site_members_pkey PRIMARY KEY (client_id, site_id, user_id, role),
    CONSTRAINT site_members_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_members_user_fkey FOREIGN KEY (client_id, user_id) REFERENCES users (client_id, user_id),
    CONSTRAINT site_members_role_check CHECK (role ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(role) <= 32)
);
CREATE INDEX site_members_user_idx ON site_members (client_id, user_id) WHERE removed_at IS NULL;

ALTER TABLE site_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_members FORCE ROW LEVEL SECURITY;
CREATE POLICY site_members_tenant ON site_members
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_members_site ON site_members AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (added_at, added_by, removed_at) ON site_members TO assay_app;

CREATE TABLE site_policies (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    capability text NOT NULL,
    policy text NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL,
    removed_at timestamptz,
    CONSTRAINT site_policies_pkey PRIMARY KEY (client_id, site_id, capability),
    CONSTRAINT site_policies_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_policies_capability_check CHECK (length(capability) BETWEEN 1 AND 128),
    CONSTRAINT site_policies_policy_check CHECK (length(policy) BETWEEN 1 AND 128)
);

ALTER TABLE site_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY site_policies_tenant ON site_policies
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_policies_site ON site_policies AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (policy, set_at, set_by, removed_at) ON site_policies TO assay_app;

CREATE TABLE site_pins (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text NOT NULL,
    version text NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL,
    removed_at timestamptz,
    CONSTRAINT site_pins_pkey PRIMARY KEY (client_id, site_id, extension_id),
    CONSTRAINT site_pins_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_pins_extension_id_check CHECK (extension_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(extension_id) <= 64),
    CONSTRAINT site_pins_version_check CHECK (length(version) BETWEEN 1 AND 256)
);

ALTER TABLE site_pins ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_pins FORCE ROW LEVEL SECURITY;
CREATE POLICY site_pins_tenant ON site_pins
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_pins_site ON site_pins AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (version, set_at, set_by, removed_at) ON site_pins TO assay_app;
