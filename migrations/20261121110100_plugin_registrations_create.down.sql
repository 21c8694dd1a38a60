DROP TABLE plugin_registrations;
