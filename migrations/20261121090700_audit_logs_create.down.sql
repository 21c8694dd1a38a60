-- Takes back the audit log with all its partitions.
DROP TABLE audit_logs;
DROP FUNCTION ensure_audit_partitions(integer);
DROP FUNCTION protect_audit_partition(regclass);
DROP FUNCTION audit_logs_refuse_change();
