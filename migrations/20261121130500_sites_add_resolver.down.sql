-- Takes the choice back: every site is resolved by the platform's plugin. Fails while a log tells of a choice.
ALTER TABLE configuration_audit_archive DROP CONSTRAINT configuration_audit_archive_action_check;
ALTER TABLE configuration_audit_archive ADD CONSTRAINT configuration_audit_archive_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed', 'revalidated', 'imported', 'snapshots-scheduled'
));
ALTER TABLE configuration_audit_log DROP CONSTRAINT configuration_audit_log_action_check;
ALTER TABLE configuration_audit_log ADD CONSTRAINT configuration_audit_log_action_check CHECK (action IN (
    'activated', 'deactivated', 'reconfigured', 'signoff', 'refused', 'forced', 'rolled-back', 'conflict-resolved',
    'snapshot', 'site-created', 'member-added', 'member-removed', 'policy-set', 'policy-removed', 'pin-set',
    'pin-removed', 'revalidated', 'imported', 'snapshots-scheduled'
));
ALTER TABLE sites DROP COLUMN resolver;
