-- Secret settings are encrypted. In `configuration` and `content` a keyed digest stands in the place of each, so that the
-- hash of a configuration is the same for the same secrets, says nothing about them, and outlives the encrypting key; what
-- is encrypted stands beside the version, and alone may be encrypted anew.

ALTER TABLE site_extension_config_versions ADD COLUMN secret_pointers text[] NOT NULL DEFAULT '{}';

-- A ciphertext is bound to its row (client, site, extension, version, pointer): anywhere else it can't be opened.
CREATE TABLE site_extension_config_secrets (
    client_id uuid NOT NULL,
    version_id uuid NOT NULL,
    pointer text NOT NULL,
    site_id uuid NOT NULL,
    extension_id text NOT NULL,
    key_id text NOT NULL,
    nonce bytea NOT NULL,
    ciphertext bytea NOT NULL,
    CONSTRAINT site_extension_config_secrets_pkey PRIMARY KEY (client_id, version_id, pointer),
    CONSTRAINT site_extension_config_secrets_version_fkey
        FOREIGN KEY (client_id, version_id) REFERENCES site_extension_config_versions (client_id, version_id),
    CONSTRAINT site_extension_config_secrets_site_fkey
        FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_extension_config_secrets_nonce_check CHECK (length(nonce) = 12),
    CONSTRAINT site_extension_config_secrets_ciphertext_check CHECK (length(ciphertext) >= 16)
);
CREATE INDEX site_extension_config_secrets_key_idx ON site_extension_config_secrets (client_id, key_id);

ALTER TABLE site_extension_config_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_extension_config_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY site_extension_config_secrets_tenant ON site_extension_config_secrets
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_extension_config_secrets_site ON site_extension_config_secrets AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (key_id, nonce, ciphertext) ON site_extension_config_secrets TO assay_app;

-- The key of a client's digests, itself encrypted by the host's key: made once, and never another one, or the hashes of
-- configurations would change.
CREATE TABLE client_hash_keys (
    client_id uuid NOT NULL,
    key_id text NOT NULL,
    nonce bytea NOT NULL,
    ciphertext bytea NOT NULL,
    CONSTRAINT client_hash_keys_pkey PRIMARY KEY (client_id),
    CONSTRAINT client_hash_keys_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT client_hash_keys_nonce_check CHECK (length(nonce) = 12),
    CONSTRAINT client_hash_keys_ciphertext_check CHECK (length(ciphertext) = 48)
);

ALTER TABLE client_hash_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_hash_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY client_hash_keys_tenant ON client_hash_keys
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (key_id, nonce, ciphertext) ON client_hash_keys TO assay_app;
