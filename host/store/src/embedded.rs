//! The embedded database: a private PostgreSQL cluster in a folder, so that nothing has to be set up first.
//!
//! Invariants: it listens on no network, only on a Unix socket in a folder that nobody else may enter; one host at a
//! time uses the folder (a file lock); PostgreSQL never runs as root; a server that a killed host left running is taken
//! over, never doubled; who started or took over a server stops it.
//! Deliberately absent: installing PostgreSQL, upgrading a cluster to another major version, backups.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

use crate::StoreError;
use crate::connect::{open, parse};

mod account;
mod place;
mod programs;
mod server;

use place::Place;
use programs::Programs;
use server::Server;

/// How long a server may take to start (recovery after a crash included) or to stop.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long what is left of a killed server may be in the way of the next one.
const AFTERMATH: Duration = Duration::from_secs(10);
/// Owns the schema; no superuser.
const OWNER: &str = "assay_owner";
const DATABASE: &str = "assay";

/// Where and how.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// The cluster is in its subfolder `pg`; made when missing.
    pub folder: PathBuf,
    /// Where PostgreSQL's programs are; none to look in `search_path` and in the usual places.
    pub bindir: Option<PathBuf>,
    /// The value of `PATH`.
    pub search_path: Option<OsString>,
    /// Whether data survives a crash of the machine. Off only for tests.
    pub durable: bool,
}

/// What is going on, for people who wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The user that PostgreSQL runs as can't enter the folder: another one is used.
    Moved {
        /// What was asked for.
        from: PathBuf,
        /// What is used.
        to: PathBuf,
    },
    /// The cluster is made; a second or two, once.
    Initializing {
        /// Where.
        folder: PathBuf,
    },
    /// The server is started.
    Starting {
        /// For example `15.8`.
        version: String,
    },
    /// A server that was left running is taken over.
    Adopted {
        /// Its process.
        pid: i32,
    },
}

/// Why there is no embedded database.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No programs.
    #[error(
        "PostgreSQL's programs `initdb` and `postgres`, version 15 or newer, are not in {searched}; install PostgreSQL \
         (Debian, Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; macOS: \
         `brew install postgresql`), or say where they are with `--pg-bindir`, or set `DATABASE_URL` to a server"
    )]
    Missing {
        /// Where they were looked for.
        searched: String,
    },
    /// The cluster was made by a version that is not installed.
    #[error("the cluster in {folder} was made by PostgreSQL {needed}, which is not installed; install it, or use another folder", folder = folder.display())]
    OtherVersion {
        /// The cluster.
        folder: PathBuf,
        /// Its major version.
        needed: u32,
    },
    /// Another host uses the folder.
    #[error("another host uses the database in {folder}; stop it, or use another folder", folder = folder.display())]
    InUse {
        /// The cluster.
        folder: PathBuf,
    },
    /// The cluster belongs to somebody else.
    #[error("the cluster in {folder} belongs to the user with id {owner}; run as that user, or use another folder", folder = folder.display())]
    NotOurs {
        /// The cluster.
        folder: PathBuf,
        /// The user.
        owner: u32,
    },
    /// Root can't run PostgreSQL, and there is nobody else.
    #[error(
        "PostgreSQL does not run as root, and no user `postgres` or `nobody` can run it: {reason}; run as another user"
    )]
    NoAccount {
        /// What is in the way.
        reason: String,
    },
    /// A file or folder can't be used.
    #[error("can't {what} {path}", path = path.display())]
    File {
        /// What was to be done.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// `initdb` failed.
    #[error("initdb could not make the cluster: {output}")]
    Init {
        /// What it said.
        output: String,
    },
    /// The server ended or does not answer.
    #[error("the embedded database did not start; its log {log} ends with: {tail}", log = log.display())]
    Start {
        /// The log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server does not end.
    #[error("the embedded database (process {pid}) did not stop within {PATIENCE:?}")]
    Stop {
        /// Its process.
        pid: i32,
    },
    /// The server runs and refuses what makes it usable.
    #[error("the embedded database could not be prepared")]
    Prepare(#[source] StoreError),
}

impl EmbeddedError {
    fn file<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::File {
            what,
            path: path.to_owned(),
            source,
        }
    }
}

/// A running embedded database. Dropped without [`Embedded::stop`], it is told to stop and not waited for.
#[derive(Debug)]
pub struct Embedded {
    server: Option<Server>,
    place: Place,
    /// Held as long as this lives.
    _lock: File,
}

impl Embedded {
    /// Starts the folder's database, or takes over the one that runs there; makes the cluster on first use.
    pub async fn start(
        options: &EmbeddedOptions,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Self, EmbeddedError> {
        let found = programs::find(options)?;
        let newest = found.first().ok_or_else(|| programs::missing(options))?;
        let place = Place::prepare(&options.folder, newest)?;
        if place.moved {
            progress(Progress::Moved {
                from: options.folder.clone(),
                to: place.home.clone(),
            });
        }
        let lock = place.lock()?;
        let made_by = place.version()?;
        let programs: &Programs = match made_by {
            None => newest,
            Some(needed) => found
                .iter()
                .find(|programs| programs.major == needed)
                .ok_or_else(|| EmbeddedError::OtherVersion {
                    folder: place.home.clone(),
                    needed,
                })?,
        };
        if made_by.is_none() {
            progress(Progress::Initializing {
                folder: place.home.clone(),
            });
            server::initialize(&place, programs, options.durable).await?;
        }
        let crashed = place.crashed();
        let mut embedded = Self {
            server: None,
            place,
            _lock: lock,
        };
        let mut admin = if let Some(pid) = embedded.place.running()? {
            progress(Progress::Adopted { pid });
            embedded.server = Some(Server::adopted(pid));
            embedded.wait().await?
        } else {
            progress(Progress::Starting {
                version: programs.version.clone(),
            });
            let begun = tokio::time::Instant::now();
            loop {
                embedded.server = Some(Server::start(&embedded.place, programs, options.durable)?);
                match embedded.wait().await {
                    // The sessions of a server that was killed end a little later, and until then it can't start.
                    Err(EmbeddedError::Start { .. }) if crashed && begun.elapsed() < AFTERMATH => {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                    waited => break waited?,
                }
            }
        };
        prepare(&mut admin)
            .await
            .map_err(|error| EmbeddedError::Prepare(error.into()))?;
        admin.close().await.ok();
        Ok(embedded)
    }

    /// The address for migrations.
    pub fn owner_url(&self) -> String {
        self.place.url(OWNER, DATABASE)
    }

    /// The address for work.
    pub fn app_url(&self) -> String {
        self.place.url(crate::roles::APP, DATABASE)
    }

    /// The address of the cluster's superuser.
    pub fn admin_url(&self) -> String {
        self.place.url(place::ADMIN, "postgres")
    }

    /// Where the cluster is.
    pub fn folder(&self) -> &Path {
        &self.place.home
    }

    /// The server's process.
    pub fn pid(&self) -> Option<i32> {
        self.server.as_ref().map(Server::pid)
    }

    /// Ends all sessions, stops the server and waits for it.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        match self.server.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Leaves the server running; the next [`Embedded::start`] takes it over. Returns its process.
    pub fn detach(mut self) -> Option<i32> {
        self.server.take().map(|server| server.pid())
    }

    /// Until it answers, ends, or patience does.
    async fn wait(&mut self) -> Result<PgConnection, EmbeddedError> {
        let target = parse(&self.admin_url()).map_err(|error| EmbeddedError::Init {
            output: error.to_string(),
        })?;
        let begun = tokio::time::Instant::now();
        loop {
            if let Ok(connection) = open(&target).await {
                return Ok(connection);
            }
            let alive = self.server.as_mut().is_some_and(Server::is_alive);
            if !alive || begun.elapsed() > PATIENCE {
                return Err(EmbeddedError::Start {
                    tail: self.place.log_tail(),
                    log: self.place.log(),
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The owner and the database, when they are not there yet.
async fn prepare(admin: &mut PgConnection) -> Result<(), sqlx::Error> {
    let role = sqlx::query_scalar!("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", OWNER);
    if role.fetch_optional(&mut *admin).await?.is_none() {
        admin
            .execute("CREATE ROLE assay_owner LOGIN NOSUPERUSER CREATEROLE")
            .await?;
    }
    let database = sqlx::query_scalar!(
        "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1",
        DATABASE
    );
    if database.fetch_optional(&mut *admin).await?.is_none() {
        admin.execute("CREATE DATABASE assay OWNER assay_owner").await?;
    }
    Ok(())
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.tell_to_stop();
        }
    }
}

#[cfg(test)]
mod tests;
