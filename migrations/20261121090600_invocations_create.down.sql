-- Takes back the record of plugin calls.
DROP TABLE plugin_invocations;
