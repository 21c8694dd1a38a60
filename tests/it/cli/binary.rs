//! The program, built once, and how it is run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where it is: beside the tests, built by `cargo xtask test` (or `cargo build --workspace --bins`).
pub(crate) fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let tests = std::env::current_exe().unwrap();
        let path = tests.parent().and_then(Path::parent).unwrap().join("assay");
        assert!(
            path.is_file(),
            "{} is missing; build it: cargo build --workspace --bins",
            path.display()
        );
        path
    })
}

/// What it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The program, in the repository's root, with nothing configured around it.
pub(crate) fn assay(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(path());
    command.args(arguments);
    alone(&mut command);
    command
}

/// The same with at most so many file descriptors.
pub(super) fn assay_with_descriptors(
    most: u32,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -n {most} && exec \"$0\" \"$@\""));
    command.arg(path()).args(arguments);
    alone(&mut command);
    command
}

/// In the repository's root, with nothing configured around it.
fn alone(command: &mut Command) {
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("ASSAY_") || text == "DATABASE_URL" || text == "NO_COLOR" {
            command.env_remove(&name);
        }
    }
}

/// Runs it to its end.
pub(crate) fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
    Said::of(assay(arguments).output().unwrap())
}
