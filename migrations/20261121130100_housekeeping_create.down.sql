DROP FUNCTION analyze_new_tables();
DROP FUNCTION prune_registrations(timestamptz, integer);
DROP POLICY plugin_registrations_prune ON plugin_registrations;
DROP POLICY plugin_registrations_ended ON plugin_registrations;
