-- Which plugin resolves a site. A site is what is resolved, and its answer is committed by its revision: so the choice is
-- the site's too, made like a pin or a policy, and logged like these.

ALTER TABLE sites ADD COLUMN resolver text NOT NULL DEFAULT 'extension_resolver';
ALTER TABLE sites ADD CONSTRAINT sites_resolver_check CHECK (resolver ~ '^[a-z][a-z0-9_]{0,62}$');
GRANT UPDATE (resolver) ON sites TO assay_app;

ALTER TABLE configuration_audit_log DROP CONSTRAINT configuration_audit_log_action_check;
ALTER TABLE configuration_audit_log ADD CONSTRAINT configuration_audit_log_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed', 'revalidated', 'imported', 'snapshots-scheduled', 'resolver-set'
));
ALTER TABLE configuration_audit_archive DROP CONSTRAINT configuration_audit_archive_action_check;
ALTER TABLE configuration_audit_archive ADD CONSTRAINT configuration_audit_archive_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed', 'revalidated', 'imported', 'snapshots-scheduled', 'resolver-set'
));
