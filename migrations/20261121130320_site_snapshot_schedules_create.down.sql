-- Takes back the schedules of snapshots; the snapshots stay.
DROP FUNCTION prune_site_snapshots(uuid, integer);
DROP TABLE site_snapshot_schedules;
