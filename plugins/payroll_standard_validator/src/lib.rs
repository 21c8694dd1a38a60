//! Judges a payslip: the configuration's rules, then lines to totals, the pay period, duplicates and the currency.
//!
//! Invariant: a part that is missing is not judged, a part of a wrong type is a finding, and no payslip makes the
//! plugin fail. README.md has the shape and the findings.
//!
//! Deliberately absent: rates, taxes and anything that a law may change; that is for the configuration's rules.

mod lines;
mod period;
mod totals;

use assay_plugin_sdk::settings::decimal;
use assay_plugin_sdk::{
    Data, Decimal, Part, PrepareError, Problem, Report, RuleSet, ValidateError, Validator, export,
};

const MAX_PERIOD_DAYS: u32 = 3660;

/// A payslip's validator.
#[derive(Debug)]
struct Payroll {
    settings: Settings,
    rules: RuleSet,
}

/// What a configuration may set.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    #[serde(with = "decimal")]
    tolerance: Decimal,
    max_period_days: u32,
    require_lines: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance: Decimal::new(1, 2),
            max_period_days: 31,
            require_lines: false,
        }
    }
}

impl Settings {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |pointer: &str, message: String| {
            problems.push(Problem {
                part: Part::Settings,
                pointer: pointer.to_owned(),
                message,
            });
        };
        if self.tolerance.is_sign_negative() {
            add(
                "/tolerance",
                "the tolerance is negative; write 0 to allow no difference".to_owned(),
            );
        }
        if !(1..=MAX_PERIOD_DAYS).contains(&self.max_period_days) {
            add(
                "/max_period_days",
                format!("{} is not from 1 to {MAX_PERIOD_DAYS}", self.max_period_days),
            );
        }
        problems
    }
}

impl Validator for Payroll {
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
                "a payslip is a JSON object; this is something else".to_owned(),
            ));
        }
        report.judge(&self.rules, data);
        let period = period::judge(data, &self.settings, report);
        let lines = lines::judge(data, &self.settings, period, report);
        totals::judge(data, &self.settings, lines.as_ref(), report);
        Ok(())
    }
}

export!(Payroll as validator);

#[cfg(test)]
mod tests;
