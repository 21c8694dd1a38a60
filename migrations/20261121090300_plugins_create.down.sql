-- Takes back plugins and releases, with their bytes.
DROP TABLE plugin_releases;
DROP FUNCTION plugin_releases_freeze();
DROP TABLE plugins;
