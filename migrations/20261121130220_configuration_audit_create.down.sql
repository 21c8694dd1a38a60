-- Takes back what is known of what happened to configurations.
DROP VIEW v_configuration_audit;
DROP FUNCTION archive_configuration_audit(timestamptz, integer);
DROP TABLE configuration_audit_archive;
DROP TABLE configuration_audit_log;
DROP FUNCTION configuration_audit_refuse_change();
