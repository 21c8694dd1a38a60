//! `cargo xtask plugins`: the first-party plugins, from source to the components and the lock in `plugins/built`.
//!
//! Invariant: what is in `plugins/built` is what the lock says, made from the sources it says; `--check` proves the
//! first two anywhere, and the third of Rust plugins, wherever the toolchain is the one that the lock names.

mod build;
mod digest;
mod javascript;
mod lock;
mod tree;

use crate::assay;
use crate::console::{human, print, say};
use crate::repository::Repository;
use crate::scratch::Scratch;
use crate::toolchain::{Target, Toolchain};
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use lock::{Lock, Locked};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tree::{Language, Plugin};

/// Builds the plugins and writes the lock.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Action>,
    /// Change nothing; fail if sources, components and lock disagree.
    #[arg(long)]
    check: bool,
    /// With --check: compare digests only, compile nothing.
    #[arg(long, requires = "check")]
    no_rebuild: bool,
    /// The plugins, by folder name; all if none is named.
    names: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compile one plugin and print where the bare component lies: no manifest, no lock.
    Build {
        /// The plugin's folder name.
        #[arg(short, long)]
        package: String,
    },
    /// Make sure that there is a toolchain, and print what it is.
    Toolchain,
}

impl Arguments {
    /// What `cargo xtask test` asks for.
    pub(crate) fn checking(rebuild: bool) -> Self {
        Self {
            command: None,
            check: true,
            no_rebuild: !rebuild,
            names: Vec::new(),
        }
    }
}

/// Runs the task.
///
/// # Errors
/// A plugin does not build, or with `--check` something disagrees.
pub(crate) fn run(repository: &Repository, arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        Some(Action::Toolchain) => {
            print(Toolchain::find(&[Target::Wasip2, Target::Wasip1])?.name());
            return Ok(());
        }
        Some(Action::Build { package }) => {
            let plugins = tree::find(repository, std::slice::from_ref(package))?;
            let toolchain = toolchain(&plugins)?;
            for plugin in &plugins {
                print(
                    &build::compile(repository, toolchain.as_ref(), plugin, false)?
                        .display()
                        .to_string(),
                );
            }
            return Ok(());
        }
        None => {}
    }
    let plugins = tree::find(repository, &arguments.names)?;
    if arguments.check {
        check(repository, &plugins, arguments)
    } else {
        make(repository, &plugins, arguments.names.is_empty())
    }
}

/// What builds the plugins of Rust among these, if there are any.
fn toolchain(plugins: &[Plugin]) -> Result<Option<Toolchain>> {
    let target = |plugin: &Plugin| match plugin.language {
        Language::Rust { target, .. } => Some(target),
        Language::JavaScript { .. } => None,
    };
    let needed: BTreeSet<Target> = plugins.iter().filter_map(target).collect();
    let needed: Vec<_> = needed.into_iter().collect();
    (!needed.is_empty()).then(|| Toolchain::find(&needed)).transpose()
}

/// What builds a plugin, for the lock.
fn builder<'a>(toolchain: Option<&'a Toolchain>, plugin: &'a Plugin) -> &'a str {
    match &plugin.language {
        Language::Rust { .. } => toolchain.map_or("", Toolchain::name),
        Language::JavaScript { builder } => builder,
    }
}

/// The binary `assay`, where a plugin has a manifest to embed.
fn packer<'a>(
    repository: &Repository,
    mut plugins: impl Iterator<Item = &'a Plugin>,
) -> Result<Option<PathBuf>> {
    let needed = plugins.any(|plugin| plugin.manifest.is_some());
    needed
        .then(|| assay::build(repository, assay::Along::Workspace))
        .transpose()
}

/// Builds plugins into `plugins/built` and writes the lock.
fn make(repository: &Repository, plugins: &[Plugin], all: bool) -> Result<()> {
    let started = Instant::now();
    let toolchain = toolchain(plugins)?;
    if let Some(toolchain) = &toolchain {
        say(&format!("plugins: {}", toolchain.name()));
    }
    let built = repository.built();
    let packer = packer(repository, plugins.iter())?;
    let mut lock = Lock::read(&built)?;
    for plugin in plugins {
        say(&format!("plugins: building {}", plugin.name));
        let source = digest::sources(repository, plugin)?;
        let component = built.join(&plugin.output);
        let new = component.with_extension("wasm.new");
        let (toolchain, packer) = (toolchain.as_ref(), packer.as_deref());
        build::finished(repository, toolchain, packer, plugin, &new, false)?;
        let digest = digest::file(&new)?;
        fs::rename(&new, &component)
            .with_context(|| format!("{} cannot be replaced", component.display()))?;
        if digest::sources(repository, plugin)? != source {
            bail!(
                "the sources of {} changed while it was built; build it again",
                plugin.name
            );
        }
        lock.plugin.insert(
            plugin.name.clone(),
            Locked {
                file: plugin.output.clone(),
                source,
                component: digest,
                toolchain: builder(toolchain, plugin).to_owned(),
            },
        );
        lock.write(&built)?;
    }
    if all {
        forget_removed(&mut lock, plugins, &built)?;
        lock.write(&built)?;
    }
    say(&format!(
        "plugins: {} built in {}",
        plugins.len(),
        human(started.elapsed())
    ));
    Ok(())
}

/// Drops what the lock knows of plugins whose sources are gone, and their components.
fn forget_removed(lock: &mut Lock, plugins: &[Plugin], built: &Path) -> Result<()> {
    let gone: Vec<String> = lock
        .plugin
        .keys()
        .filter(|name| plugins.iter().all(|plugin| plugin.name != **name))
        .cloned()
        .collect();
    for name in gone {
        if let Some(locked) = lock.plugin.remove(&name) {
            let file = built.join(locked.file);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{} cannot be removed", file.display()));
                }
                _ => say(&format!(
                    "plugins: {name} is gone from the sources, and so is its component"
                )),
            }
        }
    }
    Ok(())
}

/// Compares sources, components and lock.
fn check(repository: &Repository, plugins: &[Plugin], arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let built = repository.built();
    let lock = Lock::read(&built)?;
    let mut wrong = Vec::new();
    for plugin in plugins {
        let source = digest::sources(repository, plugin)?;
        let component = built.join(&plugin.output);
        let component = if component.is_file() {
            Some(digest::file(&component)?)
        } else {
            None
        };
        wrong.extend(lock::disagreement(
            &plugin.name,
            lock.plugin.get(&plugin.name),
            &source,
            component.as_deref(),
        ));
    }
    if arguments.names.is_empty() {
        wrong.extend(lock.strangers(plugins.iter().map(|plugin| plugin.name.as_str())));
    }
    if wrong.is_empty() && !arguments.no_rebuild {
        wrong.extend(rebuild(repository, plugins, &lock)?);
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    say(&format!(
        "plugins: {} agree with the lock, checked in {}",
        plugins.len(),
        human(started.elapsed())
    ));
    Ok(())
}

/// Builds again what the present toolchain built, and says what came out differently. Builds of JavaScript always do, a
/// little (see [`javascript`]), and are not compared.
fn rebuild(repository: &Repository, plugins: &[Plugin], lock: &Lock) -> Result<Vec<String>> {
    // A check that was asked for and can't be made is not passed; `--no-rebuild` asks for less.
    let toolchain =
        toolchain(plugins).context("the plugins can't be rebuilt (--no-rebuild compares digests alone)")?;
    let Some(toolchain) = toolchain else {
        return Ok(Vec::new());
    };
    let plugins = plugins
        .iter()
        .filter(|plugin| matches!(plugin.language, Language::Rust { .. }));
    let comparable = |plugin: &&Plugin| {
        lock.plugin
            .get(&plugin.name)
            .is_some_and(|locked| locked.toolchain == toolchain.name())
    };
    let (same, other): (Vec<&Plugin>, Vec<&Plugin>) = plugins.partition(comparable);
    if !other.is_empty() {
        let names: Vec<&str> = other.iter().map(|plugin| plugin.name.as_str()).collect();
        say(&format!(
            "plugins: not rebuilt, only digests were compared, since the lock's toolchain is not this one ({}): {}",
            toolchain.name(),
            names.join(", ")
        ));
    }
    if same.is_empty() {
        return Ok(Vec::new());
    }
    let packer = packer(repository, same.iter().copied())?;
    let folder = Scratch::new("rebuild")?;
    let mut wrong = Vec::new();
    for plugin in same {
        say(&format!("plugins: rebuilding {}", plugin.name));
        let component = folder.path().join(format!("{}.wasm", plugin.name));
        build::finished(
            repository,
            Some(&toolchain),
            packer.as_deref(),
            plugin,
            &component,
            true,
        )?;
        let rebuilt = digest::file(&component)?;
        let locked = lock
            .plugin
            .get(&plugin.name)
            .map_or("", |locked| locked.component.as_str());
        if rebuilt != locked {
            wrong.push(format!(
                "{}: building it again gives {rebuilt}, the lock has {locked}, from the same sources with the same \
                 toolchain; run `cargo xtask plugins {}` and look at what changed in the build itself",
                plugin.name, plugin.name
            ));
        }
    }
    Ok(wrong)
}
