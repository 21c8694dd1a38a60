-- What is not signed is looked up version by version: 50 short index scans. Joined to the signatures of a whole site it was
-- as slow as the site's history is long, since the planner takes the rows that policies let through for few.
CREATE OR REPLACE VIEW v_unsigned_compliance WITH (security_invoker = true) AS
SELECT c.client_id, c.site_id, c.extension_id, c.config_version,
    array_agg(wanted.aspect ORDER BY wanted.aspect) AS unsigned_aspects,
    array_agg(wanted.role ORDER BY wanted.aspect) AS roles,
    count(*) AS aspect_count
FROM site_extension_configs AS c
JOIN plugin_releases AS r ON r.release_id = c.release_id
CROSS JOIN LATERAL (
    -- Neither an aspect nor a role has a space. The aggregate keeps this from becoming a join.
    SELECT coalesce(array_agg(g.aspect || ' ' || g.signed_role), '{}') AS aspects
    FROM compliance_signoffs AS g
    WHERE g.client_id = c.client_id AND g.site_id = c.site_id AND g.extension_id = c.extension_id
        AND g.config_version = c.config_version
) AS signed
CROSS JOIN LATERAL jsonb_to_recordset(coalesce(r.manifest #> '{extension,signoff}', '[]'))
    AS wanted (aspect text, role text)
WHERE c.disabled_at IS NULL AND wanted.aspect || ' ' || wanted.role <> ALL (signed.aspects)
GROUP BY c.client_id, c.site_id, c.extension_id, c.config_version;
