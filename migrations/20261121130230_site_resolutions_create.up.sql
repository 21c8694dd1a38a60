-- What the resolver said of a site: dependencies and conflicts. Rows are kept by what they are about, so that a conflict
-- that comes back is the same one; what the last answer does not have is marked, not deleted.

-- `answer_key` is the SHA-256 of all that the answer depended on.
CREATE TABLE extension_dependency_cache (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    extension_id text NOT NULL,
    dependency_type text NOT NULL,
    dependency_id text NOT NULL,
    "range" text NOT NULL DEFAULT '',
    optional boolean NOT NULL DEFAULT false,
    min_version text,
    resolved_version text,
    resolved_provider text,
    satisfied boolean NOT NULL,
    reason text,
    answer_key bytea NOT NULL,
    cached_at timestamptz NOT NULL,
    expires_at timestamptz,
    dropped_at timestamptz,
    CONSTRAINT extension_dependency_cache_pkey
        PRIMARY KEY (client_id, site_id, extension_id, dependency_type, dependency_id, "range", optional),
    CONSTRAINT extension_dependency_cache_site_fkey
        FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT extension_dependency_cache_type_check CHECK (dependency_type IN ('extension', 'capability'))
);
CREATE INDEX extension_dependency_cache_expires_idx
    ON extension_dependency_cache (client_id, expires_at) WHERE dropped_at IS NULL;
CREATE INDEX extension_dependency_cache_dependency_idx
    ON extension_dependency_cache (client_id, dependency_type, dependency_id) WHERE dropped_at IS NULL;

ALTER TABLE extension_dependency_cache ENABLE ROW LEVEL SECURITY;
ALTER TABLE extension_dependency_cache FORCE ROW LEVEL SECURITY;
CREATE POLICY extension_dependency_cache_tenant ON extension_dependency_cache
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY extension_dependency_cache_site ON extension_dependency_cache AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (
    min_version, resolved_version, resolved_provider, satisfied, reason, answer_key, cached_at, expires_at, dropped_at
) ON extension_dependency_cache TO assay_app;

-- One-sided when `extension_id_2` is null; `extensions` are all that take part. `conflict_id` is the resolver's, the same
-- for the same facts, and `id` is made of it, to page by. `present` is what the last answer had; `resolved_at` is what somebody said, or the host once it is
-- gone.
CREATE TABLE extension_conflicts_detected (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    conflict_id text NOT NULL,
    id uuid NOT NULL,
    extension_id_1 text,
    extension_id_2 text,
    extensions text[] NOT NULL,
    conflict_type text NOT NULL,
    kind text NOT NULL,
    scope text,
    capability text,
    resource text,
    policy_1 text,
    policy_2 text,
    severity text NOT NULL DEFAULT 'warning',
    reason text NOT NULL,
    present boolean NOT NULL DEFAULT true,
    detected_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    reopened integer NOT NULL DEFAULT 0,
    resolved_at timestamptz,
    resolved_by text,
    resolution_notes text,
    forced_at timestamptz,
    forced_by text,
    forced_reason text,
    CONSTRAINT extension_conflicts_detected_pkey PRIMARY KEY (client_id, site_id, conflict_id),
    CONSTRAINT extension_conflicts_detected_site_fkey
        FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT extension_conflicts_detected_type_check CHECK (conflict_type IN ('explicit', 'policy', 'dependency')),
    CONSTRAINT extension_conflicts_detected_scope_check CHECK (scope IN ('global', 'capability', 'resource')),
    CONSTRAINT extension_conflicts_detected_severity_check CHECK (severity IN ('error', 'warning')),
    CONSTRAINT extension_conflicts_detected_resolved_check
        CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CONSTRAINT extension_conflicts_detected_forced_check
        CHECK ((forced_at IS NULL) = (forced_by IS NULL) AND (forced_at IS NULL) = (forced_reason IS NULL))
);
CREATE INDEX extension_conflicts_detected_extensions_idx
    ON extension_conflicts_detected (client_id, extension_id_1, extension_id_2);
CREATE INDEX extension_conflicts_detected_unresolved_idx
    ON extension_conflicts_detected (client_id, site_id, detected_at DESC, id DESC) WHERE resolved_at IS NULL;
CREATE INDEX extension_conflicts_detected_site_idx
    ON extension_conflicts_detected (client_id, site_id, detected_at DESC, id DESC);

ALTER TABLE extension_conflicts_detected ENABLE ROW LEVEL SECURITY;
ALTER TABLE extension_conflicts_detected FORCE ROW LEVEL SECURITY;
CREATE POLICY extension_conflicts_detected_tenant ON extension_conflicts_detected
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY extension_conflicts_detected_site ON extension_conflicts_detected AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (
    severity, reason, present, last_seen_at, detected_at, reopened, resolved_at, resolved_by, resolution_notes, forced_at,
    forced_by, forced_reason
) ON extension_conflicts_detected TO assay_app;

-- A site at a moment. Configurations are named by version, which never changes and is never deleted: what is secret in
-- them is not copied.
CREATE TABLE configuration_snapshots (
    client_id uuid NOT NULL,
    snapshot_id uuid NOT NULL,
    site_id uuid NOT NULL,
    snapshot_at timestamptz NOT NULL,
    kind text NOT NULL,
    revision bigint NOT NULL,
    configurations jsonb NOT NULL,
    signoffs jsonb NOT NULL,
    pins jsonb NOT NULL,
    policies jsonb NOT NULL,
    reason text,
    author text NOT NULL,
    created_by uuid,
    CONSTRAINT configuration_snapshots_pkey PRIMARY KEY (client_id, snapshot_id),
    CONSTRAINT configuration_snapshots_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT configuration_snapshots_created_by_fkey
        FOREIGN KEY (client_id, created_by) REFERENCES users (client_id, user_id),
    CONSTRAINT configuration_snapshots_kind_check CHECK (kind IN ('manual', 'scheduled', 'before-change', 'before-rollback'))
);
CREATE INDEX configuration_snapshots_site_idx
    ON configuration_snapshots (client_id, site_id, snapshot_at DESC, snapshot_id DESC);

ALTER TABLE configuration_snapshots ENABLE ROW LEVEL SECURITY;
ALTER TABLE configuration_snapshots FORCE ROW LEVEL SECURITY;
CREATE POLICY configuration_snapshots_tenant ON configuration_snapshots
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY configuration_snapshots_site ON configuration_snapshots AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT ON configuration_snapshots TO assay_app;

-- How it stands at each site. Counted one table at a time, since rows of several would multiply each other.
CREATE VIEW v_site_config_status WITH (security_invoker = true) AS
SELECT s.client_id, s.site_id, s.name AS site_name,
    coalesce(c.total_extensions, 0) AS total_extensions,
    coalesce(c.valid_configs, 0) AS valid_configs,
    coalesce(c.invalid_configs, 0) AS invalid_configs,
    coalesce(c.conflicting_configs, 0) AS conflicting_configs,
    coalesce(x.unresolved_conflicts, 0) AS unresolved_conflicts,
    c.last_updated,
    coalesce(c.invalid_configs, 0) + coalesce(x.unresolved_errors, 0) > 0 AS needs_attention
FROM sites AS s
LEFT JOIN LATERAL (
    SELECT count(*) AS total_extensions,
        count(*) FILTER (WHERE validated) AS valid_configs,
        count(*) FILTER (WHERE NOT validated) AS invalid_configs,
        count(*) FILTER (WHERE cardinality(detected_conflicts) > 0) AS conflicting_configs,
        max(updated_at) AS last_updated
    FROM site_extension_configs
    WHERE client_id = s.client_id AND site_id = s.site_id AND disabled_at IS NULL
) AS c ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS unresolved_conflicts, count(*) FILTER (WHERE severity = 'error') AS unresolved_errors
    FROM extension_conflicts_detected
    WHERE client_id = s.client_id AND site_id = s.site_id AND resolved_at IS NULL
) AS x ON true;
GRANT SELECT ON v_site_config_status TO assay_app;

-- What the manifest of the enabled release wants signed and nobody has signed of exactly the current version.
CREATE VIEW v_unsigned_compliance WITH (security_invoker = true) AS
SELECT c.client_id, c.site_id, c.extension_id, c.config_version,
    array_agg(wanted.aspect ORDER BY wanted.aspect) AS unsigned_aspects,
    array_agg(wanted.role ORDER BY wanted.aspect) AS roles,
    count(*) AS aspect_count
FROM site_extension_configs AS c
JOIN plugin_releases AS r ON r.release_id = c.release_id
CROSS JOIN LATERAL jsonb_to_recordset(coalesce(r.manifest #> '{extension,signoff}', '[]'))
    AS wanted (aspect text, role text)
WHERE c.disabled_at IS NULL AND NOT EXISTS (
    SELECT FROM compliance_signoffs AS g
    WHERE g.client_id = c.client_id AND g.site_id = c.site_id AND g.extension_id = c.extension_id
        AND g.config_version = c.config_version AND g.aspect = wanted.aspect AND g.signed_role = wanted.role
)
GROUP BY c.client_id, c.site_id, c.extension_id, c.config_version;
GRANT SELECT ON v_unsigned_compliance TO assay_app;
