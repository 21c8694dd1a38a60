//! Where a cluster lives, and who may enter.
//!
//! ```text
//! <folder>/pg/          0700, of the user that PostgreSQL runs as
//!             data/     the cluster
//!             run/      the socket, or /tmp/assay-<hash> where the path would be too long for one
//!             postgres.log, lock
//! ```

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assay_domain::Digest;
use rustix::process::{Pid, test_kill_process};

use super::EmbeddedError;
use super::account::Account;
use super::programs::Programs;

/// The cluster's superuser.
pub(super) const ADMIN: &str = "postgres";
/// Names the socket; nothing listens on a port.
const PORT: &str = "5432";
/// What a socket's address holds, less the end mark (the least of all systems: 104 on macOS).
const SOCKET_PATH: usize = 103;

#[derive(Debug)]
pub(super) struct Place {
    pub(super) home: PathBuf,
    pub(super) sockets: PathBuf,
    pub(super) account: Account,
    /// Whether it is not where it was asked for.
    pub(super) moved: bool,
}

impl Place {
    /// Makes the folders, with their owner and rights.
    pub(super) fn prepare(folder: &Path, programs: &Programs) -> Result<Self, EmbeddedError> {
        let folder = std::path::absolute(folder).map_err(EmbeddedError::file("find", folder))?;
        fs::create_dir_all(&folder).map_err(EmbeddedError::file("make", &folder))?;
        let wanted = folder.join("pg");
        let account = Account::choose(owner(&wanted))?;
        let (home, moved) = if enters(account, &folder, programs)? {
            (wanted, false)
        } else {
            let other = Path::new("/var/lib/assay").join(short_hash(&folder));
            fs::create_dir_all(&other).map_err(EmbeddedError::file("make", &other))?;
            if !enters(account, &other, programs)? {
                return Err(EmbeddedError::NoAccount {
                    reason: format!(
                        "it can enter neither {} nor {}",
                        folder.display(),
                        other.display()
                    ),
                });
            }
            (other.join("pg"), true)
        };
        private(&home, account)?;
        let run = home.join("run");
        let socket = run.join(format!(".s.PGSQL.{PORT}"));
        let sockets = if socket.as_os_str().len() <= SOCKET_PATH {
            run
        } else {
            Path::new("/tmp").join(format!("assay-{}", short_hash(&home)))
        };
        private(&sockets, account)?;
        Ok(Self {
            home,
            sockets,
            account,
            moved,
        })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// The last lines of the log, without control characters.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().rev().take(5).collect();
        let lines: Vec<_> = lines.into_iter().rev().collect();
        lines.join(" | ").chars().filter(|c| !c.is_control()).collect()
    }

    /// One host at a time. The lock ends with the file, however the host ends.
    pub(super) fn lock(&self) -> Result<File, EmbeddedError> {
        let path = self.home.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(EmbeddedError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse {
                folder: self.home.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(EmbeddedError::file("lock", &path)(error)),
        }
    }

    /// The major version that made the cluster; none when there is no cluster yet.
    pub(super) fn version(&self) -> Result<Option<u32>, EmbeddedError> {
        let path = self.data().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().parse().unwrap_or(0))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(EmbeddedError::file("read", &path)(error)),
        }
    }

    /// Whether the last server ended without having been stopped.
    pub(super) fn crashed(&self) -> bool {
        self.data().join("postmaster.pid").exists()
    }

    /// The server that runs on the cluster, though we did not start it.
    ///
    /// Its number may belong to another process by now. PostgreSQL would then refuse to start: such a file is removed.
    pub(super) fn running(&self) -> Result<Option<i32>, EmbeddedError> {
        let path = self.data().join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(None);
        };
        let pid = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse::<i32>().ok());
        let Some(process) = pid.filter(|pid| *pid > 1).and_then(Pid::from_raw) else {
            return Ok(None);
        };
        if test_kill_process(process) == Err(rustix::io::Errno::SRCH) {
            return Ok(None);
        }
        let number = process.as_raw_nonzero().get();
        if !Path::new("/proc/self").exists() {
            return Ok(Some(number));
        }
        // A server's working folder is its cluster.
        let data = fs::canonicalize(self.data()).map_err(EmbeddedError::file("find", &self.data()))?;
        match fs::canonicalize(format!("/proc/{number}/cwd")) {
            Ok(folder) if folder == data => Ok(Some(number)),
            // It ended and nobody has taken note yet: PostgreSQL itself sees whether it can start.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Ok(_) | Err(_) => {
                fs::remove_file(&path).map_err(EmbeddedError::file("remove", &path))?;
                Ok(None)
            }
        }
    }

    /// An address that no `PG…` variable of the environment changes.
    pub(super) fn url(&self, user: &str, database: &str) -> String {
        let host: String = self
            .sockets
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                    char::from(*byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        format!("postgres://{user}@localhost:{PORT}/{database}?host={host}&sslmode=disable")
    }

    pub(super) fn port() -> &'static str {
        PORT
    }
}

fn owner(path: &Path) -> Option<u32> {
    fs::symlink_metadata(path).ok().map(|metadata| metadata.uid())
}

fn short_hash(path: &Path) -> String {
    let mut text = Digest::of(path.as_os_str().as_encoded_bytes()).to_string();
    text.truncate(16);
    text
}

/// Whether the account can enter the folder and run the programs: tried, since rights are more than mode bits.
fn enters(account: Account, folder: &Path, programs: &Programs) -> Result<bool, EmbeddedError> {
    let postgres = programs.path("postgres");
    let tried = account
        .command(&postgres)
        .arg("--version")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match tried {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(false),
        Err(error) => Err(EmbeddedError::file("run", &postgres)(error)),
    }
}

/// A folder that only the account may enter. One that is there and somebody else's is refused: it may be a trap.
fn private(path: &Path, account: Account) -> Result<(), EmbeddedError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            chown(path, Some(account.uid), Some(account.gid))
                .map_err(EmbeddedError::file("give away", path))?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(EmbeddedError::file("make", path)(error)),
    }
    let metadata = fs::symlink_metadata(path).map_err(EmbeddedError::file("see", path))?;
    if !metadata.is_dir() || metadata.uid() != account.uid {
        return Err(EmbeddedError::NotOurs {
            folder: path.to_owned(),
            owner: metadata.uid(),
        });
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(EmbeddedError::file("close", path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
