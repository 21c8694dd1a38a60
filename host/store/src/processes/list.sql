-- Planned for its values (see list.rs): a filter that is not there leaves the statement, and one that is finds its index.
SELECT process_id, process_type_id, config_version, status, current_stage, verdict, requires_review,
    overall_confidence, ingestion_source, correlation_id, received_at, completed_at
FROM processes
WHERE (created_at, process_id) < ($1, $2)
    AND ($4::text IS NULL OR status = $4)
    AND ($5::text IS NULL OR verdict = $5)
    AND ($6::text IS NULL OR process_type_id = $6)
    AND ($7::text IS NULL OR ingestion_source = $7)
    AND ($8::uuid IS NULL OR correlation_id = $8)
    AND ($9::timestamptz IS NULL OR created_at >= $9)
    AND ($10::timestamptz IS NULL OR created_at < $10)
ORDER BY created_at DESC, process_id DESC
LIMIT $3
