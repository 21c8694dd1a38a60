-- How often a site is kept by itself, where that is not what the host does for all sites, and an end of what is kept.

CREATE TABLE site_snapshot_schedules (
    client_id uuid NOT NULL,
    site_id uuid NOT NULL,
    every_seconds bigint,
    keep integer,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL,
    CONSTRAINT site_snapshot_schedules_pkey PRIMARY KEY (client_id, site_id),
    CONSTRAINT site_snapshot_schedules_site_fkey
        FOREIGN KEY (client_id, site_id) REFERENCES sites (client_id, site_id),
    CONSTRAINT site_snapshot_schedules_every_check CHECK (every_seconds BETWEEN 60 AND 31536000),
    CONSTRAINT site_snapshot_schedules_keep_check CHECK (keep BETWEEN 10 AND 10000)
);

ALTER TABLE site_snapshot_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_snapshot_schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY site_snapshot_schedules_tenant ON site_snapshot_schedules
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
CREATE POLICY site_snapshot_schedules_site ON site_snapshot_schedules AS RESTRICTIVE
    USING (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id))
    WITH CHECK (site_id = coalesce((SELECT nullif(current_setting('app.current_site_id', true), '')::uuid), site_id));
GRANT SELECT, INSERT, UPDATE (every_seconds, keep, set_at, set_by) ON site_snapshot_schedules TO assay_app;

-- Removes of a site's snapshots those that the host made by itself, beyond the newest `keep` of them (10 at least); what
-- somebody made by hand stays. With the rights of the owner, since the host may delete nothing; the owner obeys the
-- policies too, so that it removes the transaction's client's. What they named stays: versions are never deleted.
CREATE FUNCTION prune_site_snapshots(site uuid, keep integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH pruned AS (
        DELETE FROM public.configuration_snapshots AS s
        WHERE s.site_id = site AND s.snapshot_id IN (
            SELECT o.snapshot_id FROM public.configuration_snapshots AS o
            WHERE o.site_id = site AND o.kind <> 'manual'
            ORDER BY o.snapshot_at DESC, o.snapshot_id DESC OFFSET greatest(keep, 10)
        )
        RETURNING 1
    )
    SELECT count(*)::integer FROM pruned
$$;
REVOKE EXECUTE ON FUNCTION prune_site_snapshots(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_site_snapshots(uuid, integer) TO assay_app;
