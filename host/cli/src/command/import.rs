//! `assay site import`: a client's configurations from elsewhere, one entry of JSON a line. The format is in
//! `assay_service::sites` (`import`).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;
use assay_domain::Actor;
use assay_service::Services;
use assay_service::sites::{EntryReport, ImportOptions, ImportOutcome, LARGEST_ENTRY};
use serde::Serialize;
use serde_json::json;

use crate::args::ImportArguments;
use crate::args::site::SiteArguments;
use crate::config::Config;
use crate::failure::{Exit, UsageError};
use crate::output::{Format, Output, visible};
use crate::wire;

/// Entries that are done in one go.
const BATCH: usize = 500;

/// Bytes of entries that are held at one time.
const BATCH_BYTES: usize = 16 << 20;

/// Most refused entries that are listed.
const MOST_LISTED: usize = 1_000;

#[derive(Default, Serialize)]
struct Summary {
    entries: u64,
    outcomes: BTreeMap<ImportOutcome, u64>,
    refused: Vec<EntryReport>,
    refused_not_listed: u64,
}

pub(crate) async fn run(
    arguments: &ImportArguments,
    site: &SiteArguments,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let summary = wire::on_store(config, output, async |store| {
        let actor = super::site::actor(store, site).await?;
        let services = wire::services(config, store.clone())?;
        import(arguments, &services, &actor, output).await
    })
    .await?;
    match output.format {
        Format::Json => output.json(&json!({"dry_run": arguments.dry_run, "summary": summary})),
        Format::Human => human(&summary, output),
    }
    Ok(if summary.refused.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

async fn import(
    arguments: &ImportArguments,
    services: &Services,
    actor: &Actor,
    output: &Output,
) -> anyhow::Result<Summary> {
    let mut reader = open(&arguments.file)?;
    let options = ImportOptions {
        dry_run: arguments.dry_run,
        make_sites: arguments.make_sites,
    };
    let (mut summary, mut line, mut at_end) = (Summary::default(), 0_u64, false);
    while !at_end {
        let (mut batch, mut lines, mut bytes) = (Vec::new(), Vec::new(), 0);
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some(entry) = next(&mut reader)? else {
                at_end = true;
                break;
            };
            line += 1;
            if entry.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            bytes += entry.len();
            batch.push(entry);
            lines.push(line);
        }
        for mut report in services.import_sites(actor, 0, &batch, &options).await? {
            let place = usize::try_from(report.line).unwrap_or(usize::MAX);
            report.line = lines.get(place).copied().unwrap_or_default();
            summary.entries += 1;
            *summary.outcomes.entry(report.outcome).or_default() += 1;
            if report.outcome == ImportOutcome::Refused {
                if summary.refused.len() < MOST_LISTED {
                    summary.refused.push(report);
                } else {
                    summary.refused_not_listed += 1;
                }
            }
        }
        if output.interactive() && !batch.is_empty() {
            output.note(&format!("{} entries", summary.entries));
        }
    }
    Ok(summary)
}

fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = std::fs::File::open(path)
        .map_err(|error| UsageError(format!("can't read {}: {error}", path.display())))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The next line. One that is too long is read to its end and kept only as far as it takes to refuse it.
fn next(reader: &mut (impl BufRead + ?Sized)) -> anyhow::Result<Option<Vec<u8>>> {
    let most = LARGEST_ENTRY + 2;
    let mut line = Vec::new();
    let read = reader.take(u64::try_from(most)?).read_until(b'\n', &mut line);
    if read.context("the entries can't be read on")? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() >= most {
        reader.skip_until(b'\n').context("the entries can't be read on")?;
    }
    Ok(Some(line))
}

fn human(summary: &Summary, output: &Output) {
    for report in &summary.refused {
        let of = |text: &Option<String>| text.as_deref().map_or_else(|| "?".to_owned(), visible);
        output.line(&format!(
            "{} line {}: `{}` at `{}`",
            output.bad("refused"),
            report.line,
            of(&report.extension),
            of(&report.site)
        ));
        for problem in &report.problems {
            output.line(&format!(
                "  {} {}",
                visible(&problem.pointer),
                visible(&problem.message)
            ));
        }
    }
    if summary.refused_not_listed > 0 {
        output.line(&format!(
            "and {} more that are refused",
            summary.refused_not_listed
        ));
    }
    let counts = summary.outcomes.iter().map(|(outcome, count)| {
        let name = match outcome {
            ImportOutcome::Imported => "imported",
            ImportOutcome::Unchanged => "there already",
            ImportOutcome::DoneBefore => "done before",
            ImportOutcome::Refused => "refused",
        };
        format!("{count} {name}")
    });
    let counts: Vec<_> = counts.collect();
    output.line(&format!("{} entries: {}", summary.entries, counts.join(", ")));
}
