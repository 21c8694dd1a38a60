//! Who is what at a site.

use assay_domain::{SiteId, SiteRole, UserId};
use chrono::{DateTime, Utc};

use super::Author;
use crate::{StoreError, Tx};

/// A user who is something at a site. A user can be several things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// By this address.
    pub email: String,
    /// As what.
    pub role: SiteRole,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

impl Tx {
    /// Makes a user something at a site. False when that user is it already. `Conflict` of `site_members_user_fkey` when
    /// the client has no such user.
    pub async fn add_site_member(
        &mut self,
        site: SiteId,
        user: UserId,
        role: &SiteRole,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "INSERT INTO site_members (client_id, site_id, user_id, role, added_at, added_by)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (client_id, site_id, user_id, role) DO UPDATE SET
                 added_at = excluded.added_at, added_by = excluded.added_by, removed_at = NULL
             WHERE site_members.removed_at IS NOT NULL",
            self.client,
            site.0,
            user.0,
            role.as_str(),
            at,
            by
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Has a user no longer be something at a site. False when that user was not.
    pub async fn remove_site_member(
        &mut self,
        site: SiteId,
        user: UserId,
        role: &SiteRole,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE site_members SET removed_at = $5
             WHERE client_id = $1 AND site_id = $2 AND user_id = $3 AND role = $4 AND removed_at IS NULL",
            self.client,
            site.0,
            user.0,
            role.as_str(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Who is what at a site, by address and role.
    pub async fn site_members(&mut self, site: SiteId) -> Result<Vec<Member>, StoreError> {
        let rows = sqlx::query!(
            "SELECT m.user_id, u.email, m.role, m.added_at FROM site_members AS m
             JOIN users AS u ON u.client_id = m.client_id AND u.user_id = m.user_id
             WHERE m.client_id = $1 AND m.site_id = $2 AND m.removed_at IS NULL AND u.status = 'active'
             ORDER BY u.email, m.role",
            self.client,
            site.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter()
            .map(|row| {
                let role = row.role.parse();
                Ok(Member {
                    user: UserId(row.user_id),
                    email: row.email,
                    role: role.map_err(StoreError::inconsistent("site_members", "role", row.user_id))?,
                    added_at: row.added_at,
                })
            })
            .collect()
    }

    /// Whom a token's subject names: an active user of the client by id or address, else nobody but itself.
    pub async fn author(&mut self, subject: &str) -> Result<Author, StoreError> {
        let user = sqlx::query_scalar!(
            "SELECT user_id FROM users
             WHERE client_id = $1 AND status = 'active' AND (lower(email) = lower($2) OR user_id::text = $2)",
            self.client,
            subject
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(Author {
            name: user.map_or_else(|| subject.to_owned(), |user| user.to_string()),
            user: user.map(UserId),
        })
    }
}
