//! What can be typed after `assay site`.

use std::path::PathBuf;

use assay_domain::{Aspect, ExtensionId, PluginName};
use clap::{Args, Subcommand, ValueHint};
use uuid::Uuid;

use super::ImportArguments;

#[derive(Debug, Args)]
pub(crate) struct SiteArguments {
    /// The client whose sites they are: its slug or its id.
    #[arg(long, global = true, value_name = "SLUG|ID", env = "ASSAY_CLIENT")]
    pub(crate) client: Option<String>,
    /// Who does it: the address or id of one of the client's users, with that user's role. Without it this program does, as
    /// an administrator who is no user and signs nothing.
    #[arg(long = "as", global = true, value_name = "EMAIL|ID")]
    pub(crate) user: Option<String>,
    #[command(subcommand)]
    pub(crate) command: SiteCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SiteCommand {
    /// List the client's sites.
    List,
    /// Make a site.
    Create {
        /// Its name.
        name: String,
        /// Say what would happen, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show a site: how it stands, and what is enabled there.
    Show(OfSite),
    /// Enable an extension, and what it needs with it; exit code 1 when that is refused.
    Enable {
        #[command(flatten)]
        of: OfExtension,
        #[command(flatten)]
        told: Told,
        #[command(flatten)]
        how: How,
    },
    /// Give an enabled extension another configuration; exit code 1 when that is refused.
    Reconfigure {
        #[command(flatten)]
        of: OfExtension,
        #[command(flatten)]
        told: Told,
        #[command(flatten)]
        how: How,
    },
    /// Disable an extension, and what is there for it alone; exit code 1 when that is refused.
    Disable {
        #[command(flatten)]
        of: OfExtension,
        #[command(flatten)]
        how: How,
    },
    /// Have another plugin resolve the site; exit code 1 when its answer does not hold.
    Resolver {
        #[command(flatten)]
        of: OfSite,
        /// A plugin of the world `resolver`.
        plugin: PluginName,
        #[command(flatten)]
        how: How,
    },
    /// Take over configurations from elsewhere, with their history; exit code 1 when an entry is refused.
    Import(ImportArguments),
    /// List conflicts that nobody resolved; exit code 1 when one of them is an error.
    Conflicts {
        #[command(flatten)]
        of: OfSite,
        /// All that there ever were.
        #[arg(long)]
        all: bool,
    },
    /// Resolve an open conflict with notes.
    ResolveConflict {
        #[command(flatten)]
        of: OfSite,
        /// The conflict's id, as `assay site conflicts` shows it.
        conflict: String,
        /// What was done or decided.
        #[arg(long)]
        notes: String,
        /// Say what would happen, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Sign an aspect of the current version of an extension's configuration, as the user that --as names.
    Sign {
        #[command(flatten)]
        of: OfExtension,
        /// What of it.
        aspect: Aspect,
        /// The version that was looked at, as `assay site show` shows it.
        #[arg(long, value_name = "NUMBER")]
        config_version: i32,
        /// What the signer says.
        #[arg(long)]
        notes: Option<String>,
        /// Say what would happen, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List what nobody has signed; exit code 1 when there is anything.
    Unsigned(OfSite),
    /// Show what happened at a site, or to one extension there, newest first.
    Log {
        #[command(flatten)]
        of: OfSite,
        /// Of this extension alone.
        extension: Option<ExtensionId>,
        /// At most this many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
    },
    /// Keep a site as it is now.
    Snapshot {
        #[command(flatten)]
        of: OfSite,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        /// Say what would happen, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List a site's snapshots.
    Snapshots(OfSite),
    /// Show what differs from one snapshot to another.
    Diff {
        #[command(flatten)]
        of: OfSite,
        /// Before.
        before: Uuid,
        /// After.
        after: Uuid,
    },
    /// Have a site be as a snapshot shows it; exit code 1 when that is refused.
    Rollback {
        #[command(flatten)]
        of: OfSite,
        /// The snapshot.
        snapshot: Uuid,
        #[command(flatten)]
        how: How,
    },
    /// Draw what is enabled and what it depends on, conflicts in red, as SVG.
    Graph(OfSite),
}

/// A site.
#[derive(Debug, Args)]
pub(crate) struct OfSite {
    /// The site: its name or its id.
    #[arg(value_name = "SITE")]
    pub(crate) site: String,
}

/// An extension at a site.
#[derive(Debug, Args)]
pub(crate) struct OfExtension {
    /// The site: its name or its id.
    #[arg(value_name = "SITE")]
    pub(crate) site: String,
    /// The extension's id: a plugin's name with `-` for `_`.
    pub(crate) extension: ExtensionId,
}

/// What an extension is told.
#[derive(Debug, Args)]
pub(crate) struct Told {
    /// Which of its releases will do, in Cargo's syntax.
    #[arg(long)]
    pub(crate) range: Option<String>,
    /// Its configuration: JSON or TOML; `-` is JSON from standard input. Empty without it.
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) settings: Option<PathBuf>,
}

/// How a change is made.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// Say what would happen, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go ahead in spite of conflicts that are errors; needs --reason.
    #[arg(long, requires = "reason")]
    pub(crate) force: bool,
    /// Why; the log shows it.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Prefer the newest versions of everything to changing as little as possible.
    #[arg(long)]
    pub(crate) newest: bool,
    /// Only if the site is at this revision.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) revision: Option<i64>,
}
