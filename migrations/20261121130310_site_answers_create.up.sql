-- What the resolver's last answer for a site depended on. `revision` is the site's own part of it; `catalog_stamp` is a
-- digest of which releases the client could use, cheap to compare; `answer_key` is the SHA-256 of exactly what the answer
-- depends on: while that is the same, so is the answer, whatever else was published. `checked_key` and `checked_stamp` are
-- the same of what the site was last held against as a whole: a site whose stamp is not the catalog's is looked at again.

CREATE TABLE site_answers (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    revision bigint NOT NULL,
    catalog_stamp text NOT NULL,
    answer_key bytea NOT NULL,
    cached_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    checked_key bytea,
    checked_stamp text,
    CONSTRAINT site_answers_pkey PRIMARY KEY (client_id, site_id),
    CONSTRAINT site_answers_site_fkey FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id)
);

ALTER TABLE site_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY site_answers_tenant ON site_answers
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_answers_site ON site_answers AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (
    revision, catalog_stamp, answer_key, cached_at, expires_at, checked_key, checked_stamp
) ON site_answers TO assay_app;

-- The host checks sites again when releases come and go, and says so.
ALTER TABLE configuration_audit_log DROP CONSTRAINT configuration_audit_log_action_check;
ALTER TABLE configuration_audit_log ADD CONSTRAINT configuration_audit_log_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed', 'revalidated', 'imported', 'snapshots-scheduled'
));
ALTER TABLE configuration_audit_archive DROP CONSTRAINT configuration_audit_archive_action_check;
ALTER TABLE configuration_audit_archive ADD CONSTRAINT configuration_audit_archive_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed', 'revalidated', 'imported', 'snapshots-scheduled'
));
