//! The configuration of a host: arguments, then the environment, then a TOML file, then defaults.
//!
//! Invariant: a secret never reaches a log or a terminal; `assay check` shows what is in effect without them.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use assay_domain::{LimitRequest, Limits};
use assay_service::QueueLimits;
use clap::{Args, ValueEnum, ValueHint};
use serde::{Deserialize, Serialize};

use crate::failure::UsageError;

/// How many plugins are kept ready.
const LOADED: NonZeroUsize = NonZeroUsize::new(256).expect("a constant above zero");

/// How log lines are written, to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For a person.
    #[default]
    Human,
    /// For a program: one JSON object a line.
    Json,
}

/// What can be set by arguments and environment.
#[derive(Default, Args)]
#[command(next_help_heading = "Host")]
pub(crate) struct HostArguments {
    /// A TOML file with these settings, named as here with `_`.
    #[arg(long, global = true, env = "ASSAY_CONFIG", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// The PostgreSQL server (15 or newer); without it `up` runs one of its own.
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) database_url: Option<String>,
    /// Most connections to the database [default: 16].
    #[arg(long, global = true, env = "ASSAY_CONNECTIONS", value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub(crate) connections: Option<u32>,
    /// Where keys, compiled plugins and the embedded database are [default: .assay].
    #[arg(long, global = true, env = "ASSAY_DATA_DIR", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where PostgreSQL's programs are, for the embedded database.
    #[arg(long, global = true, env = "ASSAY_PG_BINDIR", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) pg_bindir: Option<PathBuf>,
    /// The address to serve on [default: 127.0.0.1:8080].
    #[arg(long, global = true, env = "ASSAY_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Public keys (PEM) of those whose tokens are believed [default: the key in the data directory].
    #[arg(long = "token-key", global = true, env = "ASSAY_TOKEN_KEYS", value_name = "FILE", value_delimiter = ',', value_hint = ValueHint::FilePath)]
    pub(crate) token_keys: Vec<PathBuf>,
    /// The private key (PEM) that `token` signs with [default: the key in the data directory].
    #[arg(long, global = true, env = "ASSAY_SIGNING_KEY", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) signing_key: Option<PathBuf>,
    /// Calls of plugins that may run at the same time [default: 64].
    #[arg(long, global = true, env = "ASSAY_CONCURRENT_CALLS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) concurrent_calls: Option<u32>,
    /// Submissions that are worked on at the same time; more wait, shared out between clients [default: 8 per core].
    #[arg(long, global = true, env = "ASSAY_CONCURRENT_PROCESSES", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) concurrent_processes: Option<u32>,
    /// Submissions of one client that may wait [default: 64].
    #[arg(long, global = true, env = "ASSAY_WAITING_PROCESSES", value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) waiting_processes: Option<u32>,
    /// Milliseconds that the plugins of one client may run per second, times its weight; a minute's worth can be saved
    /// up [default: 1000 per core].
    #[arg(long, global = true, env = "ASSAY_GUEST_MS_PER_SECOND", value_name = "MS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) guest_ms_per_second: Option<u32>,
    /// Most MiB of compiled plugins that are kept in the data directory [default: 2048].
    #[arg(long, global = true, env = "ASSAY_CACHE_MIB", value_name = "MIB")]
    pub(crate) cache_mib: Option<u32>,
    /// What no call of a plugin may exceed, whatever its manifest or configuration asks for: `deadline_ms=30000`,
    /// `memory_bytes`, `output_bytes`, `output_items`, `log_bytes`, `host_calls`.
    #[arg(long = "maximum", global = true, env = "ASSAY_MAXIMUM", value_name = "LIMIT=N", value_delimiter = ',', value_parser = limit)]
    pub(crate) maximum: Vec<(String, u64)>,
    /// Most seconds of processor time that compiling a plugin may take [default: 60].
    #[arg(long, global = true, env = "ASSAY_COMPILE_CPU_S", value_name = "S", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) compile_cpu_s: Option<u32>,
    /// Most MiB of address space that compiling a plugin may take [default: 4096].
    #[arg(long, global = true, env = "ASSAY_COMPILE_MEMORY_MIB", value_name = "MIB")]
    pub(crate) compile_memory_mib: Option<u32>,
    /// Most plugins that are kept ready in memory; others are read from the data directory [default: 256].
    #[arg(long, global = true, env = "ASSAY_LOADED_PLUGINS", value_name = "N")]
    pub(crate) loaded_plugins: Option<NonZeroUsize>,
    /// Most MiB of code of the plugins that are kept ready in memory [default: 512].
    #[arg(long, global = true, env = "ASSAY_LOADED_MIB", value_name = "MIB")]
    pub(crate) loaded_mib: Option<u32>,
    /// Keys of secret settings of extensions at sites, `ID:BASE64` of 32 bytes each: the first one encrypts, all of them open.
    /// With a database of its own `up` makes one in the data directory.
    #[arg(
        long,
        global = true,
        env = "ASSAY_SECRET_KEYS",
        hide_env_values = true,
        value_name = "ID:KEY,..."
    )]
    pub(crate) secret_keys: Option<String>,
    /// How often a site that changed is kept as a snapshot by itself, for example `12h`; `off` for never [default: 1d].
    #[arg(long, global = true, env = "ASSAY_SNAPSHOT_EVERY", value_name = "DURATION|off", value_parser = every)]
    pub(crate) snapshot_every: Option<Every>,
    /// How many of such snapshots, and of those before changes, are kept per site [default: 200].
    #[arg(long, global = true, env = "ASSAY_SNAPSHOTS_KEPT", value_name = "N", value_parser = clap::value_parser!(i32).range(10..=10_000))]
    pub(crate) snapshots_kept: Option<i32>,
    /// How old an entry of a site's log is when it moves to the archive; `off` for never [default: 400d].
    #[arg(long, global = true, env = "ASSAY_ARCHIVE_AFTER", value_name = "DURATION|off", value_parser = every)]
    pub(crate) archive_after: Option<Every>,
    /// What is logged, for example `info` or `warn,assay_service=debug`.
    #[arg(long, global = true, env = "ASSAY_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// How log lines are written.
    #[arg(long, global = true, env = "ASSAY_LOG_FORMAT", value_enum)]
    pub(crate) log_format: Option<LogFormat>,
}

impl std::fmt::Debug for HostArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostArguments")
    }
}

/// What can be set by a file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    database_url: Option<String>,
    connections: Option<u32>,
    data_dir: Option<PathBuf>,
    pg_bindir: Option<PathBuf>,
    listen: Option<SocketAddr>,
    token_keys: Option<Vec<PathBuf>>,
    signing_key: Option<PathBuf>,
    concurrent_calls: Option<u32>,
    concurrent_processes: Option<u32>,
    waiting_processes: Option<u32>,
    guest_ms_per_second: Option<u32>,
    cache_mib: Option<u32>,
    maximum: LimitRequest,
    compile_cpu_s: Option<u32>,
    compile_memory_mib: Option<u32>,
    loaded_plugins: Option<NonZeroUsize>,
    loaded_mib: Option<u32>,
    secret_keys: Option<Hidden>,
    snapshot_every: Option<Every>,
    snapshots_kept: Option<i32>,
    archive_after: Option<Every>,
    log: Option<String>,
    log_format: Option<LogFormat>,
}

/// A text that is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hidden(pub(crate) String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Hidden {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// How often, or how old: seconds; none for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Every(pub(crate) Option<u64>);

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        every(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Reads a duration, or `off`.
fn every(text: &str) -> Result<Every, String> {
    if text == "off" {
        return Ok(Every(None));
    }
    let seconds = duration(text)?.as_secs();
    if (60..=3_153_600_000).contains(&seconds) {
        Ok(Every(Some(seconds)))
    } else {
        Err("write a duration of at least 1m, or off".to_owned())
    }
}

/// The configuration in effect.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Config {
    /// Its password is never shown.
    #[serde(serialize_with = "redacted")]
    pub(crate) database_url: Option<String>,
    pub(crate) connections: u32,
    pub(crate) data_dir: PathBuf,
    pub(crate) pg_bindir: Option<PathBuf>,
    pub(crate) listen: SocketAddr,
    pub(crate) token_keys: Vec<PathBuf>,
    pub(crate) signing_key: Option<PathBuf>,
    pub(crate) concurrent_calls: u32,
    pub(crate) concurrent_processes: usize,
    pub(crate) waiting_processes: usize,
    pub(crate) guest_ms_per_second: u64,
    pub(crate) cache_mib: u32,
    pub(crate) maximum: Limits,
    pub(crate) compile_cpu_s: u32,
    pub(crate) compile_memory_mib: u32,
    pub(crate) loaded_plugins: NonZeroUsize,
    pub(crate) loaded_mib: u32,
    pub(crate) secret_keys: Option<Hidden>,
    pub(crate) snapshot_every: Every,
    pub(crate) snapshots_kept: i32,
    pub(crate) archive_after: Every,
    pub(crate) log: Option<String>,
    pub(crate) log_format: LogFormat,
}

impl Config {
    /// Puts everything together.
    ///
    /// # Errors
    /// The file can't be read, or has what nobody knows.
    pub(crate) fn load(arguments: &HostArguments) -> anyhow::Result<Self> {
        let file = arguments
            .config
            .as_deref()
            .map(File::read)
            .transpose()?
            .unwrap_or_default();
        let token_keys = if arguments.token_keys.is_empty() {
            file.token_keys.unwrap_or_default()
        } else {
            arguments.token_keys.clone()
        };
        let set = |url: &String| !url.trim().is_empty();
        let queue = QueueLimits::default();
        let given = |argument: Option<u32>, file: Option<u32>, default: usize| {
            let given = argument.or(file).and_then(|given| usize::try_from(given).ok());
            given.unwrap_or(default)
        };
        Ok(Self {
            database_url: arguments.database_url.clone().filter(set).or(file.database_url),
            connections: arguments.connections.or(file.connections).unwrap_or(16),
            data_dir: arguments
                .data_dir
                .clone()
                .or(file.data_dir)
                .unwrap_or_else(|| ".assay".into()),
            pg_bindir: arguments.pg_bindir.clone().or(file.pg_bindir),
            listen: arguments
                .listen
                .or(file.listen)
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            token_keys,
            signing_key: arguments.signing_key.clone().or(file.signing_key),
            concurrent_calls: arguments.concurrent_calls.or(file.concurrent_calls).unwrap_or(64),
            concurrent_processes: given(
                arguments.concurrent_processes,
                file.concurrent_processes,
                queue.places,
            ),
            waiting_processes: given(arguments.waiting_processes, file.waiting_processes, queue.waiting),
            guest_ms_per_second: arguments
                .guest_ms_per_second
                .or(file.guest_ms_per_second)
                .map_or_else(
                    || u64::try_from(queue.guest_time.as_millis()).unwrap_or(u64::MAX),
                    u64::from,
                ),
            cache_mib: arguments.cache_mib.or(file.cache_mib).unwrap_or(2_048),
            maximum: maximum(file.maximum, &arguments.maximum)?,
            compile_cpu_s: arguments.compile_cpu_s.or(file.compile_cpu_s).unwrap_or(60),
            compile_memory_mib: arguments
                .compile_memory_mib
                .or(file.compile_memory_mib)
                .unwrap_or(4_096),
            loaded_plugins: arguments.loaded_plugins.or(file.loaded_plugins).unwrap_or(LOADED),
            loaded_mib: arguments.loaded_mib.or(file.loaded_mib).unwrap_or(512),
            secret_keys: arguments.secret_keys.clone().map(Hidden).or(file.secret_keys),
            snapshot_every: arguments
                .snapshot_every
                .or(file.snapshot_every)
                .unwrap_or(Every(Some(86_400))),
            snapshots_kept: arguments.snapshots_kept.or(file.snapshots_kept).unwrap_or(200),
            archive_after: arguments
                .archive_after
                .or(file.archive_after)
                .unwrap_or(Every(Some(400 * 86_400))),
            log: arguments.log.clone().or(file.log),
            log_format: arguments.log_format.or(file.log_format).unwrap_or_default(),
        })
    }
}

impl File {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        let wrong = |error: toml::de::Error| UsageError(format!("{}: {error}", path.display()));
        Ok(toml::from_str(&text).map_err(wrong)?)
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn redacted<S: serde::Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_deref().map(redact).serialize(serializer)
}

/// An address without its password, wherever that stands: before the `@` or among the parameters.
pub(crate) fn redact(url: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, None), |(base, query)| (base, Some(query)));
    let base = match base
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)))
    {
        Some((scheme, (user, server))) => {
            let user = user
                .split_once(':')
                .map_or(user.to_owned(), |(name, _)| format!("{name}:***"));
            format!("{scheme}://{user}@{server}")
        }
        None => base.to_owned(),
    };
    let hide = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
        _ => parameter.to_owned(),
    };
    match query {
        Some(query) => format!(
            "{base}?{}",
            query.split('&').map(hide).collect::<Vec<_>>().join("&")
        ),
        None => base,
    }
}

/// Reads `deadline_ms=2000`.
fn limit(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write LIMIT=N, for example deadline_ms=2000")?;
    let value = value
        .parse()
        .map_err(|_| format!("`{}` is no whole number", value.escape_default()))?;
    Ok((name.to_owned(), value))
}

/// The host owner's maximum: the defaults, then the file, then the arguments.
fn maximum(file: LimitRequest, arguments: &[(String, u64)]) -> anyhow::Result<Limits> {
    let given: serde_json::Map<_, _> = arguments
        .iter()
        .map(|(name, value)| (name.clone(), (*value).into()))
        .collect();
    let arguments: LimitRequest = serde_json::from_value(given.into())
        .map_err(|error| UsageError(format!("the maximum of calls: {error}")))?;
    // Nothing holds the host's owner but what the machine can do.
    let unbounded = Limits {
        deadline_ms: 3_600_000,
        memory_bytes: 1 << 32,
        output_bytes: 1 << 30,
        output_items: 10_000_000,
        log_bytes: 1 << 30,
        host_calls: 1_000_000,
    };
    for request in [&file, &arguments] {
        if let Some(problem) = request.problems(&unbounded).first() {
            let limit = problem.pointer.trim_start_matches('/');
            return Err(UsageError(format!("the maximum of {limit}: {}", problem.message)).into());
        }
    }
    Ok(Limits::MAXIMUM
        .with(&file, &unbounded)
        .with(&arguments, &unbounded))
}

/// Reads `90s`, `30m`, `12h` or `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{}` is no duration; write for example 90s, 30m, 12h or 7d",
            text.escape_default()
        )
    };
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.strip_prefix(digits).unwrap_or_default() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
