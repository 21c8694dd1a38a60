//! Conflicts at a site: found by the resolver, resolved by people or by going away, reopened when they come back.

use assay_domain::SiteId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Cursor, Page, PageRequest, StoreError, Tx};

/// A conflict as the resolver finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundConflict {
    /// The same for the same facts.
    pub conflict_id: String,
    /// One side.
    pub extension_id_1: Option<String>,
    /// The other one; none when it has one side.
    pub extension_id_2: Option<String>,
    /// All that take part.
    pub extensions: Vec<String>,
    /// `explicit`, `policy` or `dependency`.
    pub conflict_type: String,
    /// Which of these exactly.
    pub kind: String,
    /// `global`, `capability` or `resource`.
    pub scope: Option<String>,
    /// The capability that it is about.
    pub capability: Option<String>,
    /// The resource that it is about.
    pub resource: Option<String>,
    /// One side's policy.
    pub policy_1: Option<String>,
    /// The other side's.
    pub policy_2: Option<String>,
    /// `error` or `warning`.
    pub severity: String,
    /// Why, in words.
    pub reason: String,
}

/// A conflict with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    id: Uuid,
    /// What was found.
    pub found: FoundConflict,
    /// Whether the last answer has it.
    pub present: bool,
    /// Since when, or since when again.
    pub detected_at: DateTime<Utc>,
    /// When an answer had it last.
    pub last_seen_at: DateTime<Utc>,
    /// How often it came back after it was resolved.
    pub reopened: i32,
    /// When it was resolved, if it is.
    pub resolved_at: Option<DateTime<Utc>>,
    /// By whom; `host` when it went away.
    pub resolved_by: Option<String>,
    /// In which way.
    pub resolution_notes: Option<String>,
    /// Why somebody who may went ahead in spite of it.
    pub forced_reason: Option<String>,
    /// Who that was.
    pub forced_by: Option<String>,
}

struct Row {
    id: Uuid,
    conflict_id: String,
    extension_id_1: Option<String>,
    extension_id_2: Option<String>,
    extensions: Vec<String>,
    conflict_type: String,
    kind: String,
    scope: Option<String>,
    capability: Option<String>,
    resource: Option<String>,
    policy_1: Option<String>,
    policy_2: Option<String>,
    severity: String,
    reason: String,
    present: bool,
    detected_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    reopened: i32,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<String>,
    resolution_notes: Option<String>,
    forced_by: Option<String>,
    forced_reason: Option<String>,
}

impl Row {
    fn read(self) -> Conflict {
        Conflict {
            id: self.id,
            found: FoundConflict {
                conflict_id: self.conflict_id,
                extension_id_1: self.extension_id_1,
                extension_id_2: self.extension_id_2,
                extensions: self.extensions,
                conflict_type: self.conflict_type,
                kind: self.kind,
                scope: self.scope,
                capability: self.capability,
                resource: self.resource,
                policy_1: self.policy_1,
                policy_2: self.policy_2,
                severity: self.severity,
                reason: self.reason,
            },
            present: self.present,
            detected_at: self.detected_at,
            last_seen_at: self.last_seen_at,
            reopened: self.reopened,
            resolved_at: self.resolved_at,
            resolved_by: self.resolved_by,
            resolution_notes: self.resolution_notes,
            forced_reason: self.forced_reason,
            forced_by: self.forced_by,
        }
    }
}

impl Tx {
    /// Puts the conflicts of an answer in the place of what was known. One that comes back after it was gone is open
    /// again; one that was resolved and is still there stays resolved; one that is gone is resolved by the host, and no
    /// longer forced.
    pub async fn put_conflicts(
        &mut self,
        site: SiteId,
        found: &[FoundConflict],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let rows = serde_json::to_value(found).unwrap_or_default();
        sqlx::query!(
            "INSERT INTO extension_conflicts_detected AS c (
                 client_id, site_id, conflict_id, id, extension_id_1, extension_id_2, extensions, conflict_type, kind,
                 scope, capability, resource, policy_1, policy_2, severity, reason, detected_at, last_seen_at
             )
             SELECT DISTINCT ON (conflict_id) $1::uuid, $2::uuid, conflict_id, md5(conflict_id)::uuid, extension_id_1,
                 extension_id_2, extensions, conflict_type, kind, scope, capability, resource, policy_1, policy_2,
                 severity, reason, $4::timestamptz, $4
             FROM jsonb_to_recordset($3) AS f (
                 conflict_id text, extension_id_1 text, extension_id_2 text, extensions text[], conflict_type text,
                 kind text, scope text, capability text, resource text, policy_1 text, policy_2 text, severity text,
                 reason text
             )
             ORDER BY conflict_id
             ON CONFLICT (client_id, site_id, conflict_id) DO UPDATE SET
                 severity = excluded.severity, reason = excluded.reason, last_seen_at = excluded.last_seen_at,
                 present = true,
                 detected_at = CASE WHEN c.present THEN c.detected_at ELSE excluded.detected_at END,
                 reopened = c.reopened + CASE WHEN c.present OR c.resolved_at IS NULL THEN 0 ELSE 1 END,
                 resolved_at = CASE WHEN c.present THEN c.resolved_at END,
                 resolved_by = CASE WHEN c.present THEN c.resolved_by END,
                 resolution_notes = CASE WHEN c.present THEN c.resolution_notes END",
            self.client,
            site.0,
            rows,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        let there: Vec<_> = found.iter().map(|found| found.conflict_id.clone()).collect();
        sqlx::query!(
            "UPDATE extension_conflicts_detected SET present = false,
                 resolution_notes = CASE WHEN resolved_at IS NULL THEN 'it is no longer there'
                     ELSE resolution_notes END,
                 resolved_by = coalesce(resolved_by, 'host'), resolved_at = coalesce(resolved_at, $4),
                 forced_at = NULL, forced_by = NULL, forced_reason = NULL
             WHERE client_id = $1 AND site_id = $2 AND present AND conflict_id <> ALL ($3)",
            self.client,
            site.0,
            &there,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Notes that somebody who may went ahead in spite of these conflicts.
    pub async fn force_conflicts(
        &mut self,
        site: SiteId,
        conflicts: &[String],
        by: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE extension_conflicts_detected SET forced_at = $4, forced_by = $5, forced_reason = $6
             WHERE client_id = $1 AND site_id = $2 AND conflict_id = ANY ($3)",
            self.client,
            site.0,
            conflicts,
            at,
            by,
            reason
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The conflicts that are there at a site in spite of being errors.
    pub async fn forced_conflicts(&mut self, site: SiteId) -> Result<Vec<Conflict>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, conflict_id, extension_id_1, extension_id_2, extensions, conflict_type, kind, scope, capability,
                 resource, policy_1, policy_2, severity, reason, present, detected_at, last_seen_at, reopened, resolved_at,
                 resolved_by, resolution_notes, forced_by, forced_reason
             FROM extension_conflicts_detected
             WHERE client_id = $1 AND site_id = $2 AND present AND forced_at IS NOT NULL ORDER BY conflict_id",
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Row::read).collect())
    }

    /// A site's conflicts, the newest first; only those that nobody resolved, or all.
    pub async fn conflicts(
        &mut self,
        site: SiteId,
        unresolved: bool,
        page: &PageRequest,
    ) -> Result<Page<Conflict>, StoreError> {
        let (at, id) = page.before();
        let rows = if unresolved {
            sqlx::query_as!(
                Row,
                "SELECT id, conflict_id, extension_id_1, extension_id_2, extensions, conflict_type, kind, scope, capability,
                     resource, policy_1, policy_2, severity, reason, present, detected_at, last_seen_at, reopened, resolved_at,
                     resolved_by, resolution_notes, forced_by, forced_reason
                 FROM extension_conflicts_detected
                 WHERE client_id = $1 AND site_id = $2 AND (detected_at, id) < ($3, $4) AND resolved_at IS NULL
                 ORDER BY detected_at DESC, id DESC LIMIT $5",
                self.client,
                site.0,
                at,
                id,
                page.fetch()
            )
            .fetch_all(&mut *self.inner)
            .await?
        } else {
            sqlx::query_as!(
                Row,
                "SELECT id, conflict_id, extension_id_1, extension_id_2, extensions, conflict_type, kind, scope, capability,
                     resource, policy_1, policy_2, severity, reason, present, detected_at, last_seen_at, reopened, resolved_at,
                     resolved_by, resolution_notes, forced_by, forced_reason
                 FROM extension_conflicts_detected
                 WHERE client_id = $1 AND site_id = $2 AND (detected_at, id) < ($3, $4)
                 ORDER BY detected_at DESC, id DESC LIMIT $5",
                self.client,
                site.0,
                at,
                id,
                page.fetch()
            )
            .fetch_all(&mut *self.inner)
            .await?
        };
        let rows = rows.into_iter().map(Row::read).collect();
        Ok(page.page(rows, |conflict: &Conflict| Cursor {
            at: conflict.detected_at,
            id: conflict.id,
        }))
    }

    /// One conflict.
    pub async fn conflict(&mut self, site: SiteId, id: &str) -> Result<Option<Conflict>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, conflict_id, extension_id_1, extension_id_2, extensions, conflict_type, kind, scope, capability,
                 resource, policy_1, policy_2, severity, reason, present, detected_at, last_seen_at, reopened, resolved_at,
                 resolved_by, resolution_notes, forced_by, forced_reason
             FROM extension_conflicts_detected WHERE client_id = $1 AND site_id = $2 AND conflict_id = $3",
            self.client,
            site.0,
            id
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(Row::read))
    }

    /// Resolves a conflict with notes. False when there is none that is open.
    pub async fn resolve_conflict(
        &mut self,
        site: SiteId,
        id: &str,
        by: &str,
        notes: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE extension_conflicts_detected SET resolved_at = $4, resolved_by = $5, resolution_notes = $6
             WHERE client_id = $1 AND site_id = $2 AND conflict_id = $3 AND resolved_at IS NULL",
            self.client,
            site.0,
            id,
            at,
            by,
            notes
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
