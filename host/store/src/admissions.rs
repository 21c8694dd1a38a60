//! What it depends on how a client's submissions of a process type are judged: read at once, to be compared with what it
//! was when all of it was looked up.
//!
//! Invariant: as long as this is the same, so are the client's standing, the effective configuration and the releases that
//! its ranges select: whatever else decides about them never changes.

use assay_domain::{ConfigId, PluginName, ProcessTypeId};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// As of a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionState {
    client_status: Option<String>,
    tier: Option<String>,
    process_type_active: Option<bool>,
    configuration: Option<ConfigId>,
    /// What the names mean, and which releases there are, in use or not: a digest.
    releases: Option<String>,
}

struct Row {
    status: Option<String>,
    subscription_tier: Option<String>,
    is_active: Option<bool>,
    config_id: Option<Uuid>,
    releases: Option<String>,
}

impl Tx {
    /// The state of a process type for the transaction's client, whose configuration uses plugins with these names. What
    /// a name means is what [`Tx::plugin`] finds.
    pub async fn admission_state(
        &mut self,
        process_type: &ProcessTypeId,
        plugins: &[PluginName],
    ) -> Result<AdmissionState, StoreError> {
        let names: Vec<_> = plugins.iter().map(PluginName::as_str).collect();
        let row = sqlx::query_as!(
            Row,
            r#"SELECT cl.status AS "status?", cl.subscription_tier AS "subscription_tier?", t.is_active AS "is_active?",
                 (SELECT c.config_id FROM configurations AS c
                  WHERE c.process_type_id = t.process_type_id AND (c.is_active OR c.version = t.default_version)
                  ORDER BY c.is_active DESC LIMIT 1) AS config_id,
                 (SELECT md5(string_agg(concat_ws(' ', r.release_id, r.yanked_at IS NULL,
                      coalesce(own.active, general.active, false)), ',' ORDER BY n.place, r.release_id))
                  FROM unnest($3::text[]) WITH ORDINALITY AS n (name, place)
                  CROSS JOIN LATERAL (
                      SELECT p.plugin_id FROM plugins AS p WHERE p.name = n.name
                      ORDER BY p.client_id IS NOT DISTINCT FROM $1 DESC, p.client_id NULLS LAST, p.plugin_id LIMIT 1
                  ) AS meant
                  JOIN plugin_releases AS r ON r.plugin_id = meant.plugin_id
                  LEFT JOIN plugin_activations AS own ON own.release_id = r.release_id AND own.client_id = $1
                  LEFT JOIN plugin_activations AS general
                      ON general.release_id = r.release_id AND general.client_id IS NOT DISTINCT FROM r.client_id
                 ) AS releases
             FROM (VALUES (1)) AS one
             LEFT JOIN clients AS cl ON cl.client_id = $1
             LEFT JOIN process_types AS t ON t.process_type_id = $2"#,
            self.client,
            process_type.as_str(),
            &names as _
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(AdmissionState {
            client_status: row.status,
            tier: row.subscription_tier,
            process_type_active: row.is_active,
            configuration: row.config_id.map(ConfigId),
            releases: row.releases,
        })
    }
}
