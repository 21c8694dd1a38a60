-- Joins the signatures of the whole site again.
CREATE OR REPLACE VIEW v_unsigned_compliance WITH (security_invoker = true) AS
SELECT c.client_id, c.site_id, c.extension_id, c.config_version,
    array_agg(wanted.aspect ORDER BY wanted.aspect) AS unsigned_aspects,
    array_agg(wanted.role ORDER BY wanted.aspect) AS roles,
    count(*) AS aspect_count
FROM site_extension_configs AS c
JOIN plugin_releases AS r ON r.release_id = c.release_id
CROSS JOIN LATERAL jsonb_to_recordset(coalesce(r.manifest #> '{extension,signoff}', '[]'))
    AS wanted (aspect text, role text)
WHERE c.disabled_at IS NULL AND NOT EXISTS (
    SELECT FROM compliance_signoffs AS g
    WHERE g.client_id = c.client_id AND g.site_id = c.site_id AND g.extension_id = c.extension_id
        AND g.config_version = c.config_version AND g.aspect = wanted.aspect AND g.signed_role = wanted.role
)
GROUP BY c.client_id, c.site_id, c.extension_id, c.config_version;
