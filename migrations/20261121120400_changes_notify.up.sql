-- Hosts keep in memory what decides how a document is judged: they hear of every change of it. A notification says
-- that it is worth looking and nothing else, and several within a transaction are one.

CREATE FUNCTION notify_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('assay_changes', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER clients_notify AFTER UPDATE OF status, subscription_tier ON clients
    FOR EACH STATEMENT EXECUTE FUNCTION notify_changes();
CREATE TRIGGER process_types_notify AFTER INSERT OR UPDATE ON process_types
    FOR EACH STATEMENT EXECUTE FUNCTION notify_changes();
CREATE TRIGGER configurations_notify AFTER INSERT OR UPDATE OF is_active ON configurations
    FOR EACH STATEMENT EXECUTE FUNCTION notify_changes();
CREATE TRIGGER plugin_releases_notify AFTER INSERT OR UPDATE OF status ON plugin_releases
    FOR EACH STATEMENT EXECUTE FUNCTION notify_changes();
CREATE TRIGGER plugin_activations_notify AFTER INSERT OR UPDATE ON plugin_activations
    FOR EACH STATEMENT EXECUTE FUNCTION notify_changes();
CREATE TRIGGER plugin_grants_notify AFTER INSERT OR UPDATE ON plugin_grants
    FOR EACH STATEMENT EXECUTE FUNCTION notify_changes();
