//! `assay migrate …`.

mod create;

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use assay_store::migrate;
use serde_json::json;

use crate::args::MigrateCommand;
use crate::config::{Config, redact};
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output};
use crate::wire::{self, Database};

pub(crate) async fn run(command: MigrateCommand, config: &Config, output: &Output) -> anyhow::Result<Exit> {
    if let MigrateCommand::New { name, dir } = &command {
        return create::run(name, dir, output);
    }
    let database = Database::open(config, output).await?;
    let done = within(command, &database.url, config, output).await;
    database.close().await?;
    done
}

async fn within(
    command: MigrateCommand,
    url: &str,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    match command {
        MigrateCommand::Up => {
            let applied = migrate::up(url).await?;
            count(output, "applied", applied);
        }
        MigrateCommand::Down { steps, yes } => {
            confirm(
                url,
                yes,
                &format!("{steps} migration(s) will be taken back, with the data that they hold"),
            )?;
            let taken = migrate::down(url, steps).await?;
            count(output, "taken back", taken);
        }
        MigrateCommand::Fresh { yes } => {
            confirm(url, yes, "everything will be dropped")?;
            let applied = migrate::fresh(url, &database_name(url)?).await?;
            count(output, "applied", applied);
        }
        MigrateCommand::Status => return status(url, output).await,
        MigrateCommand::Seed => {
            migrate::up(url).await?;
            let store = wire::store(config, url).await?;
            let services = wire::services(config, store.clone())?;
            let seeded = super::up::seed(&services, &store, output).await?;
            store.close().await;
            count(output, "tenants", seeded);
        }
        // Handled before a database is opened.
        MigrateCommand::New { .. } => {}
    }
    Ok(Exit::Done)
}

fn count(output: &Output, what: &str, number: usize) {
    match output.format {
        Format::Json => output.json(&json!({what: number})),
        Format::Human => output.line(&format!("{what}: {number}")),
    }
}

async fn status(url: &str, output: &Output) -> anyhow::Result<Exit> {
    let migrations = migrate::status(url).await?;
    let missing = migrations.iter().filter(|migration| !migration.applied).count();
    match output.format {
        Format::Json => {
            let rows = migrations.iter().map(|migration| {
                json!({"version": migration.version, "description": migration.description, "applied": migration.applied})
            });
            output.json(
                &json!({"database": redact(url), "missing": missing, "migrations": rows.collect::<Vec<_>>()}),
            );
        }
        Format::Human => {
            for migration in &migrations {
                let state = if migration.applied {
                    output.good("applied")
                } else {
                    output.odd("missing")
                };
                output.line(&format!(
                    "{} {state} {}",
                    migration.version, migration.description
                ));
            }
            if missing > 0 {
                output.note(&format!("{missing} missing; `assay migrate up` applies them"));
            }
        }
    }
    Ok(if missing == 0 { Exit::Done } else { Exit::Failed })
}

/// Asks a person to type the database's name; a program has to say `--yes`.
fn confirm(url: &str, yes: bool, what: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(UsageError(format!("{what}; say --yes")).into());
    }
    let name = database_name(url)?;
    let question = format!(
        "{what} in {}.\nType the database's name, {name}, to go on: ",
        redact(url)
    );
    std::io::Write::write_all(&mut std::io::stderr(), question.as_bytes())?;
    let mut typed = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut typed)
        .context("can't read the answer")?;
    if typed.trim() == name {
        Ok(())
    } else {
        Err(UsageError("nothing was changed".to_owned()).into())
    }
}

fn database_name(url: &str) -> anyhow::Result<String> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split('?').next().unwrap_or_default();
    let name = path
        .rsplit_once('/')
        .map(|(_, name)| name)
        .filter(|name| !name.is_empty());
    name.map(str::to_owned)
        .ok_or_else(|| UsageError("the database's address names no database".to_owned()).into())
}
