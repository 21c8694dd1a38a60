//! One file per command.

mod check;
pub(crate) mod compile_component;
mod completions;
mod evaluate;
mod import;
mod migrate;
mod openapi;
mod plugin;
mod replay;
mod resolve;
mod run;
mod secrets;
mod serve;
mod site;
mod token;
mod up;

use crate::args::site::SiteCommand;
use crate::args::{Arguments, Command, Shown};
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::Output;
use crate::telemetry;

/// Does what was asked for.
pub(crate) async fn run(arguments: Arguments, output: &Output) -> anyhow::Result<Exit> {
    let drawn = match &arguments.command {
        Command::Resolve(_) => true,
        Command::Site(site) => matches!(site.command, SiteCommand::Graph(_)),
        _ => false,
    };
    if arguments.format == Shown::Svg && !drawn {
        return Err(UsageError(
            "only `assay resolve` and `assay site graph` have a picture; write --format human or json"
                .to_owned(),
        )
        .into());
    }
    let config = Config::load(&arguments.host)?;
    let quiet = if matches!(arguments.command, Command::Serve(_)) {
        "info"
    } else {
        "warn"
    };
    telemetry::install(&config, quiet)?;
    match arguments.command {
        Command::Up(arguments) => up::run(&arguments, &config, output).await,
        Command::Serve(arguments) => serve::run(&arguments, &config, output).await,
        Command::Migrate(command) => migrate::run(command, &config, output).await,
        Command::Token(arguments) => token::run(&arguments, &config, output).await,
        Command::Plugin(command) => plugin::run(command, &config, output).await,
        Command::Run(arguments) => run::run(&arguments, &config, output).await,
        Command::Replay(arguments) => replay::run(&arguments, &config, output).await,
        Command::Evaluate(arguments) => evaluate::run(&arguments, &config, output).await,
        Command::Resolve(resolved) => resolve::run(&resolved, arguments.format, output),
        Command::Site(site) => site::run(&site, arguments.format, &config, output).await,
        Command::Secrets(command) => secrets::run(&command, &config, output).await,
        Command::Check => check::run(&config, output),
        Command::Completions { shell } => Ok(completions::run(shell)),
        Command::Openapi => Ok(openapi::run(output)),
        Command::CompileComponent(arguments) => Ok(compile_component::run(&arguments)),
    }
}
