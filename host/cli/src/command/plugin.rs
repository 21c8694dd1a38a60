//! `assay plugin …`.

mod activate;
mod grant;
mod inspect;
mod list;
mod pack;
mod register;
mod yank;

use crate::args::PluginCommand;
use crate::config::Config;
use crate::failure::Exit;
use crate::output::Output;

pub(crate) async fn run(command: PluginCommand, config: &Config, output: &Output) -> anyhow::Result<Exit> {
    match command {
        PluginCommand::List => list::run(config, output).await,
        PluginCommand::Register(arguments) => register::run(&arguments, config, output).await,
        PluginCommand::Activate(arguments) => activate::run(&arguments, false, config, output).await,
        PluginCommand::Rollback(arguments) => activate::run(&arguments, true, config, output).await,
        PluginCommand::Grant(arguments) => grant::run(&arguments, true, config, output).await,
        PluginCommand::Revoke(arguments) => grant::run(&arguments, false, config, output).await,
        PluginCommand::Yank(arguments) => yank::run(&arguments, config, output).await,
        PluginCommand::Inspect(arguments) => inspect::run(&arguments, output).await,
        PluginCommand::Pack(arguments) => pack::run(&arguments, output).await,
    }
}
