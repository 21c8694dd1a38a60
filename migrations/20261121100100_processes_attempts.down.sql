-- The privilege on the column goes with it.
ALTER TABLE processes DROP COLUMN received_event_id, DROP COLUMN attempts;
