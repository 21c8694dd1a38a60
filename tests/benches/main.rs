//! Benchmarks: each row is a ratio of what Assay does to a floor that does the same without it, both measured
//! alternately within one run, so that a noisy machine troubles both alike.
//!
//! `bench [NAME…] [DOCUMENTS|TIMES]` prints a table, writes `target/bench/report.json` and ends with 1 when a row misses its limit.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops at what breaks"
)]

mod bare;
mod bulk;
mod flood;
mod fresh_call;
mod host;
mod load_cached;
mod measure;
mod memory;
mod post_process;
mod post_validate;
mod prepared_js;
mod prepared_rules;
mod resolver;
mod sample;
mod site_enable;
mod site_queries;
mod sites;

use std::path::PathBuf;
use std::process::ExitCode;

use measure::Row;

/// A name and what it measures, with so many documents, or so many times the volume, where that is asked for.
type Bench = (&'static str, fn(Option<usize>) -> Row);

/// Documents of a benchmark that counts them, when nobody says how many.
const DOCUMENTS: usize = 10_000;

/// Every benchmark. A later one is a line here.
const BENCHES: &[Bench] = &[
    ("bulk", |_| bulk::run()),
    ("flood", |_| flood::run()),
    ("flood-busy", |_| flood::run_busy()),
    ("fresh-call", |_| fresh_call::run()),
    ("fresh-findings", |_| fresh_call::run_findings()),
    ("load-cached", |_| load_cached::run()),
    ("memory", |documents| memory::run(documents.unwrap_or(DOCUMENTS))),
    ("post-process", |_| post_process::run()),
    ("post-validate", |_| post_validate::run()),
    ("prepared-js", |_| prepared_js::run()),
    ("prepared-rules", |_| prepared_rules::run()),
    ("resolve-large", |_| resolver::run_large()),
    ("resolve-sandbox", |_| resolver::run_sandbox()),
    ("resolve-site", |_| resolver::run_site()),
    ("site-enable", |_| site_enable::run()),
    ("site-queries", |times| site_queries::run(times.unwrap_or(1))),
];

fn main() -> ExitCode {
    let (numbers, wanted): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.parse::<usize>().is_ok());
    let documents = numbers.first().and_then(|number| number.parse().ok());
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !BENCHES.iter().any(|(known, _)| known == name))
    {
        let known: Vec<_> = BENCHES.iter().map(|(name, _)| *name).collect();
        eprintln!("unknown benchmark `{unknown}`; known are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let mut rows = Vec::new();
    for (name, run) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|own| own == name) {
            eprintln!("{name} …");
            rows.push(run(documents));
        }
    }
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench"));
    std::fs::create_dir_all(&folder).expect("target/bench can be made");
    let report = serde_json::to_string_pretty(&rows).expect("rows are JSON");
    std::fs::write(folder.join("report.json"), report + "\n").expect("the report can be written");
    println!(
        "{:<16} {:>12} {:>12} {:<8} {:>7} {:>7}",
        "name", "value", "floor", "unit", "ratio", "limit"
    );
    for row in &rows {
        let mark = if row.holds() { "" } else { "  MISSED" };
        println!(
            "{:<16} {:>12.2} {:>12.2} {:<8} {:>7.2} {:>7.2}{mark}",
            row.name, row.value, row.floor, row.unit, row.ratio, row.limit
        );
        for (name, figure) in &row.beside {
            println!("{:<16} {figure:>12.2}", format!("  {name}"));
        }
    }
    if rows.iter().all(Row::holds) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
