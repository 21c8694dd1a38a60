//! A compiler for `wasm32-wasip2` and `wasm32-wasip1`: the targets of the active toolchain where they are installed,
//! else one put together from Debian's packages.
//!
//! Invariant: neither route changes anything outside of the cache folder and `plugins/target`. What a toolchain is
//! called ([`Toolchain::name`]) holds everything that decides the bytes it makes, so two builds under the same name
//! can be compared byte for byte; that is also why the sysroot is reached through a link inside the plugins'
//! workspace: cargo hashes the path of the standard library's sources, relative if it lies within the workspace.
//!
//! Deliberately absent: `rustup target add`. Changing a person's toolchain is theirs to do; the error says how.

mod apt;
mod debian;
mod sources;

use crate::process;
use crate::repository::Repository;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A target that plugins are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Components.
    Wasip2,
    /// Core modules, which the host wraps.
    Wasip1,
}

impl Target {
    /// The target's name for rustc.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Wasip2 => "wasm32-wasip2",
            Self::Wasip1 => "wasm32-wasip1",
        }
    }
}

/// A compiler that can build plugins.
#[derive(Debug)]
pub(crate) struct Toolchain {
    name: String,
    route: Route,
}

#[derive(Debug)]
enum Route {
    /// The active toolchain has the target's standard library.
    Installed,
    /// A sysroot of Debian's packages; the standard library is built with the plugin.
    Debian(debian::Sysroot),
}

impl Toolchain {
    /// Finds a toolchain, making the one of Debian's packages if need be (about 250 MB to fetch).
    ///
    /// # Errors
    /// Neither route is possible here, or fetching or unpacking failed.
    pub(crate) fn find(needed: &[Target]) -> Result<Self> {
        let cargo = process::quiet(process::cargo().arg("-V"))?;
        let missing: Vec<&str> = needed
            .iter()
            .filter(|target| !installed(**target))
            .map(|t| t.triple())
            .collect();
        if missing.is_empty() {
            let rustc = process::quiet(Command::new("rustc").arg("-V"))?;
            return Ok(Self {
                name: format!("{}, {}, the toolchain's own targets", rustc.trim(), cargo.trim()),
                route: Route::Installed,
            });
        }
        let sysroot = debian::Sysroot::find_or_make().with_context(|| {
            format!(
                "the active Rust toolchain cannot compile for {} (`rustup target add {}` would mend that), \
                 and a toolchain cannot be put together from Debian's packages either",
                missing.join(" and "),
                missing.join(" "),
            )
        })?;
        let name = format!("{}, {}", sysroot.name(), cargo.trim());
        Ok(Self {
            name,
            route: Route::Debian(sysroot),
        })
    }

    /// Everything that decides the bytes this toolchain makes from given sources.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// `cargo build` for a target in the plugins' workspace; the caller adds the package, and
    /// `--locked` where nothing may change.
    ///
    /// # Errors
    /// The links to the toolchain cannot be written.
    pub(crate) fn cargo_build(&self, repository: &Repository, target: Target) -> Result<Command> {
        let plugins = repository.plugins();
        let target_dir = target_dir(repository);
        let mut cargo = process::cargo();
        cargo.current_dir(&plugins);
        for name in ambient() {
            cargo.env_remove(name);
        }
        cargo
            .args(["build", "--release", "--target", target.triple(), "--target-dir"])
            .arg(&target_dir);

        let mut remaps = vec![
            (repository.root().to_path_buf(), "/assay"),
            (cargo_home()?, "/cargo"),
        ];
        if let Route::Debian(sysroot) = &self.route {
            let linked = link(sysroot, &plugins.join("target/toolchain"))?;
            cargo.env("RUSTC", linked.join("bin/rustc"));
            cargo.env("RUSTC_BOOTSTRAP", "1"); // build-std is unstable, and the compiler is a stable one
            cargo.env("PATH", with_path(&linked.join("linkers"))?);
            cargo.arg("-Zbuild-std=std,panic_abort");
            remaps.push((linked, "/rust"));
            remaps.push((sysroot.usr(), "/rust"));
        }
        remaps.push((target_dir, "/target"));
        cargo.env("CARGO_ENCODED_RUSTFLAGS", remap_flags(&remaps));
        Ok(cargo)
    }
}

/// Where plugins are built: beside what else is built when the environment says where, else in the workspace.
fn target_dir(repository: &Repository) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => repository.root().join(folder).join("plugins"),
        None => repository.plugins().join("target"),
    }
}

/// Whether the active toolchain has the standard library of a target.
fn installed(target: Target) -> bool {
    let Ok(folder) =
        process::quiet(Command::new("rustc").args(["--print", "target-libdir", "--target", target.triple()]))
    else {
        return false;
    };
    fs::read_dir(folder.trim()).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

/// The variables of the environment that would change what is built.
fn ambient() -> Vec<OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| {
            let name = name.to_string_lossy();
            let prefixes = [
                "CARGO_PROFILE_",
                "CARGO_BUILD_",
                "CARGO_TARGET_",
                "CARGO_PKG_",
                "CARGO_ENCODED_",
            ];
            prefixes.iter().any(|prefix| name.starts_with(prefix))
                || [
                    "RUSTFLAGS",
                    "RUSTC",
                    "RUSTC_WRAPPER",
                    "RUSTC_WORKSPACE_WRAPPER",
                    "CARGO_INCREMENTAL",
                ]
                .contains(&&*name)
        })
        .collect()
}

/// Links a sysroot into the workspace, so that its path relative to the workspace is the same in every clone.
///
/// `bin/rustc` is a script, since rustc finds its sysroot by following links and would report the real folder.
fn link(sysroot: &debian::Sysroot, folder: &Path) -> Result<PathBuf> {
    let usr = sysroot.usr();
    let (bin, linkers) = (folder.join("bin"), folder.join("linkers"));
    for made in [&bin, &linkers] {
        fs::create_dir_all(made).with_context(|| format!("{} cannot be made", made.display()))?;
    }
    relink(&usr.join("lib"), &folder.join("lib"))?;
    relink(&sysroot.lld()?.join("wasm-ld"), &linkers.join("wasm-ld"))?;
    relink(&sysroot.lld()?.join("lld"), &linkers.join("rust-lld"))?;
    let script = format!(
        "#!/bin/sh\nexport LD_LIBRARY_PATH={libraries}\nexec {rustc} --sysroot {folder} \"$@\"\n",
        libraries = quoted(&sysroot.libraries()?),
        rustc = quoted(&usr.join("bin/rustc")),
        folder = quoted(folder),
    );
    let rustc = bin.join("rustc");
    // cargo asks a compiler anew when its file changes: rewrite it only when it is to say something else.
    if fs::read_to_string(&rustc).ok().as_deref() != Some(&script) {
        let fresh = bin.join("rustc.new");
        fs::write(&fresh, &script).with_context(|| format!("{} cannot be written", fresh.display()))?;
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755))?;
        fs::rename(&fresh, &rustc)?;
    }
    Ok(folder.to_path_buf())
}

/// Makes `link` point at `to`, replacing a link that points elsewhere in one step.
fn relink(to: &Path, link: &Path) -> Result<()> {
    if fs::read_link(link).ok().as_deref() == Some(to) {
        return Ok(());
    }
    let fresh = link.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} cannot be replaced", fresh.display()));
        }
        _ => {}
    }
    std::os::unix::fs::symlink(to, &fresh)
        .with_context(|| format!("{} cannot be linked", fresh.display()))?;
    fs::rename(&fresh, link).with_context(|| format!("{} cannot be replaced; remove it", link.display()))
}

/// A path as one word for `sh`.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

/// `PATH` with a folder in front.
fn with_path(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders)
        .context("the clone's path contains a colon, which PATH cannot hold; move the clone")
}

/// The flags that keep this machine's paths out of what is built. rustc takes the last that fits.
fn remap_flags(remaps: &[(PathBuf, &str)]) -> OsString {
    let mut flags = OsString::new();
    for (from, to) in remaps {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

/// Where cargo keeps the sources of crates.
fn cargo_home() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("CARGO_HOME") {
        return Ok(PathBuf::from(folder));
    }
    match std::env::var_os("HOME") {
        Some(home) => Ok(PathBuf::from(home).join(".cargo")),
        None => bail!("neither CARGO_HOME nor HOME is set; set HOME"),
    }
}

#[cfg(test)]
mod tests;
