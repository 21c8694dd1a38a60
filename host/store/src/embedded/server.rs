//! The cluster's programs: making it, starting and stopping its server.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::place::{ADMIN, Place};
use super::programs::Programs;
use super::{EmbeddedError, PATIENCE};

/// Makes the cluster beside its place and moves it there when it is whole: `initdb` may be killed half-way.
pub(super) async fn initialize(
    place: &Place,
    programs: &Programs,
    durable: bool,
) -> Result<(), EmbeddedError> {
    let half = place.home.join("data.new");
    if half.exists() {
        fs::remove_dir_all(&half).map_err(EmbeddedError::file("remove", &half))?;
    }
    let program = programs.path("initdb");
    let mut command = place.account.command(&program);
    command.current_dir(&place.home).arg("--pgdata").arg(&half).args([
        "--username",
        ADMIN,
        // Whoever can enter the socket's folder is who we run as.
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C",
        "--no-instructions",
    ]);
    if !durable {
        command.arg("--no-sync");
    }
    let output = run(command).await.map_err(EmbeddedError::file("run", &program))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr)
            .trim()
            .replace('\n', " | ");
        return Err(EmbeddedError::Init {
            output: said.chars().filter(|c| !c.is_control()).collect(),
        });
    }
    fs::rename(&half, place.data()).map_err(EmbeddedError::file("rename", &half))
}

async fn run(mut command: Command) -> std::io::Result<std::process::Output> {
    tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output())
        .await
        .map_err(std::io::Error::other)?
}

/// A server: a child of ours, or one that was left running.
#[derive(Debug)]
pub(super) struct Server {
    pid: i32,
    child: Option<Child>,
}

impl Server {
    pub(super) fn adopted(pid: i32) -> Self {
        Self { pid, child: None }
    }

    pub(super) fn start(place: &Place, programs: &Programs, durable: bool) -> Result<Self, EmbeddedError> {
        let log = place.log();
        let output = File::create(&log).map_err(EmbeddedError::file("make", &log))?;
        let errors = output.try_clone().map_err(EmbeddedError::file("open", &log))?;
        let program = programs.path("postgres");
        let mut command = place.account.command(&program);
        command
            .current_dir(&place.home)
            .arg("-D")
            .arg(place.data())
            .arg("-k")
            .arg(&place.sockets)
            .args(["-p", Place::port()])
            .args(["-c", "listen_addresses="])
            .args(["-c", "unix_socket_permissions=0700"])
            // Statements are short: compiling them would take longer than running them.
            .args(["-c", "jit=off"]);
        if durable {
            // Until a new table is analysed, its plans are those of an empty one, and a session keeps them: submissions
            // alone brought a new database to a quarter of its speed within the minute in which nobody looks by default.
            command.args(["-c", "autovacuum_naptime=5s"]);
        } else {
            command
                .args(["-c", "fsync=off"])
                .args(["-c", "synchronous_commit=off"])
                .args(["-c", "full_page_writes=off"])
                .args(["-c", "max_connections=400"]);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // A Ctrl-C in the terminal is for the host, who stops the server when it is done with it.
            .process_group(0)
            .spawn()
            .map_err(EmbeddedError::file("run", &program))?;
        Ok(Self {
            pid: i32::try_from(child.id()).unwrap_or(i32::MAX),
            child: Some(child),
        })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    pub(super) fn is_alive(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => {
                Pid::from_raw(self.pid).is_some_and(|pid| test_kill_process(pid).is_ok()) && !self.is_zombie()
            }
        }
    }

    /// PostgreSQL's "fast" shutdown: sessions are ended, what was committed is written.
    pub(super) fn tell_to_stop(&self) {
        self.signal(Signal::INT);
    }

    /// Ended, and its parent has taken no note of it: a container's first process often never does.
    fn is_zombie(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('Z'))
    }

    pub(super) async fn stop(mut self) -> Result<(), EmbeddedError> {
        self.tell_to_stop();
        let begun = tokio::time::Instant::now();
        while self.is_alive() {
            if begun.elapsed() > PATIENCE {
                // Ends at once; the next start recovers from the log.
                self.signal(Signal::QUIT);
                return Err(EmbeddedError::Stop { pid: self.pid });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // It may be gone: that is what was wanted.
            kill_process(pid, signal).ok();
        }
    }
}

impl Drop for Server {
    /// Takes note of a child that ended, so that its number is free.
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.try_wait().ok();
        }
    }
}
