//! Judges an invoice or credit note: the configuration's rules, then totals, tax per rate, lines, dates, parties and
//! identifiers.
//!
//! Invariant: every comparison is exact, and one that can't be made exactly is a finding; a part of a wrong type is a
//! finding; no invoice makes the plugin fail. README.md has the findings.
//!
//! Deliberately absent: what only some invoices must have (EN 16931 and national rules) and everything that needs
//! earlier invoices.

mod currency;
mod dates;
mod lines;
mod parties;
mod settings;
mod taxes;
mod totals;

use assay_plugin_sdk::{Data, PrepareError, Report, RuleSet, ValidateError, Validator, export};

use currency::Precision;
use settings::Settings;

/// An invoice's validator.
#[derive(Debug)]
struct Invoice {
    settings: Settings,
    rules: RuleSet,
}

impl Validator for Invoice {
    type Settings = Settings;
    type Rules = RuleSet;

    fn prepare(settings: Settings, rules: RuleSet) -> Result<Self, PrepareError> {
        match settings.problems() {
            problems if problems.is_empty() => Ok(Self { settings, rules }),
            problems => Err(PrepareError::Invalid(problems)),
        }
    }

    fn validate(&self, data: &Data, report: &mut Report) -> Result<(), ValidateError> {
        if !data.value().is_object() {
            return Err(ValidateError::Unsupported(
                "an invoice is a JSON object; this is something else".to_owned(),
            ));
        }
        report.judge(&self.rules, data);
        missing(data, report);
        dates::judge(data, report);
        parties::judge(data, &self.settings, report);
        let precision = Precision::of(data.at("/currency").as_text(), &self.settings);
        let lines = lines::judge(data, precision, self.settings.line_amount, report);
        taxes::judge(data, precision, &lines, report);
        totals::judge(data, precision, &lines, report);
        Ok(())
    }
}

/// What no invoice can do without.
const MANDATORY: [(&str, &str); 6] = [
    ("/id", "the invoice has no number"),
    ("/issue_date", "the invoice has no date of issue"),
    ("/currency", "the invoice names no currency"),
    ("/seller/name", "the invoice names no seller"),
    ("/buyer/name", "the invoice names no buyer"),
    ("/totals/payable", "the invoice does not say what is to be paid"),
];

fn missing(data: &Data, report: &mut Report) {
    for (pointer, message) in MANDATORY {
        let place = data.at(pointer);
        if place.is_missing() || place.as_text().is_some_and(|text| text.trim().is_empty()) {
            report.error("missing", pointer, message);
        }
    }
    let lines = data.at("/lines");
    if lines.is_missing()
        || lines
            .list()
            .is_ok_and(|list| list.is_some_and(|list| list.is_empty()))
    {
        report.error("missing", &lines, "the invoice has no lines");
    }
}

export!(Invoice as validator);

#[cfg(test)]
mod tests;
