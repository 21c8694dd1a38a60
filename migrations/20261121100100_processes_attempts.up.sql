-- A process may be what ends its host: how many hosts began to judge it is counted, so that it is not taken over for
-- ever. `received_event_id` is the event of its acceptance, which its later events name as their cause; null where an
-- older host took it in, which did not say.

ALTER TABLE processes
    ADD COLUMN attempts integer NOT NULL DEFAULT 1,
    ADD COLUMN received_event_id uuid,
    ADD CONSTRAINT processes_attempts_check CHECK (attempts >= 1) NOT VALID;
GRANT UPDATE (attempts) ON processes TO assay_app;
