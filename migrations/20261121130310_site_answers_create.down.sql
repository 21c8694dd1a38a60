-- Takes back what is known of answers, and the rows of the log that the older host does not know.
DROP TABLE site_answers;

ALTER TABLE configuration_audit_archive NO FORCE ROW LEVEL SECURITY;
ALTER TABLE configuration_audit_archive DISABLE TRIGGER configuration_audit_archive_append_only;
DELETE FROM configuration_audit_archive WHERE action IN ('revalidated', 'imported', 'snapshots-scheduled');
ALTER TABLE configuration_audit_archive ENABLE TRIGGER configuration_audit_archive_append_only;
ALTER TABLE configuration_audit_archive FORCE ROW LEVEL SECURITY;
ALTER TABLE configuration_audit_archive DROP CONSTRAINT configuration_audit_archive_action_check;
ALTER TABLE configuration_audit_archive ADD CONSTRAINT configuration_audit_archive_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed'
));

ALTER TABLE configuration_audit_log NO FORCE ROW LEVEL SECURITY;
ALTER TABLE configuration_audit_log DISABLE TRIGGER configuration_audit_log_append_only;
DELETE FROM configuration_audit_log WHERE action IN ('revalidated', 'imported', 'snapshots-scheduled');
ALTER TABLE configuration_audit_log ENABLE TRIGGER configuration_audit_log_append_only;
ALTER TABLE configuration_audit_log FORCE ROW LEVEL SECURITY;
ALTER TABLE configuration_audit_log DROP CONSTRAINT configuration_audit_log_action_check;
ALTER TABLE configuration_audit_log ADD CONSTRAINT configuration_audit_log_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed'
));
