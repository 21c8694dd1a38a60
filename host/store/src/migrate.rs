//! Making, showing and taking back the schema. The migrations travel inside the binary.
//!
//! All of it works as the owner whom the address names, one host at a time (an advisory lock). `assay_app` can do none
//! of it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::migrate::{MigrateError as SqlxError, Migrator};
use sqlx::{Connection, Executor, PgConnection};

use crate::connect::{check_version, open, parse};
use crate::{ConnectError, Store, StoreError, roles};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// How many months of audit partitions are made ahead.
const MONTHS_AHEAD: i32 = 3;

/// Why the schema was not changed, or not all of it: each migration is a transaction of its own.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The roles can't be made.
    #[error(transparent)]
    Roles(#[from] roles::RolesError),
    /// A migration that was applied is not the one that this binary holds.
    #[error(
        "migration {version} was changed after it was applied; use the binary that applied it, or `assay migrate fresh`"
    )]
    Changed {
        /// Which one.
        version: i64,
    },
    /// The database was migrated by a newer binary.
    #[error(
        "migration {version} is applied and unknown here: the database belongs to a newer version of Assay"
    )]
    Unknown {
        /// Which one.
        version: i64,
    },
    /// The name that was typed is not the database's.
    #[error("nothing was dropped: the database is `{database}`; confirm with exactly that name")]
    NotConfirmed {
        /// The database's name.
        database: String,
    },
    /// A statement failed.
    #[error("a migration failed and was rolled back")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<SqlxError> for MigrateError {
    fn from(error: SqlxError) -> Self {
        match error {
            SqlxError::VersionMismatch(version) => Self::Changed { version },
            SqlxError::VersionMissing(version) => Self::Unknown { version },
            other => Self::Failed(other.into()),
        }
    }
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(StoreError::from(error).into())
    }
}

/// Why the schema is not this binary's.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Some are not applied.
    #[error("{missing} migration(s) are not applied; run `assay migrate up`")]
    Missing {
        /// How many.
        missing: usize,
    },
    /// It could not be seen.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// `YYYYMMDDHHMMSS`.
    pub version: i64,
    /// What its file name says.
    pub description: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Makes the roles, applies what is missing, and makes the next months' audit partitions. Returns how many were
/// applied.
pub async fn up(url: &str) -> Result<usize, MigrateError> {
    let mut connection = owner(url).await?;
    roles::ensure(&mut connection).await?;
    let before = applied(&mut connection).await?.len();
    MIGRATOR.run(&mut connection).await?;
    // Not `query!`: the function is there only now.
    sqlx::query("SELECT ensure_audit_partitions($1)")
        .bind(MONTHS_AHEAD)
        .execute(&mut connection)
        .await?;
    // The host asks, as `assay_app`, whether the schema is its own.
    connection
        .execute("GRANT SELECT ON public._sqlx_migrations TO assay_app")
        .await?;
    let after = applied(&mut connection).await?.len();
    connection.close().await.ok();
    Ok(after.saturating_sub(before))
}

/// Takes back the newest `steps` migrations, with the data that they hold. Returns how many were taken back.
pub async fn down(url: &str, steps: usize) -> Result<usize, MigrateError> {
    let mut connection = owner(url).await?;
    let mut versions: Vec<i64> = applied(&mut connection).await?.into_keys().collect();
    let keep = versions.len().saturating_sub(steps);
    let taken = versions.len() - keep;
    versions.truncate(keep);
    if taken > 0 {
        MIGRATOR
            .undo(&mut connection, versions.last().copied().unwrap_or(0))
            .await?;
    }
    connection.close().await.ok();
    Ok(taken)
}

/// All migrations, oldest first: those of this binary, and those that only the database knows.
pub async fn status(url: &str) -> Result<Vec<Migration>, MigrateError> {
    let mut connection = owner(url).await?;
    let mut applied = applied(&mut connection).await?;
    connection.close().await.ok();
    let known = MIGRATOR
        .iter()
        .filter(|migration| !migration.migration_type.is_down_migration());
    let mut all: Vec<_> = known
        .map(|migration| Migration {
            version: migration.version,
            description: migration.description.to_string(),
            applied: applied.remove(&migration.version).is_some(),
        })
        .collect();
    all.extend(applied.into_iter().map(|(version, description)| Migration {
        version,
        description,
        applied: true,
    }));
    all.sort_by_key(|migration| migration.version);
    Ok(all)
}

/// Drops what the migrations made, with all data, and makes it anew; other objects of the database stay.
///
/// `confirmed` is the database's name, typed by a person.
pub async fn fresh(url: &str, confirmed: &str) -> Result<usize, MigrateError> {
    let mut connection = owner(url).await?;
    let database = sqlx::query_scalar!(r#"SELECT current_database() AS "name!""#)
        .fetch_one(&mut connection)
        .await?;
    connection.close().await.ok();
    if database != confirmed {
        return Err(MigrateError::NotConfirmed { database });
    }
    down(url, usize::MAX).await?;
    up(url).await
}

impl Store {
    /// Whether the schema is the one that this binary was built for.
    pub async fn check_migrated(&self) -> Result<(), SchemaError> {
        let mut tx = self.begin_platform().await?;
        // Not `query!`: the table is sqlx's own, and missing in a new database.
        let read = sqlx::query_scalar("SELECT version FROM public._sqlx_migrations WHERE success")
            .fetch_all(&mut *tx.inner)
            .await;
        let applied: BTreeSet<i64> = match read {
            Ok(versions) => versions.into_iter().collect(),
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => BTreeSet::new(),
            Err(error) => return Err(StoreError::from(error).into()),
        };
        let known: BTreeSet<i64> = MIGRATOR
            .iter()
            .filter(|migration| !migration.migration_type.is_down_migration())
            .map(|migration| migration.version)
            .collect();
        let (missing, unknown) = (
            known.difference(&applied).count(),
            applied.difference(&known).count(),
        );
        match (missing, unknown) {
            (0, 0) => Ok(()),
            (0, unknown) => {
                // Hosts are replaced one by one, and the old ones run on the new schema (migrations/README.md).
                tracing::debug!(unknown, "the schema is newer than this host");
                Ok(())
            }
            (missing, _) => Err(SchemaError::Missing { missing }),
        }
    }
}

async fn owner(url: &str) -> Result<PgConnection, MigrateError> {
    let mut connection = open(&parse(url)?).await?;
    check_version(&mut connection).await?;
    // The migrations name no schema; the functions in them do.
    connection.execute("SET search_path = public").await?;
    Ok(connection)
}

async fn applied(connection: &mut PgConnection) -> Result<BTreeMap<i64, String>, MigrateError> {
    let there =
        sqlx::query_scalar!(r#"SELECT to_regclass('public._sqlx_migrations') IS NOT NULL AS "there!""#)
            .fetch_one(&mut *connection)
            .await?;
    if !there {
        return Ok(BTreeMap::new());
    }
    // Not `query!`: the table is sqlx's own.
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT version, description FROM public._sqlx_migrations WHERE success")
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().collect())
}
