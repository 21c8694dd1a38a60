//! `assay evaluate`: precision and recall of a scorer on documents with labels, without a database.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;
use assay_engine::{Engine, EngineOptions};
use assay_service::{Component, Evaluated, Evaluation, Evaluator, Figures, MAX_LINE_BYTES};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use indicatif::{ProgressBar, ProgressStyle};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::run::{signal_line, value, wrong};
use crate::args::EvaluateArguments;
use crate::config::Config;
use crate::failure::Exit;
use crate::output::{Format, Output, visible};
use crate::{builtin, wire};

pub(crate) async fn run(
    arguments: &EvaluateArguments,
    config: &Config,
    output: &Output,
) -> anyhow::Result<Exit> {
    let empty = || Value::Object(Map::new());
    let settings = arguments.settings.as_deref().map_or_else(|| Ok(empty()), value)?;
    let scorer = Component {
        name: arguments.plugin.clone(),
        bytes: builtin::plugin(&arguments.plugin)?,
    };
    let mut lines = lines(&arguments.file)?;
    let options = EngineOptions {
        concurrent_calls: config.concurrent_calls.min(1),
        ..EngineOptions::default()
    };
    let engine = Engine::new(options)?;
    let clock = wire::clock();
    let mut evaluator = Evaluator::prepare(engine, clock.as_ref(), scorer, &settings, arguments.threshold)
        .await
        .map_err(wrong)?;
    let bar = progress(output);
    let mut not_right = Vec::new();
    let mut line = Vec::new();
    while next(&mut lines, &mut line).with_context(|| format!("can't read {}", arguments.file.display()))? {
        let evaluated = evaluator
            .line(&line)
            .await
            .inspect_err(|_| bar.finish_and_clear())?;
        bar.inc(1);
        let is_wrong = |one: &Evaluated| !one.missed.is_empty() || !one.unfounded.is_empty();
        not_right.extend(evaluated.filter(|one| arguments.list_wrong && is_wrong(one)));
    }
    bar.finish_and_clear();
    let evaluation = evaluator.evaluation();
    match output.format {
        Format::Human => human(&evaluation, &not_right, output),
        Format::Json => {
            let mut shown = serde_json::to_value(&evaluation)?;
            if let (true, Some(fields)) = (arguments.list_wrong, shown.as_object_mut()) {
                fields.insert("wrong".to_owned(), json!(not_right));
            }
            output.json(&shown);
        }
    }
    Ok(Exit::Done)
}

fn lines(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The next line; false at the end. One that is too long is cut off one byte after it could be taken, and so refused.
fn next(lines: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    lines.take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', line)?;
    Ok(!line.is_empty())
}

fn progress(output: &Output) -> ProgressBar {
    if !output.interactive() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} documents scored ({per_sec})") {
        bar.set_style(style);
    }
    bar
}

fn human(evaluation: &Evaluation, not_right: &[Evaluated], output: &Output) {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).force_no_tty();
    table.set_header([
        "signal",
        "support",
        "right",
        "false",
        "missed",
        "precision",
        "recall",
    ]);
    for (name, figures) in &evaluation.signals {
        table.add_row(row(&visible(name), figures));
    }
    let any = format!("any label: score ≥ {}", evaluation.threshold.normalize());
    table.add_row(row(&any, &evaluation.score));
    output.line(&table.to_string());
    output.line(&format!("{} documents", evaluation.documents));
    for one in not_right {
        output.line(&format!(
            "{} received {} score {}{}{}",
            visible(&one.id),
            one.received.date_naive(),
            one.score.normalize(),
            listed("missed", &one.missed),
            listed("unfounded", &one.unfounded)
        ));
        for signal in &one.signals {
            output.line(&signal_line(signal, output));
        }
    }
}

fn listed(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!(", {what}: {}", visible(&names.join(", ")))
    }
}

fn row(name: &str, figures: &Figures) -> Vec<Cell> {
    let share = |share: Option<Decimal>| {
        share.map_or_else(|| "-".to_owned(), |share| format!("{:.3}", share.round_dp(3)))
    };
    let counts = [
        figures.support,
        figures.true_positives,
        figures.false_positives,
        figures.misses,
    ];
    let counts = counts.into_iter().map(|count| count.to_string());
    let shares = [share(figures.precision), share(figures.recall)];
    let numbers = counts
        .chain(shares)
        .map(|text| Cell::new(text).set_alignment(CellAlignment::Right));
    std::iter::once(Cell::new(name)).chain(numbers).collect()
}
