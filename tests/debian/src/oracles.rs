//! The two oracles, run on a file of packages: which ones can't be installed, at what cost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::control::Package;
use crate::measure::children_cpu;

/// What an oracle said.
pub(crate) struct Said {
    /// Names of what can't be installed.
    pub(crate) broken: BTreeSet<String>,
    /// Seconds of CPU time.
    pub(crate) cpu: f64,
}

fn run(folder: &Path, program: &str, arguments: &[&str], file: &Path) -> Result<(String, f64), String> {
    let root = folder.join("root");
    let before = children_cpu();
    let output = Command::new(root.join("usr/bin").join(program))
        .env("LD_LIBRARY_PATH", root.join("usr/lib/x86_64-linux-gnu"))
        .args(arguments)
        .arg(file)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}; run fetch.sh first"))?;
    let cpu = children_cpu() - before;
    // Both end with 1 when something is broken; a signal or another code is no answer.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!("{program} ended with {}", output.status));
    }
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), cpu))
}

/// libsolv's installcheck. The file has to be called `Packages`.
pub(crate) fn libsolv(folder: &Path, file: &Path, packages: &[Package]) -> Result<Said, String> {
    let (text, cpu) = run(folder, "installcheck", &["amd64"], file)?;
    let names: BTreeMap<String, &str> = packages
        .iter()
        .map(|p| (format!("{}-{}", p.name, p.version), p.name.as_str()))
        .collect();
    let mut broken = BTreeSet::new();
    for line in text
        .lines()
        .filter_map(|line| line.strip_prefix("can't install "))
    {
        let full = line.trim_end_matches(':');
        let known = full.rsplit_once('.').and_then(|(full, _)| names.get(full));
        let name =
            known.ok_or_else(|| format!("installcheck speaks of `{full}`, which is not in the file"))?;
        broken.insert((*name).to_owned());
    }
    Ok(Said { broken, cpu })
}

/// dose-debcheck.
pub(crate) fn dose(folder: &Path, file: &Path) -> Result<Said, String> {
    let (text, cpu) = run(folder, "dose-debcheck", &["--failures"], file)?;
    let names = text
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("package: "));
    let broken = names
        .map(|name| name.trim().trim_matches('"').to_owned())
        .collect();
    if !text.contains("broken-packages:") && !text.contains("total-packages:") {
        return Err("dose-debcheck gave no summary".to_owned());
    }
    Ok(Said { broken, cpu })
}
