-- Takes back what the resolver said, snapshots and the views.
DROP VIEW v_unsigned_compliance;
DROP VIEW v_site_config_status;
DROP TABLE configuration_snapshots;
DROP TABLE extension_conflicts_detected;
DROP TABLE extension_dependency_cache;
