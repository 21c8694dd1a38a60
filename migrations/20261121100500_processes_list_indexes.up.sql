-- The list of processes is filtered by more than their status: each filter that leaves few rows of many has an index in
-- the list's own order, so that a page is read and not searched for.
CREATE INDEX processes_type_idx ON processes (client_id, process_type_id, created_at DESC, process_id DESC);
CREATE INDEX processes_verdict_idx ON processes (client_id, verdict, created_at DESC, process_id DESC)
    WHERE verdict IS NOT NULL;
CREATE INDEX processes_correlation_idx ON processes (client_id, correlation_id, created_at DESC, process_id DESC);
