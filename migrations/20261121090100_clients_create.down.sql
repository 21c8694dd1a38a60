-- Takes back the first step: afterwards the schema is as it was before Assay.
DROP TABLE users;
DROP TABLE clients;
DROP FUNCTION update_updated_at_column();
