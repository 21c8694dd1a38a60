-- Takes back what components import and export; it is in their bytes.
CREATE OR REPLACE FUNCTION plugin_releases_freeze() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was record := OLD;
BEGIN
    IF OLD.status = 'registered' AND NEW.status = 'yanked' THEN
        was.status := NEW.status;
        was.yanked_at := NEW.yanked_at;
    END IF;
    IF was IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'release % is immutable', OLD.release_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'plugin_releases_freeze',
                HINT = 'Register a new version; the only change of a release is to yank it.';
    END IF;
    RETURN NEW;
END
$$;
ALTER TABLE plugin_releases DROP COLUMN imports, DROP COLUMN exports;
