//! A client's users. Who they are to a token comes with login; here they can be named as authors and reviewers.

use assay_domain::{Role, UserId};

use crate::{StoreError, Tx};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Unique within the client, whatever the case.
    pub email: String,
    /// What the user may do.
    pub role: Role,
}

impl Tx {
    /// A new, active user. `Conflict` of `users_email_key` when the client has one with that address.
    pub async fn insert_user(&mut self, new: &User) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO users (client_id, user_id, email, role, status) VALUES ($1, $2, $3, $4, 'active')",
            self.client,
            new.id.0,
            new.email,
            new.role.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The client's users that are active, by address.
    pub async fn users(&mut self) -> Result<Vec<User>, StoreError> {
        let rows =
            sqlx::query!("SELECT user_id, email, role FROM users WHERE status = 'active' ORDER BY email")
                .fetch_all(&mut *self.inner)
                .await?;
        rows.into_iter()
            .map(|row| {
                Ok(User {
                    role: row
                        .role
                        .parse()
                        .map_err(StoreError::inconsistent("users", "role", row.user_id))?,
                    id: UserId(row.user_id),
                    email: row.email,
                })
            })
            .collect()
    }
}
