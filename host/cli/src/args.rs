//! What can be typed. Much of it can also come from the environment or a file; see [`crate::config`].

pub(crate) mod site;

use std::path::PathBuf;
use std::time::Duration;

use assay_domain::{PluginName, Role};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use rust_decimal::Decimal;
use semver::Version;
use uuid::Uuid;

use crate::config::HostArguments;
use crate::output::Format;

/// Documents in, verdicts out, decided by sandboxed plugins.
///
/// Exit codes: 0 all went well, 1 it failed or found errors, 2 it was asked for wrongly.
#[derive(Debug, Parser)]
#[command(name = "assay", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// For whom results are written. `svg` is for `resolve` and `site graph` only.
    #[arg(long, global = true, value_enum, default_value_t, env = "ASSAY_FORMAT")]
    pub(crate) format: Shown,
    #[command(flatten)]
    pub(crate) host: HostArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How a result is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// For a person.
    #[default]
    Human,
    /// For a program.
    Json,
    /// As a picture.
    Svg,
}

impl Shown {
    /// For whom whatever else there is to say is written.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Human | Self::Svg => Format::Human,
            Self::Json => Format::Json,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything: database, plugins, sample tenants with documents, service.
    Up(UpArguments),
    /// Serve the API over the database that DATABASE_URL names.
    Serve(ServeArguments),
    /// Make, show and take back the database's schema.
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Print a token.
    Token(TokenArguments),
    /// List, look at, register, put into use, yank and pack plugins.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Run a validator on files, without a database; exit code 1 when it finds errors.
    Run(RunArguments),
    /// Run a stored call of a plugin once more and say what differs; exit code 1 when something does.
    Replay(ReplayArguments),
    /// Score documents with labels and show how often the scorer's signals are right.
    Evaluate(EvaluateArguments),
    /// Find the best set of extensions for what a site asks for, or why there is none and what would mend it; exit code 1
    /// when there is none or it has conflicts.
    Resolve(ResolveArguments),
    /// Enable extensions at sites, and see what is in conflict, unsigned and changed there.
    Site(site::SiteArguments),
    /// The keys of secret settings at sites.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Show the configuration as it is in effect, without secrets, and what is wrong with it.
    Check,
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Compile the component on standard input, under limits: what a host starts to have a component compiled.
    #[command(hide = true)]
    CompileComponent(CompileArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// Most seconds of processor time.
    #[arg(long)]
    pub(crate) cpu_seconds: u64,
    /// Most bytes of address space.
    #[arg(long)]
    pub(crate) memory_bytes: u64,
}

#[derive(Debug, Args)]
pub(crate) struct UpArguments {
    /// Stop after the table; exit code 1 when a verdict is not the expected one.
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Apply missing migrations first; the address then has to be the schema owner's.
    #[arg(long, env = "ASSAY_MIGRATE")]
    pub(crate) migrate: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Apply what is missing.
    Up,
    /// Take back the newest migrations, with the data that they hold.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: usize,
        /// Don't ask.
        #[arg(long)]
        yes: bool,
    },
    /// Show which are applied; exit code 1 when some are not.
    Status,
    /// Drop everything and make it anew, empty.
    Fresh {
        /// Don't ask.
        #[arg(long)]
        yes: bool,
    },
    /// Put the sample tenants and the plugins that come with this program into the database.
    Seed,
    /// Write the two empty files of a new migration.
    New {
        /// `noun_change`, for example `documents_add_language`.
        name: String,
        /// The folder with the migrations.
        #[arg(long, default_value = "migrations", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The client: its slug or its id. Role `platform` has none.
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) client: Option<String>,
    /// `admin`, `operator`, `viewer` or `platform`.
    #[arg(long)]
    pub(crate) role: Role,
    /// For how long: `30m`, `12h`, `90d`.
    #[arg(long, default_value = "1h", value_parser = crate::config::duration)]
    pub(crate) ttl: Duration,
    /// Who it is for, as the audit log shows it.
    #[arg(long, default_value = "cli")]
    pub(crate) subject: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// List the registered plugins.
    List,
    /// Say what a plugin is: its manifest, worlds, imports, size and digest, what is wrong with it, and whether its calls
    /// start from a snapshot.
    Inspect(InspectArguments),
    /// Register releases in the database.
    Register(RegisterArguments),
    /// Take a release out of selection; where it is pinned, it stays.
    Yank(YankArguments),
    /// Put a release into use, if it loads and passes its own tests.
    Activate(ActivateArguments),
    /// Go back to a release that was in use: newer ones that are compatible with it go out of use.
    Rollback(ActivateArguments),
    /// Let a client use another client's plugin.
    Grant(GrantArguments),
    /// Take a grant back; what is pinned stays.
    Revoke(GrantArguments),
    /// Put a manifest into a component; a module for wasip1 is made a component first.
    Pack(PackArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// A file, or the name of a plugin that comes with this program.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) plugin: String,
    /// Settings to prepare it with, to see whether it starts from a snapshot: JSON or TOML; empty without it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) settings: Option<PathBuf>,
    /// Rules to prepare it with: JSON or TOML; none without it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RegisterArguments {
    /// Components, or modules for wasip1, with their manifests inside.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Only for this client (slug or id); without it for all.
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) client: Option<String>,
    /// Publish without putting into use; `assay plugin activate` does that later.
    #[arg(long)]
    pub(crate) no_activate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct YankArguments {
    /// The plugin.
    pub(crate) name: PluginName,
    /// The release's version.
    #[arg(value_name = "VERSION")]
    pub(crate) release: Version,
    /// Whose it is (slug or id); without it the platform's.
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) client: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ActivateArguments {
    /// The plugin.
    pub(crate) name: PluginName,
    /// The release's version.
    #[arg(value_name = "VERSION")]
    pub(crate) release: Version,
    /// For this client (slug or id), and about its own plugin for all who see that; without it for all.
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) client: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GrantArguments {
    /// The plugin.
    pub(crate) name: PluginName,
    /// Whose it is (slug or id).
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) client: String,
    /// Who is to use it (slug or id).
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) to: String,
}

#[derive(Debug, Args)]
pub(crate) struct PackArguments {
    /// The component, or a core module for wasip1.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// The manifest.
    #[arg(long, value_name = "plugin.toml", value_hint = ValueHint::FilePath)]
    pub(crate) manifest: PathBuf,
    /// Where the plugin is written.
    #[arg(long, value_name = "OUT.wasm", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// The invocation's id.
    pub(crate) invocation: Uuid,
    /// Whose it is (slug or id); without it all clients are asked.
    #[arg(long, value_name = "SLUG|ID")]
    pub(crate) client: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The validator: a file, or the name of a plugin that comes with this program.
    #[arg(long, value_name = "NAME|FILE.wasm")]
    pub(crate) plugin: String,
    /// What reads files that are not data; without it the ones that come with this program, by media type.
    #[arg(long, value_name = "NAME|FILE.wasm")]
    pub(crate) extractor: Option<String>,
    /// A scorer with its default settings and no history: shows score and signals, and changes no verdict.
    #[arg(long, value_name = "NAME|FILE.wasm")]
    pub(crate) scorer: Option<String>,
    /// The validator's settings: JSON or TOML.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) settings: Option<PathBuf>,
    /// Its rules: JSON or TOML.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) rules: Option<PathBuf>,
    /// The media type of all files; without it by their names and first bytes.
    #[arg(long)]
    pub(crate) media_type: Option<String>,
    /// The documents.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArguments {
    /// The scorer: a file, or the name of a plugin that comes with this program.
    #[arg(long, value_name = "NAME|FILE.wasm")]
    pub(crate) plugin: String,
    /// Its settings: JSON or TOML.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) settings: Option<PathBuf>,
    /// The score from which a document is suspected, 0 to 1.
    #[arg(long, default_value = "0.5", value_parser = share)]
    pub(crate) threshold: Decimal,
    /// List the documents whose signals are not their labels.
    #[arg(long)]
    pub(crate) list_wrong: bool,
    /// The documents, one line each: `{"id", "received", "labels": ["duplicate"], "data"}`, sorted by `received`; `-` is
    /// standard input.
    #[arg(value_name = "FILE.jsonl|-", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Say how many secrets are under which key; exit code 1 when a key is missing.
    Keys,
    /// Encrypt all that is under another key anew under the first one; afterwards the others are not needed any more. Can
    /// be cut short and run again.
    Rotate,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The entries, one line each: `{"site", "extension", "range", "configuration", "reason", "history": [{"at", "by",
    /// "action", "configuration", "reason"}]}`; `-` is standard input. An entry that was done before does nothing.
    #[arg(value_name = "FILE.jsonl|-", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Say what would happen, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Make sites that there are none of.
    #[arg(long)]
    pub(crate) make_sites: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArguments {
    /// The catalog of extensions: `{"extensions": [{"id", "version", "requires", "provides", "resources", "conflicts"}]}`; `-` is
    /// standard input.
    #[arg(long, value_name = "FILE.json|-", value_hint = ValueHint::FilePath)]
    pub(crate) catalog: PathBuf,
    /// What the site asks for: `{"site", "requested": [{"id", "range"}], "installed", "pins", "policies", "prefer"}`; `-` is
    /// standard input.
    #[arg(long, value_name = "FILE.json|-", value_hint = ValueHint::FilePath)]
    pub(crate) request: PathBuf,
    /// How ranges are read where the catalog does not say it.
    #[arg(long, value_enum)]
    pub(crate) dialect: Option<DialectName>,
    /// How many decisions may be made before the answer is `unknown`.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) budget: u64,
}

/// A dialect of ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectName {
    /// Cargo's: `1.2` is `^1.2`, a comma means "and".
    Cargo,
    /// That of node-semver: `1.2.3` is just that, a space means "and", `||` means "or".
    Node,
}

fn share(text: &str) -> Result<Decimal, String> {
    let share = text.parse::<Decimal>().ok();
    let share = share.filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share));
    share.ok_or_else(|| "write a decimal from 0 to 1, like 0.5".to_owned())
}
