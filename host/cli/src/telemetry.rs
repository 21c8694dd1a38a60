//! Log lines, to standard error. Deliberately absent: colours, which would be control characters in files.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Config, LogFormat};
use crate::failure::UsageError;

/// Logs from now on; `quiet` is what is logged unless configured otherwise.
pub(crate) fn install(config: &Config, quiet: &str) -> anyhow::Result<()> {
    let wanted = config.log.as_deref().unwrap_or(quiet);
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        UsageError(format!(
            "`{wanted}` is no log filter: {error}; write for example `info`"
        ))
    })?;
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // What can't be written would be told on standard error too, and that panics where nobody reads it any more: a
        // host whose collector of logs is gone would close every connection.
        .log_internal_errors(false)
        .with_ansi(false)
        // Told on standard error too: where that is closed, it would panic in whatever logs.
        .log_internal_errors(false)
        .with_target(false);
    // A second subscriber is a defect of this program; the first one stays.
    let _ = match config.log_format {
        LogFormat::Human => builder.compact().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
