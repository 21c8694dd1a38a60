-- Takes back the indexes of the list's filters.
DROP INDEX processes_correlation_idx;
DROP INDEX processes_verdict_idx;
DROP INDEX processes_type_idx;
