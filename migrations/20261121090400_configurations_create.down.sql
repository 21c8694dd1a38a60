-- Takes back the configurations.
DROP TABLE configurations;
DROP FUNCTION configurations_freeze();
