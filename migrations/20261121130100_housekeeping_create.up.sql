-- What a host sees to over all clients at once: registrations that ended long ago, and statistics of tables that are new,
-- without which the planner takes them for empty until autovacuum first comes by.

-- The owner obeys policies too, and the function below has the owner's rights: it sees and removes what has ended.
CREATE POLICY plugin_registrations_ended ON plugin_registrations FOR SELECT TO CURRENT_USER
    USING (status IN ('registered', 'refused', 'failed'));
CREATE POLICY plugin_registrations_prune ON plugin_registrations FOR DELETE TO CURRENT_USER
    USING (status IN ('registered', 'refused', 'failed'));

-- Removes registrations that ended before a time, at least a day ago whatever is asked for: `most` of them. What they
-- became is in plugin_releases and audit_logs, and stays.
CREATE FUNCTION prune_registrations(before timestamptz, most integer)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH pruned AS (
        DELETE FROM public.plugin_registrations WHERE ctid = ANY (ARRAY(
            SELECT g.ctid FROM public.plugin_registrations AS g
            WHERE g.status IN ('registered', 'refused', 'failed')
                AND g.updated_at < least(before, now() - interval '1 day')
            ORDER BY g.updated_at LIMIT least(greatest(most, 0), 10000)
        ))
        RETURNING 1
    )
    SELECT count(*)::integer FROM pruned
$$;
REVOKE EXECUTE ON FUNCTION prune_registrations(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_registrations(timestamptz, integer) TO assay_worker;

-- Analyses each table of this schema that has some rows and was never analysed. By one host at a time; whoever finds
-- another at it does nothing.
CREATE FUNCTION analyze_new_tables()
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fresh name;
    analyzed integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('analyze_new_tables', 0)) THEN
        RETURN 0;
    END IF;
    FOR fresh IN
        SELECT s.relname FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
        WHERE s.schemaname = 'public' AND s.last_analyze IS NULL AND s.last_autoanalyze IS NULL
            AND s.n_mod_since_analyze >= 100 AND pg_get_userbyid(c.relowner) = current_user
    LOOP
        EXECUTE format('ANALYZE public.%I', fresh);
        analyzed := analyzed + 1;
    END LOOP;
    RETURN analyzed;
END
$$;
REVOKE EXECUTE ON FUNCTION analyze_new_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analyze_new_tables() TO assay_worker;
