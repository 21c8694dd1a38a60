-- Takes back who wrote a version; the audit log still says it.
ALTER TABLE configurations DROP COLUMN submitted_by;
