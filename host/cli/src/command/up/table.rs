//! The table at the end of `assay up`: verdicts and times, and where they are not the expected ones.

use std::collections::BTreeSet;

use assay_domain::{ProcessStatus, Verdict};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table};
use serde_json::{Value, json};

use super::documents::Row;
use crate::failure::Exit;
use crate::output::{Format, Output, visible};

/// Shows the rows; [`Exit::Failed`] when one is not as expected.
pub(crate) fn show(rows: &[Row], output: &Output) -> Exit {
    let wrong = rows.iter().filter(|row| !row.as_expected()).count();
    match output.format {
        Format::Json => {
            let documents: Vec<Value> = rows.iter().map(Row::to_json).collect();
            output.json(
                &json!({"documents": documents, "as_expected": rows.len() - wrong, "not_as_expected": wrong}),
            );
        }
        Format::Human => human(rows, wrong, output),
    }
    if wrong == 0 { Exit::Done } else { Exit::Failed }
}

fn human(rows: &[Row], wrong: usize, output: &Output) {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if output.colour() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header([
        "client",
        "document",
        "verdict",
        "expected",
        "because",
        "plugins ms",
        "all ms",
    ]);
    for row in rows {
        let verdict = row.verdict();
        let colour = match verdict {
            "accepted" => Color::Green,
            "rejected" => Color::Red,
            _ => Color::Yellow,
        };
        let expected = if row.as_expected() {
            "as expected".to_owned()
        } else {
            format!("NOT: {}", row.expected.verdict)
        };
        let expected = Cell::new(expected);
        table.add_row([
            Cell::new(&row.client),
            Cell::new(row.file()),
            Cell::new(verdict).fg(colour),
            if row.as_expected() {
                expected
            } else {
                expected.fg(Color::Red)
            },
            Cell::new(visible(&row.because())),
            Cell::new(millis(row.plugins_us())).set_alignment(CellAlignment::Right),
            Cell::new(row.whole_us().map_or_else(|| "-".to_owned(), millis))
                .set_alignment(CellAlignment::Right),
        ]);
    }
    output.line(&table.to_string());
    let summary = if wrong == 0 {
        output.good(&format!("{} documents, all as expected", rows.len()))
    } else {
        output.bad(&format!(
            "{wrong} of {} documents are not as expected",
            rows.len()
        ))
    };
    output.line(&summary);
}

fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}

impl Row {
    /// `accepted`, `rejected`, `review`, or the status where there is no verdict.
    fn verdict(&self) -> &'static str {
        self.process
            .verdict
            .map_or(self.process.status.as_str(), Verdict::as_str)
    }

    fn rules(&self) -> BTreeSet<&str> {
        self.process
            .findings
            .iter()
            .map(|finding| finding.rule.as_str())
            .collect()
    }

    fn as_expected(&self) -> bool {
        let rules = self.rules();
        let case = self
            .process
            .error
            .as_ref()
            .and_then(|error| error.case.as_deref());
        self.verdict() == self.expected.verdict
            && self
                .expected
                .findings
                .iter()
                .all(|rule| rules.contains(rule.as_str()))
            && self
                .expected
                .error
                .as_deref()
                .is_none_or(|expected| case == Some(expected))
    }

    /// What speaks against the document: the plugin's error, or the rules that were broken.
    fn because(&self) -> String {
        match &self.process.error {
            Some(error) => match &error.case {
                Some(case) => format!("{case}: {}", error.message),
                None => format!("{}: {}", error.code, error.message),
            },
            None if self.process.findings.is_empty() && self.process.requires_review => {
                let confidence = self
                    .process
                    .overall_confidence
                    .map(|confidence| confidence.normalize().to_string());
                format!("confidence {}", confidence.unwrap_or_default())
            }
            None => self.rules().into_iter().collect::<Vec<_>>().join(", "),
        }
    }

    fn file(&self) -> &str {
        self.expected.path.rsplit('/').next().unwrap_or_default()
    }

    fn plugins_us(&self) -> u64 {
        self.process.invocations.iter().map(|call| call.duration_us).sum()
    }

    fn whole_us(&self) -> Option<u64> {
        let took = self.process.completed_at? - self.process.received_at;
        u64::try_from(took.num_microseconds()?).ok()
    }

    fn to_json(&self) -> Value {
        json!({
            "client": self.client, "document": self.expected.path, "process_id": self.process.process_id,
            "status": ProcessStatus::as_str(self.process.status), "verdict": self.process.verdict,
            "expected": self.expected.verdict, "as_expected": self.as_expected(), "why": self.expected.why,
            "findings": self.rules(), "error": self.process.error.as_ref().map(|error| &error.message),
            "plugins_us": self.plugins_us(), "whole_us": self.whole_us(), "stored_before": self.stored,
        })
    }
}
