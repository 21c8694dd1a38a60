//! The two roles besides the owner. They belong to the whole cluster, and so not to the migrations of one database.
//!
//! `assay_app` does the tenants' work: it owns nothing and passes no policy. `assay_worker` acts across tenants, only
//! through functions that are granted to it by name. Whoever works as `assay_app` may become the worker for a
//! transaction; as neither inherits anything, it has the worker's functions only then. What makes the roles is in files
//! of SQL, since the project's tasks need them before this crate compiles.

use sqlx::{Executor, PgConnection};

use crate::StoreError;

/// The role of tenant work.
pub const APP: &str = "assay_app";
/// The role of work across tenants.
pub const WORKER: &str = "assay_worker";

/// Makes the rest of a transaction the worker's.
pub(crate) const BECOME_WORKER: &str = "SET LOCAL ROLE assay_worker";

/// Why the roles are not there.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// The owner may not make or grant them.
    #[error(
        "can't make or grant role `{role}`; as a superuser run `CREATE ROLE assay_app LOGIN NOINHERIT; \
         CREATE ROLE assay_worker LOGIN NOINHERIT; GRANT assay_worker TO assay_app; GRANT assay_app, assay_worker TO` \
         the database's owner"
    )]
    Refused {
        /// The role.
        role: &'static str,
        /// What the server said.
        #[source]
        source: StoreError,
    },
    /// It is there and may do too much.
    #[error("role `{role}` passes row-level security; run `ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS`")]
    Unsafe {
        /// The role.
        role: &'static str,
    },
}

/// Sees to it that both roles exist, can't pass row-level security, and that the current user may work as both.
pub(crate) async fn ensure(connection: &mut PgConnection) -> Result<(), RolesError> {
    for (role, create) in [
        (APP, include_str!("roles/assay_app.sql")),
        (WORKER, include_str!("roles/assay_worker.sql")),
    ] {
        let refused = |error: sqlx::Error| RolesError::Refused {
            role,
            source: error.into(),
        };
        let mut found = find(connection, role).await.map_err(refused)?;
        if found.is_none() {
            match connection.execute(create).await {
                // Another host on the same cluster was faster.
                Err(sqlx::Error::Database(error))
                    if matches!(error.code().as_deref(), Some("42710" | "23505")) => {}
                created => {
                    created.map_err(refused)?;
                }
            }
            found = find(connection, role).await.map_err(refused)?;
        }
        if found != Some(true) {
            return Err(RolesError::Unsafe { role });
        }
    }
    for (role, member, grant) in [
        (APP, "CURRENT_USER", "GRANT assay_app TO CURRENT_USER"),
        (WORKER, "CURRENT_USER", "GRANT assay_worker TO CURRENT_USER"),
        (WORKER, APP, "GRANT assay_worker TO assay_app"),
    ] {
        let refused = |error: sqlx::Error| RolesError::Refused {
            role,
            source: error.into(),
        };
        let is_member = sqlx::query_scalar!(
            r#"SELECT pg_has_role(CASE $1 WHEN 'CURRENT_USER' THEN current_user ELSE $1::text::name END, $2::text::name, 'MEMBER')
                 AS "member!""#,
            member,
            role
        )
        .fetch_one(&mut *connection)
        .await;
        // From PostgreSQL 16 on, who made a role is a member that may grant it and not yet use it: granting mends that.
        let granted = connection.execute(grant).await;
        if !is_member.map_err(refused)? {
            granted.map_err(refused)?;
        }
    }
    Ok(())
}

/// Whether the role exists, and is safe.
async fn find(connection: &mut PgConnection, role: &str) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT NOT (rolsuper OR rolbypassrls) AS "safe!" FROM pg_catalog.pg_roles WHERE rolname = $1"#,
        role
    )
    .fetch_optional(connection)
    .await
}
