-- Takes back that releases can be out of use: all that are not yanked are selected again.
DROP TABLE plugin_activations;
