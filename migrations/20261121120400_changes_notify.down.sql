-- Takes back that hosts hear of changes: they read everything anew for every submission.
DROP TRIGGER plugin_grants_notify ON plugin_grants;
DROP TRIGGER plugin_activations_notify ON plugin_activations;
DROP TRIGGER plugin_releases_notify ON plugin_releases;
DROP TRIGGER configurations_notify ON configurations;
DROP TRIGGER process_types_notify ON process_types;
DROP TRIGGER clients_notify ON clients;
DROP FUNCTION notify_changes();
