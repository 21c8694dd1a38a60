-- What a host that is gone left is looked for over all clients at once: a look client by client, oldest first, would
-- find the work of those that live and not get to the end of it.

ALTER TABLE processes VALIDATE CONSTRAINT processes_attempts_check;

-- The owner obeys policies too, and the function below has the owner's rights: it sees what is under way, and no more.
CREATE POLICY processes_unfinished ON processes FOR SELECT TO CURRENT_USER
    USING (status IN ('pending', 'ingested', 'classifying', 'extracting', 'validating'));

-- Processes under way whose host is gone, that is, whose advisory lock is free; oldest first, `most` of them, and none
-- of `own`, the host that asks. A lock that is found free is held, shared, until the transaction ends.
CREATE FUNCTION abandoned_processes(own uuid, most integer)
RETURNS TABLE (client_id uuid, process_id uuid, host_id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH hosts AS MATERIALIZED (
        SELECT DISTINCT p.host_id FROM public.processes AS p
        WHERE p.host_id <> own AND p.status IN ('pending', 'ingested', 'classifying', 'extracting', 'validating')
    ), gone AS MATERIALIZED (
        SELECT h.host_id FROM hosts AS h
        WHERE pg_try_advisory_xact_lock_shared(hashtextextended(h.host_id::text, 0))
    )
    SELECT p.client_id, p.process_id, p.host_id FROM public.processes AS p JOIN gone USING (host_id)
    WHERE p.status IN ('pending', 'ingested', 'classifying', 'extracting', 'validating')
    ORDER BY p.created_at, p.process_id LIMIT least(greatest(most, 0), 1000)
$$;
REVOKE EXECUTE ON FUNCTION abandoned_processes(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION abandoned_processes(uuid, integer) TO assay_worker;
