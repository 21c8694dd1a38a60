-- Takes back the secrets: what was encrypted is lost, digests stay in its place.
DROP TABLE client_hash_keys;
DROP TABLE site_extension_config_secrets;
ALTER TABLE site_extension_config_versions DROP COLUMN secret_pointers;
