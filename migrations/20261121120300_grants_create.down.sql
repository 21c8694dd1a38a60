-- Takes back grants: a client's plugins are that client's alone again.
ALTER POLICY plugin_releases_read ON plugin_releases
    USING (client_id IS NULL OR client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
ALTER POLICY plugins_read ON plugins
    USING (client_id IS NULL OR client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
DROP TABLE plugin_grants;
ALTER TABLE plugins DROP CONSTRAINT plugins_owner_key;
