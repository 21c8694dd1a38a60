-- What a component imports and exports is found out once, when it is registered, so that looking at releases reads no
-- code. Releases from before have none: the host looks into their bytes the first time that somebody asks.

ALTER TABLE plugin_releases ADD COLUMN imports text[], ADD COLUMN exports text[];
ALTER TABLE plugin_releases ADD CONSTRAINT plugin_releases_interfaces_check
    CHECK ((imports IS NULL) = (exports IS NULL)) NOT VALID;
ALTER TABLE plugin_releases VALIDATE CONSTRAINT plugin_releases_interfaces_check;

CREATE OR REPLACE FUNCTION plugin_releases_freeze() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was record := OLD;
BEGIN
    IF OLD.status = 'registered' AND NEW.status = 'yanked' THEN
        was.status := NEW.status;
        was.yanked_at := NEW.yanked_at;
    END IF;
    IF OLD.imports IS NULL THEN
        was.imports := NEW.imports;
        was.exports := NEW.exports;
    END IF;
    IF was IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'release % is immutable', OLD.release_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'plugin_releases_freeze',
                HINT = 'Register a new version; the only change of a release is to yank it.';
    END IF;
    RETURN NEW;
END
$$;
GRANT UPDATE (imports, exports) ON plugin_releases TO assay_app;
