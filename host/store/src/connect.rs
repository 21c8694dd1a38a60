//! The way to a server: its address, the role to work as, and what every connection is told first.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

use crate::{StoreError, roles};

/// The oldest server that has what the migrations use (`NULLS NOT DISTINCT`, `security_invoker`).
const OLDEST: u32 = 150_000;

/// First releases in which statistics no longer show rows that row-level security hides (CVE-2025-8713).
const SAFE_STATISTICS: [(u32, u32); 3] = [(15, 14), (16, 10), (17, 6)];

/// How to connect.
#[derive(Clone, Copy, Debug)]
pub struct ConnectOptions {
    /// Most connections at one time.
    pub connections: u32,
    /// How long to wait for a free one, or for a server that starts.
    pub acquire: Duration,
    /// How long one statement may take.
    pub statement: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            acquire: Duration::from_secs(5),
            statement: Duration::from_secs(30),
        }
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address can't be read. It is not repeated: it may hold a password.
    #[error("the database's address is wrong ({reason}); write `postgres://user@host:5432/database`")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers, or the server refuses the user.
    #[error("can't connect to the database; see whether it runs, and user, password and database name")]
    Unreachable(#[source] StoreError),
    /// The server is too old.
    #[error("the database server has version {found}; PostgreSQL 15 or newer is needed")]
    TooOld {
        /// Its version, for example `14.11`.
        found: String,
    },
    /// The user may not work as one of the host's roles.
    #[error(
        "the database's user can't work as role `{role}`; run `assay migrate up` as the owner, or `GRANT {role} TO` it"
    )]
    Role {
        /// The role.
        role: &'static str,
        /// What the server said.
        #[source]
        source: StoreError,
    },
    /// The role that work is done as would see every client.
    #[error("role `{role}` passes row-level security; run `ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS`", role = roles::APP)]
    Unsafe,
}

/// The database as the host uses it: a pool of connections that all work as `assay_app`.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: PgPool,
    pub(crate) connections: u32,
}

impl Store {
    /// Connects, and sees to it that work is done as `assay_app`: directly, or by `SET ROLE` where the address names
    /// another user. Accepts `postgres://`, `postgresql://` and `postgresql+psycopg://`.
    pub async fn connect(url: &str, options: ConnectOptions) -> Result<Self, ConnectError> {
        let target = parse(url)?;
        let mut first = open(&target).await?;
        check_version(&mut first).await?;
        let can_not = |role| {
            move |error: sqlx::Error| ConnectError::Role {
                role,
                source: error.into(),
            }
        };
        work_as_app(&mut first, options.statement)
            .await
            .map_err(can_not(roles::APP))?;
        let worker = AssertSqlSafe(format!("BEGIN; {}; ROLLBACK", roles::BECOME_WORKER));
        first.execute(worker).await.map_err(can_not(roles::WORKER))?;
        let safe = sqlx::query_scalar!(
            r#"SELECT NOT (rolsuper OR rolbypassrls) AS "safe!" FROM pg_catalog.pg_roles WHERE rolname = current_user"#
        )
        .fetch_one(&mut first)
        .await
        .map_err(|error| ConnectError::Unreachable(error.into()))?;
        if !safe {
            return Err(ConnectError::Unsafe);
        }
        first.close().await.ok();
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.acquire)
            // A connection is tested when it comes back; `begin` takes another one when it died since.
            .test_before_acquire(false)
            .after_connect(move |connection, _| Box::pin(work_as_app(connection, options.statement)))
            .connect_lazy_with(target);
        Ok(Self {
            pool,
            connections: options.connections,
        })
    }

    /// Whether the server answers now.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.begin_platform().await?.commit().await
    }

    /// Connections that are open, and how many of them are idle.
    pub fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }

    /// How many connections there are at most.
    pub const fn most_connections(&self) -> u32 {
        self.connections
    }

    /// Waits until connections are given back, and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Reads an address; SQLAlchemy's form with a driver name is what docflow-ai.md uses.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, ConnectError> {
    let rest = ["postgres://", "postgresql://", "postgresql+psycopg://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .ok_or_else(|| ConnectError::Url {
            reason: "it begins with none of postgres://, postgresql://, postgresql+psycopg://".to_owned(),
        })?;
    let options =
        PgConnectOptions::from_str(&format!("postgres://{rest}")).map_err(|error| ConnectError::Url {
            reason: error.to_string(),
        })?;
    Ok(options.application_name("assay"))
}

/// One connection as the user whom the address names.
pub(crate) async fn open(options: &PgConnectOptions) -> Result<PgConnection, ConnectError> {
    PgConnection::connect_with(options)
        .await
        .map_err(|error| ConnectError::Unreachable(error.into()))
}

pub(crate) async fn check_version(connection: &mut PgConnection) -> Result<(), ConnectError> {
    let number = sqlx::query_scalar!(r#"SELECT current_setting('server_version_num')::int AS "number!""#)
        .fetch_one(connection)
        .await
        .map_err(|error| ConnectError::Unreachable(error.into()))?;
    let number = u32::try_from(number).unwrap_or(0);
    let (major, minor) = (number / 10_000, number % 10_000);
    if number < OLDEST {
        return Err(ConnectError::TooOld {
            found: format!("{major}.{minor}"),
        });
    }
    if SAFE_STATISTICS
        .iter()
        .any(|(fixed, since)| major == *fixed && minor < *since)
    {
        tracing::warn!(
            major,
            minor,
            "this PostgreSQL release has CVE-2025-8713; install its newest minor release"
        );
    }
    Ok(())
}

async fn work_as_app(connection: &mut PgConnection, statement: Duration) -> Result<(), sqlx::Error> {
    let settings = format!(
        "SET ROLE {}; SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = 60000; SET search_path = public; SET timezone = 'UTC'",
        roles::APP,
        statement = statement.as_millis(),
        // Shorter, so that the error says that somebody was in the way.
        lock = (statement / 2).as_millis(),
    );
    connection.execute(AssertSqlSafe(settings)).await.map(|_| ())
}

#[cfg(test)]
mod tests;
