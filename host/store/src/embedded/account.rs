//! Whom PostgreSQL runs as: itself refuses to run as root.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::EmbeddedError;

/// Who to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Whether that is somebody else than we are.
    other: bool,
}

impl Account {
    /// Ourselves, unless we are root: then the owner of an existing cluster, else `postgres`, else `nobody`.
    pub(super) fn choose(existing: Option<u32>) -> Result<Self, EmbeddedError> {
        let own = rustix::process::geteuid();
        if !own.is_root() {
            return Ok(Self {
                uid: own.as_raw(),
                gid: rustix::process::getegid().as_raw(),
                other: false,
            });
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = match existing {
            Some(uid) => find(&passwd, |_, id| id == uid && uid != 0),
            None => find(&passwd, |name, _| name == "postgres")
                .or_else(|| find(&passwd, |name, _| name == "nobody")),
        };
        let (uid, gid) = found.ok_or_else(|| EmbeddedError::NoAccount {
            reason: "/etc/passwd names none".to_owned(),
        })?;
        Ok(Self {
            uid,
            gid,
            other: true,
        })
    }

    /// The program, as that user.
    pub(super) fn command(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C");
        if self.other {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

fn find(passwd: &str, wanted: impl Fn(&str, u32) -> bool) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        wanted(name, uid).then_some((uid, gid))
    })
}

#[cfg(test)]
mod tests;
