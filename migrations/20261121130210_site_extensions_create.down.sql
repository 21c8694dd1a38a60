-- Takes back what is enabled at sites, and the signatures.
DROP TABLE compliance_signoffs;
DROP FUNCTION compliance_signoffs_refuse_change();
DROP TABLE site_extension_configs;
DROP TABLE site_extension_config_versions;
DROP FUNCTION site_extension_config_versions_freeze();
