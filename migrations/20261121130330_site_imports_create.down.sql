-- Takes back which entries were imported; what they became stays.
DROP TABLE site_imports;
