//! Why the store could not do what it was asked.
//!
//! Absence is no error: what may be missing is an `Option`. What a caller can react to has its own case; the rest is a
//! defect and says so.

use std::error::Error;
use std::fmt::Display;

use sqlx::error::ErrorKind;

type Source = Box<dyn Error + Send + Sync>;

/// Why a transaction failed. After any of these it is rolled back when it is dropped.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The server can't be reached, went away, or has no connection free.
    #[error("the database is not reachable; see whether it runs, then try again")]
    Unavailable(#[source] Source),
    /// Another transaction was in the way (lock, deadlock, serialization): the same again may succeed.
    #[error("another transaction was in the way; try again")]
    Contended(#[source] Source),
    /// A statement took longer than it may.
    #[error("a statement took longer than the statement timeout")]
    TimedOut(#[source] Source),
    /// A named constraint (unique, foreign key, check, immutability) refuses what was to be written.
    #[error("constraint `{constraint}` refuses what was to be written")]
    Conflict {
        /// Its name in the migrations.
        constraint: String,
        /// What the server said.
        #[source]
        source: Source,
    },
    /// Row-level security or a missing privilege refuses the statement.
    #[error("the database refuses this for the transaction's client")]
    Denied(#[source] Source),
    /// A row holds what this version of the host can't read.
    #[error(
        "table `{table}` holds in column `{column}` of `{key}` what this host can't read; was it written by a newer one?"
    )]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        key: String,
        /// Why it can't be read.
        #[source]
        source: Source,
    },
    /// A defect: the statement and the database do not fit together.
    #[error("the database did not understand the host; is it migrated (`assay migrate status`)?")]
    Unexpected(#[source] Source),
}

impl StoreError {
    /// Whether the same transaction, begun again, may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Contended(_) | Self::TimedOut(_)
        )
    }

    /// The constraint that refused, when it was one.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict { constraint, .. } => Some(constraint),
            _ => None,
        }
    }

    pub(crate) fn inconsistent<E: Display>(
        table: &'static str,
        column: &'static str,
        key: impl Display,
    ) -> impl FnOnce(E) -> Self {
        move |error| Self::Inconsistent {
            table,
            column,
            key: key.to_string(),
            source: error.to_string().into(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_)
            | E::Tls(_)
            | E::PoolTimedOut
            | E::PoolClosed
            | E::WorkerCrashed
            | E::BeginFailed
            | E::Protocol(_) => Self::Unavailable(error.into()),
            E::Database(said) => {
                let code = said.code().unwrap_or_default().into_owned();
                let constraint = said.constraint().map(str::to_owned);
                let constrained = !matches!(said.kind(), ErrorKind::Other) || code.starts_with("23");
                match code.as_str() {
                    // Shutdowns, crashes, still starting, idle too long, read-only after a failover.
                    "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" => {
                        Self::Unavailable(error.into())
                    }
                    code if ["08", "53", "58"].iter().any(|class| code.starts_with(class)) => {
                        Self::Unavailable(error.into())
                    }
                    "40001" | "40P01" | "55P03" => Self::Contended(error.into()),
                    "57014" => Self::TimedOut(error.into()),
                    "42501" => Self::Denied(error.into()),
                    _ if constrained => Self::Conflict {
                        constraint: constraint.unwrap_or(code),
                        source: error.into(),
                    },
                    _ => Self::Unexpected(error.into()),
                }
            }
            _ => Self::Unexpected(error.into()),
        }
    }
}
