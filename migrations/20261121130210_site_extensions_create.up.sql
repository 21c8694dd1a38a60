-- Extensions at sites: every version of every configuration, the refused ones included, and which is the current one.
-- `content` is the canonical JSON (RFC 8785) that was checked and is what is hashed; `configuration` is the same, for
-- queries. What a version says never changes. `author` is the id of the user, or the token's subject where that is none.

CREATE TABLE site_extension_config_versions (
    client_id uuid NOT NULL,
    version_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text NOT NULL,
    config_version integer NOT NULL,
    version text,
    release_id uuid,
    requested boolean NOT NULL,
    requested_range text,
    configuration jsonb NOT NULL,
    content bytea NOT NULL,
    config_hash bytea NOT NULL,
    state text NOT NULL,
    validation_errors jsonb NOT NULL DEFAULT '[]',
    conflicts jsonb NOT NULL DEFAULT '[]',
    reason text,
    forced_reason text,
    author text NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT site_extension_config_versions_pkey PRIMARY KEY (client_id, version_id),
    CONSTRAINT site_extension_config_versions_number_key UNIQUE (client_id, site_id, extension_id, config_version),
    CONSTRAINT site_extension_config_versions_author_key
        UNIQUE (client_id, site_id, extension_id, config_version, config_hash, author),
    CONSTRAINT site_extension_config_versions_site_fkey
        FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_extension_config_versions_release_fkey
        FOREIGN KEY (release_id) REFERENCES plugin_releases (release_id),
    CONSTRAINT site_extension_config_versions_created_by_fkey
        FOREIGN KEY (client_id, created_by) REFERENCES users (client_id, user_id),
    CONSTRAINT site_extension_config_versions_extension_id_check
        CHECK (extension_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(extension_id) <= 64),
    CONSTRAINT site_extension_config_versions_number_check CHECK (config_version >= 1),
    CONSTRAINT site_extension_config_versions_hash_check CHECK (config_hash = sha256(content)),
    CONSTRAINT site_extension_config_versions_state_check CHECK (state IN ('active', 'superseded', 'refused')),
    CONSTRAINT site_extension_config_versions_release_check
        CHECK (state = 'refused' OR (release_id IS NOT NULL AND version IS NOT NULL)),
    CONSTRAINT site_extension_config_versions_author_check CHECK (created_by IS NULL OR author = created_by::text)
);
CREATE UNIQUE INDEX site_extension_config_versions_active_key
    ON site_extension_config_versions (client_id, site_id, extension_id) WHERE state = 'active';
CREATE INDEX site_extension_config_versions_hash_idx ON site_extension_config_versions (client_id, config_hash);
CREATE INDEX site_extension_config_versions_release_idx ON site_extension_config_versions (release_id);

CREATE FUNCTION site_extension_config_versions_freeze() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was record := OLD;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'active' AND NEW.state = 'superseded' THEN
        was.state := NEW.state;
        IF was IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'version % of a configuration is immutable', OLD.config_version
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'site_extension_config_versions_freeze',
            HINT = 'Make a new version.';
END
$$;
CREATE TRIGGER site_extension_config_versions_freeze BEFORE UPDATE OR DELETE ON site_extension_config_versions
    FOR EACH ROW EXECUTE FUNCTION site_extension_config_versions_freeze();

-- The key check alone would let a client name a release that it can't see: the policy asks under the caller's eyes.
ALTER TABLE site_extension_config_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_extension_config_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY site_extension_config_versions_tenant ON site_extension_config_versions
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        AND (
            release_id IS NULL
            OR EXISTS (
                SELECT 1 FROM plugin_releases AS r WHERE r.release_id = site_extension_config_versions.release_id
            )
        )
    );
CREATE POLICY site_extension_config_versions_site ON site_extension_config_versions AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (state) ON site_extension_config_versions TO assay_app;

-- The current state. Nothing is deleted: what is disabled says since when.
CREATE TABLE site_extension_configs (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text NOT NULL,
    version_id uuid NOT NULL,
    config_version integer NOT NULL,
    version text NOT NULL,
    release_id uuid NOT NULL,
    config_hash bytea NOT NULL,
    requested boolean NOT NULL,
    requested_range text,
    validated boolean NOT NULL DEFAULT true,
    validation_errors jsonb NOT NULL DEFAULT '[]',
    detected_conflicts text[] NOT NULL DEFAULT '{}',
    forced boolean NOT NULL DEFAULT false,
    enabled_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT site_extension_configs_pkey PRIMARY KEY (client_id, site_id, extension_id),
    CONSTRAINT site_extension_configs_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_extension_configs_version_fkey
        FOREIGN KEY (client_id, version_id) REFERENCES site_extension_config_versions (client_id, version_id),
    CONSTRAINT site_extension_configs_number_fkey FOREIGN KEY (client_id, site_id, extension_id, config_version)
        REFERENCES site_extension_config_versions (client_id, site_id, extension_id, config_version),
    CONSTRAINT site_extension_configs_release_fkey FOREIGN KEY (release_id) REFERENCES plugin_releases (release_id)
);
CREATE INDEX site_extension_configs_enabled_idx
    ON site_extension_configs (client_id, site_id, enabled_at DESC, version_id DESC) WHERE disabled_at IS NULL;
CREATE INDEX site_extension_configs_extension_idx ON site_extension_configs (client_id, extension_id)
    WHERE disabled_at IS NULL;
CREATE INDEX site_extension_configs_hash_idx ON site_extension_configs (client_id, config_hash);
CREATE INDEX site_extension_configs_release_idx ON site_extension_configs (release_id) WHERE disabled_at IS NULL;

ALTER TABLE site_extension_configs ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_extension_configs FORCE ROW LEVEL SECURITY;
CREATE POLICY site_extension_configs_tenant ON site_extension_configs
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (
        client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid)
        AND (EXISTS (SELECT 1 FROM plugin_releases AS r WHERE r.release_id = site_extension_configs.release_id))
    );
CREATE POLICY site_extension_configs_site ON site_extension_configs AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (
    version_id, config_version, version, release_id, config_hash, requested, requested_range, validated, validation_errors,
    detected_conflicts, forced, enabled_at, updated_at, disabled_at
) ON site_extension_configs TO assay_app;

-- Who signed what, and of exactly which version. The keys carry that version's author and the signer's role at the
-- site, so that nobody signs what is his own or as what he is not, whoever asks.
CREATE TABLE compliance_signoffs (
    client_id uuid NOT NULL,
    signoff_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text NOT NULL,
    aspect text NOT NULL,
    signed_by uuid NOT NULL,
    signed_role text NOT NULL,
    signed_at timestamptz NOT NULL,
    config_hash bytea NOT NULL,
    config_version integer NOT NULL,
    author text NOT NULL,
    notes text,
    metadata jsonb,
    CONSTRAINT compliance_signoffs_pkey PRIMARY KEY (client_id, signoff_id),
    CONSTRAINT compliance_signoffs_aspect_key
        UNIQUE (client_id, site_id, extension_id, config_version, aspect, signed_by),
    CONSTRAINT compliance_signoffs_version_fkey
        FOREIGN KEY (client_id, site_id, extension_id, config_version, config_hash, author)
        REFERENCES site_extension_config_versions
            (client_id, site_id, extension_id, config_version, config_hash, author),
    CONSTRAINT compliance_signoffs_member_fkey FOREIGN KEY (client_id, site_id, signed_by, signed_role)
        REFERENCES site_members (client_id, site_id, user_id, role),
    CONSTRAINT compliance_signoffs_author_check CHECK (author <> signed_by::text),
    CONSTRAINT compliance_signoffs_aspect_check CHECK (aspect ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(aspect) <= 128)
);
CREATE INDEX compliance_signoffs_extension_idx
    ON compliance_signoffs (client_id, site_id, extension_id, signed_at DESC, signoff_id DESC);
CREATE INDEX compliance_signoffs_site_idx ON compliance_signoffs (client_id, site_id, signed_at DESC, signoff_id DESC);
CREATE INDEX compliance_signoffs_signed_by_idx ON compliance_signoffs (client_id, signed_by, signed_at DESC);
CREATE INDEX compliance_signoffs_hash_idx ON compliance_signoffs (client_id, config_hash);

CREATE FUNCTION compliance_signoffs_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a signature is not changed: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'compliance_signoffs_append_only';
END
$$;
CREATE TRIGGER compliance_signoffs_append_only BEFORE UPDATE OR DELETE ON compliance_signoffs
    FOR EACH ROW EXECUTE FUNCTION compliance_signoffs_refuse_change();

ALTER TABLE compliance_signoffs ENABLE ROW LEVEL SECURITY;
ALTER TABLE compliance_signoffs FORCE ROW LEVEL SECURITY;
CREATE POLICY compliance_signoffs_tenant ON compliance_signoffs
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY compliance_signoffs_site ON compliance_signoffs AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT ON compliance_signoffs TO assay_app;
