//! A sysroot for the wasm targets, put together from Debian's packages without installing any.
//!
//! Debian has a current Rust compiler for its web browsers (`rustc-web`) with the sources of the standard library,
//! but no wasi-libc to go with it; the next release's `libstd-rust-dev-wasm32` has that. All are fetched with private
//! apt configurations, whose sources are the machine's own and whose lists live in the temporary folder, so neither
//! root nor the machine's own lists are needed.
//!
//! Invariant: a finished sysroot appears in the cache by one rename; what was interrupted is in a folder that the next
//! run removes. Deliberately absent: updates. A cached sysroot is kept until its folder is removed, so that a
//! machine's builds stay comparable with each other.

use super::apt::Apt;
use super::sources;
use crate::console::say;
use crate::process;
use crate::scratch;
use anyhow::{Context as _, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release whose `libstd-rust-dev-wasm32` has wasi-libc for both targets.
const LIBC_SUITE: &str = "trixie";
const LIBC_PACKAGE: &str = "libstd-rust-dev-wasm32";
/// Counted up when what is in a sysroot changes, so that an older one is not used.
const LAYOUT: u32 = 1;
/// The file that names what a sysroot was made of.
const NAME_FILE: &str = "name";

/// An unpacked toolchain.
#[derive(Debug, Clone)]
pub(crate) struct Sysroot {
    folder: PathBuf,
    name: String,
}

impl Sysroot {
    /// The cached sysroot, made if there is none.
    ///
    /// # Errors
    /// This is not a Debian with the packages, a package cannot be fetched, or the cache cannot be written.
    pub(crate) fn find_or_make() -> Result<Self> {
        let system = System::read()?;
        let cache = cache_folder()?;
        scratch::remove_leftovers(&cache, "unpacking-");
        let folder = cache.join(format!(
            "debian-{}-{}-{LAYOUT}",
            system.version, system.architecture
        ));
        if let Some(sysroot) = Self::open(&folder)? {
            return Ok(sysroot);
        }
        fs::create_dir_all(&cache).with_context(|| format!("{} cannot be made", cache.display()))?;
        let unpacking = cache.join(format!("unpacking-{}", std::process::id()));
        let made = make(&system, &unpacking).and_then(|()| {
            match fs::rename(unpacking.join("root"), &folder) {
                Err(_) if Self::open(&folder)?.is_some() => Ok(()), // another run was quicker
                renamed => renamed.with_context(|| format!("{} cannot be put in place", folder.display())),
            }
        });
        let _ = fs::remove_dir_all(&unpacking);
        made?;
        Self::open(&folder)?
            .with_context(|| format!("{} is not complete; remove it and try again", folder.display()))
    }

    fn open(folder: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(folder.join(NAME_FILE)) {
            Ok(name) => Ok(Some(Self {
                folder: folder.to_path_buf(),
                name: name.trim().to_owned(),
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", folder.display())),
        }
    }

    /// The compiler and the packages with their versions.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The sysroot proper.
    pub(crate) fn usr(&self) -> PathBuf {
        self.folder.join("usr")
    }

    /// Where the compiler's shared libraries are.
    ///
    /// # Errors
    /// They are not there.
    pub(crate) fn libraries(&self) -> Result<PathBuf> {
        only(&self.usr().join("lib"), |path| {
            path.read_dir().is_ok_and(|mut entries| {
                entries.any(|entry| {
                    entry.is_ok_and(|entry| {
                        entry
                            .file_name()
                            .to_string_lossy()
                            .starts_with("librustc_driver-")
                    })
                })
            })
        })
    }

    /// Where the linkers are.
    ///
    /// # Errors
    /// They are not there.
    pub(crate) fn lld(&self) -> Result<PathBuf> {
        only(&self.usr().join("lib"), |path| path.join("bin/wasm-ld").exists()).map(|path| path.join("bin"))
    }
}

/// The one entry of a folder that fits.
fn only(folder: &Path, fits: impl Fn(&Path) -> bool) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| fits(path))
        .with_context(|| {
            format!(
                "the unpacked toolchain in {} is not complete; remove it and try again",
                folder.display()
            )
        })
}

/// What this machine is.
struct System {
    codename: String,
    version: String,
    architecture: String,
}

impl System {
    fn read() -> Result<Self> {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let field = |name: &str| os_release(&release, name);
        let id = field("ID").unwrap_or_default();
        ensure!(
            id == "debian" && process::in_path("apt-get") && process::in_path("dpkg-deb"),
            "this is not Debian with apt-get and dpkg-deb (/etc/os-release says ID={id:?}); \
             install the target with rustup, or take the built components in plugins/built as they are"
        );
        Ok(Self {
            codename: field("VERSION_CODENAME").context("/etc/os-release has no VERSION_CODENAME")?,
            version: field("VERSION_ID").context("/etc/os-release has no VERSION_ID")?,
            architecture: process::quiet(Command::new("dpkg").arg("--print-architecture"))?
                .trim()
                .to_owned(),
        })
    }
}

/// A field of os-release(5), without its quotes.
fn os_release(text: &str, name: &str) -> Option<String> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

/// `$XDG_CACHE_HOME/assay/wasm-toolchain`.
fn cache_folder() -> Result<PathBuf> {
    let caches = match (std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")) {
        (Some(folder), _) if !folder.is_empty() => PathBuf::from(folder),
        (_, Some(home)) => PathBuf::from(home).join(".cache"),
        _ => {
            bail!("neither XDG_CACHE_HOME nor HOME is set, so there is no place for the toolchain; set HOME")
        }
    };
    ensure!(
        caches.is_absolute(),
        "XDG_CACHE_HOME is {}; it has to be an absolute path",
        caches.display()
    );
    Ok(caches.join("assay/wasm-toolchain"))
}

/// Fetches and unpacks everything into `folder/root`.
fn make(system: &System, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    let root = folder.join("root");
    fs::create_dir_all(&root).with_context(|| format!("{} cannot be made", root.display()))?;
    say(
        "plugins: no wasm target is installed, so a toolchain is put together from Debian's packages (once; 230 MB)",
    );

    let machine = sources::read(Path::new("/etc/apt"))?;
    let own = sources::of_release(&machine, &system.codename);
    let libc = sources::sibling(&machine, &system.codename, LIBC_SUITE).with_context(|| {
        format!(
            "apt's sources in /etc/apt name no archive for {} with the component main",
            system.codename
        )
    })?;

    say("plugins: reading the package lists");
    let apt = Apt::new(folder.join("apt"), &own)?;
    let compiler = compiler_packages(&apt)?;
    let libc_apt = Apt::new(folder.join("apt-libc"), &[libc])?;

    let mut named = vec![fetch(&apt, &compiler, &folder.join("packages"))?];
    named.push(fetch(
        &libc_apt,
        &[LIBC_PACKAGE.to_owned()],
        &folder.join("packages-libc"),
    )?);

    say("plugins: unpacking");
    unpack(&folder.join("packages"), &root)?;
    let libc_root = folder.join("root-libc");
    unpack(&folder.join("packages-libc"), &libc_root)?;
    for target in ["wasm32-wasip1", "wasm32-wasip2"] {
        let part = Path::new("usr/lib/rustlib")
            .join(target)
            .join("lib/self-contained");
        copy_folder(&libc_root.join(&part), &root.join(&part))?;
    }
    remove_unused(&root)?;

    let sysroot = Sysroot {
        folder: root.clone(),
        name: String::new(),
    };
    let rustc = process::quiet(
        Command::new(root.join("usr/bin/rustc"))
            .arg("-V")
            .env("LD_LIBRARY_PATH", sysroot.libraries()?),
    )
    .context("Debian's compiler does not run here")?;
    sysroot.lld()?;
    let name = format!("{}, Debian's {}", rustc.trim(), named.join(" "));
    fs::write(root.join(NAME_FILE), format!("{name}\n"))?;
    say(&format!("plugins: ready, {name}"));
    Ok(())
}

/// The compiler's packages; the names that carry a version are read from what depends on them.
fn compiler_packages(apt: &Apt) -> Result<Vec<String>> {
    let library = apt.dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = apt.dependency(&library, "libllvm")?;
    let lld = format!("lld-{}", llvm.trim_start_matches("libllvm"));
    let fixed = [
        "rustc-web",
        "libstd-rust-web-dev",
        "rust-web-src",
        "rust-web-llvm",
    ];
    Ok(fixed
        .into_iter()
        .map(str::to_owned)
        .chain([library, llvm, lld])
        .collect())
}

/// Downloads packages into a folder and returns `name=version` of each, sorted.
fn fetch(apt: &Apt, packages: &[String], folder: &Path) -> Result<String> {
    fs::create_dir_all(folder)?;
    say(&format!("plugins: fetching {}", packages.join(" ")));
    process::run(
        apt.command("apt-get")
            .args(["--quiet=2", "download"])
            .args(packages)
            .current_dir(folder),
    )
    .context("the packages cannot be fetched; see what apt says above")?;
    let mut named = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?.path();
        let name = process::quiet(
            Command::new("dpkg-deb")
                .arg("--show")
                .arg("--showformat=${Package}=${Version}")
                .arg(&file),
        )?;
        named.push(name);
    }
    named.sort();
    Ok(named.join(" "))
}

fn unpack(packages: &Path, root: &Path) -> Result<()> {
    for file in fs::read_dir(packages)? {
        process::quiet(
            Command::new("dpkg-deb")
                .arg("--extract")
                .arg(file?.path())
                .arg(root),
        )?;
    }
    Ok(())
}

/// Copies a folder of files.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).with_context(|| {
        format!(
            "{LIBC_PACKAGE} has no {}: the archive's package changed",
            from.display()
        )
    })?;
    for entry in entries {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes the compiler's own sources, most of a gigabyte that building the standard library does not read.
fn remove_unused(root: &Path) -> Result<()> {
    for source in
        fs::read_dir(root.join("usr/src")).context("rust-web-src has no sources: the package changed")?
    {
        for entry in fs::read_dir(source?.path())? {
            let entry = entry?;
            if entry.file_name() != "library" {
                let path = entry.path();
                if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(&path)
                } else {
                    fs::remove_file(&path)
                }
                .with_context(|| format!("{} cannot be removed", path.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
