//! PostgreSQL's programs, and a throw-away cluster made with them.
//!
//! Invariant: a throw-away cluster listens on no network, only on a socket in a folder that nobody else can enter, and
//! is stopped and removed when it is dropped. What an interrupted run left behind, the next one removes.
//!
//! Not the store's embedded database: the store does not compile before the query data is there that this cluster is
//! started for.

use crate::console::say;
use crate::process;
use crate::scratch::Scratch;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where Debian puts the programs of each major version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// How long a new cluster may take to accept connections.
const PATIENCE: Duration = Duration::from_mins(1);

/// The folder that holds `initdb`, `postgres` and `psql`; installs them where that is possible.
///
/// # Errors
/// They are not there and cannot be installed; the message says what to install.
pub(crate) fn programs() -> Result<PathBuf> {
    if let Some(folder) = find() {
        return Ok(folder);
    }
    let remedy = "install PostgreSQL 15 or newer (on Debian: `apt-get install postgresql`) or put its `initdb` in PATH";
    if !process::is_root() || !process::in_path("apt-get") {
        bail!("PostgreSQL's programs are not on this machine; {remedy}");
    }
    say("postgres: its programs are not on this machine; installing the package postgresql");
    for arguments in [
        &["update"][..],
        &["install", "--yes", "--no-install-recommends", "postgresql"],
    ] {
        process::run(
            Command::new("apt-get")
                .arg("--quiet")
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
        .with_context(|| format!("PostgreSQL cannot be installed by apt; {remedy}"))?;
    }
    find().with_context(|| format!("the package postgresql brought no `initdb`; {remedy}"))
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    std::env::split_paths(&path).find(&complete).or_else(|| {
        let versions = fs::read_dir(VERSIONS)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .collect::<Vec<_>>();
        newest(&versions)
            .into_iter()
            .map(|version| version.join("bin"))
            .find(&complete)
    })
}

/// Folders named by a major version, newest first.
fn newest(folders: &[PathBuf]) -> Vec<&PathBuf> {
    let mut numbered: Vec<(u32, &PathBuf)> = folders
        .iter()
        .filter_map(|folder| Some((folder.file_name()?.to_str()?.parse().ok()?, folder)))
        .collect();
    numbered.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    numbered.into_iter().map(|(_, folder)| folder).collect()
}

/// A running cluster that is gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Child,
    programs: PathBuf,
    user: Option<User>,
    folder: Scratch,
}

/// Whom the programs run as, since they refuse to be root.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes and starts a cluster, with an empty database `assay` owned by the superuser `postgres`.
    ///
    /// # Errors
    /// A program fails, or the server does not answer within a minute.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        let user = unprivileged()?;
        let folder = Scratch::new("pg")?;
        if let Some(user) = user {
            std::os::unix::fs::chown(folder.path(), Some(user.uid), Some(user.gid))
                .with_context(|| format!("{} cannot be given away", folder.path().display()))?;
        }
        let data = folder.path().join("data");
        process::quiet(
            as_user(&programs.join("initdb"), user, folder.path())
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "-D",
                ])
                .arg(&data),
        )?;
        let log = fs::File::create(folder.path().join("log"))?;
        let mut postgres = as_user(&programs.join("postgres"), user, folder.path());
        postgres.arg("-D").arg(&data).arg("-k").arg(folder.path());
        postgres.args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
        ]);
        postgres.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let server = postgres
            .spawn()
            .with_context(|| format!("could not start `{}`", process::line(&postgres)))?;
        let mut cluster = Self {
            server,
            programs,
            user,
            folder,
        };
        cluster.wait()?;
        cluster.sql("postgres", "CREATE DATABASE assay")?;
        Ok(cluster)
    }

    /// The connection string of the database `assay`, as its superuser.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgresql://postgres@localhost/assay?host={}",
            self.folder.path().display()
        )
    }

    /// Runs one SQL text in a database.
    ///
    /// # Errors
    /// PostgreSQL refuses it.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> Result<()> {
        process::quiet(self.psql(database).args(["-c", sql])).map(|_| ())
    }

    /// Runs a file of SQL in the database `assay`, as one transaction unless its first line is `-- no-transaction`.
    ///
    /// # Errors
    /// It cannot be read, or PostgreSQL refuses it.
    pub(crate) fn file(&self, file: &Path) -> Result<()> {
        let text = fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let start = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut psql = self.psql("assay");
        if !start.starts_with("-- no-transaction") {
            psql.arg("--single-transaction");
        }
        let output = psql
            .args(["-f", "-"])
            .stdin(text)
            .output()
            .context("could not start psql")?;
        if !output.status.success() {
            bail!(
                "{}: {}",
                file.display(),
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        Ok(())
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = as_user(&self.programs.join("psql"), self.user, self.folder.path());
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            database,
            "-h",
        ]);
        psql.arg(self.folder.path());
        psql
    }

    fn wait(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            if self.sql("postgres", "SELECT 1").is_ok() {
                return Ok(());
            }
            let ended = self.server.try_wait()?;
            if ended.is_some() || started.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                bail!(
                    "the throw-away PostgreSQL does not answer; its log:\n{}",
                    log.trim_end()
                );
            }
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nothing in it is worth a checkpoint: `immediate` ends all its processes at once.
        let mut stop = as_user(&self.programs.join("pg_ctl"), self.user, self.folder.path());
        let stopped = stop
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.folder.path().join("data"));
        if process::quiet(stopped).is_err() {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}

fn as_user(program: &Path, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder); // the caller's own may be closed to that user
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// The user to run PostgreSQL's programs as when this process is root.
fn unprivileged() -> Result<Option<User>> {
    if !process::is_root() {
        return Ok(None);
    }
    let number = |option: &str, name: &str| -> Option<u32> {
        process::quiet(Command::new("id").args([option, name]))
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    for name in ["postgres", "nobody"] {
        if let (Some(uid), Some(gid)) = (number("-u", name), number("-g", name)) {
            return Ok(Some(User { uid, gid }));
        }
    }
    bail!("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`; add one")
}

#[cfg(test)]
mod tests;
