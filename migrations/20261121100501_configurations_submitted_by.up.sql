-- Who wrote a version, by the subject of the token, as `processes` has it. `created_by` can name users alone, and a
-- token's subject need not be one.
ALTER TABLE configurations ADD COLUMN submitted_by text;
