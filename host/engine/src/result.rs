//! What a guest returned, checked and made the domain's.
//!
//! Invariant: a value that leaves this module keeps the contract of `wit`: sizes and counts within the call's
//! limits, JSON that [`assay_domain::json::parse`] takes, exact decimals in their range, valid pointers, no NUL, and
//! messages without control characters. What breaks it is named with its place.

mod check;

use assay_domain::history::MOST_OBSERVATIONS;
use assay_domain::{Finding, Limits, Observation, Severity, Signal};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::bindings::{extraction, scoring, types, validation};
use crate::escape::message;
use check::Check;

/// What an extractor read from a document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extracted {
    /// How sure it is, 0 to 1.
    pub confidence: Decimal,
    /// The data, a JSON object.
    pub data: Value,
}

/// What a validator says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The findings, in the plugin's order.
    pub findings: Vec<Finding>,
    /// What to remember of the document.
    pub observations: Vec<Observation>,
}

/// What a scorer says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    /// 0 (nothing suspicious) to 1.
    pub score: Decimal,
    /// The reasons.
    pub signals: Vec<Signal>,
    /// What to remember of the document.
    pub observations: Vec<Observation>,
}

/// What a resolver says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Resolution {
    /// JSON, as the plugin wrote it: what it means is for whoever asked.
    pub answer: String,
}

/// The part of a configuration that a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingsPart {
    /// `settings`.
    Settings,
    /// `validation_rules`.
    Rules,
}

impl SettingsPart {
    /// The name in WIT.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Rules => "rules",
        }
    }
}

/// One thing that a plugin finds wrong with settings or rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingsProblem {
    /// In which of the two.
    pub part: SettingsPart,
    /// JSON Pointer (RFC 6901) into it.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// How a result breaks the contract: what, where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadOutput(pub(crate) String);

pub(crate) fn extracted(raw: &extraction::Extracted, limits: &Limits) -> Result<Extracted, BadOutput> {
    let check = Check::new(limits);
    let data = check.json(format_args!("data"), &raw.data)?;
    if !data.is_object() {
        return Err(BadOutput("`data` is not a JSON object".to_owned()));
    }
    Ok(Extracted {
        confidence: check::share(format_args!("confidence"), &raw.confidence)?,
        data,
    })
}

pub(crate) fn report(raw: validation::Report, limits: &Limits) -> Result<Report, BadOutput> {
    let check = Check::new(limits);
    check.count("findings", raw.findings.len())?;
    let findings = raw.findings.into_iter().enumerate();
    Ok(Report {
        findings: findings
            .map(|(index, raw)| finding(&check, index, raw))
            .collect::<Result<_, _>>()?,
        observations: observations(&check, raw.observations)?,
    })
}

pub(crate) fn score_report(raw: scoring::ScoreReport, limits: &Limits) -> Result<ScoreReport, BadOutput> {
    let check = Check::new(limits);
    check.count("signals", raw.signals.len())?;
    let score = check::share(format_args!("score"), &raw.score)?;
    let signals = raw.signals.into_iter().enumerate();
    let signals: Vec<Signal> = signals
        .map(|(index, raw)| {
            Ok(Signal {
                name: check::name(format_args!("signals[{index}].name"), raw.name)?,
                weight: check::share(format_args!("signals[{index}].weight"), &raw.weight)?,
                pointer: check::pointer(format_args!("signals[{index}].pointer"), raw.pointer)?,
                reason: message(raw.reason),
            })
        })
        .collect::<Result<_, BadOutput>>()?;
    let sum: Decimal = signals.iter().map(|signal| signal.weight).sum();
    if sum != score {
        return Err(BadOutput(format!(
            "`score` is {score} and the weights of the signals make {sum}; the score is their sum"
        )));
    }
    Ok(ScoreReport {
        score,
        signals,
        observations: observations(&check, raw.observations)?,
    })
}

pub(crate) fn resolution(answer: String, limits: &Limits) -> Result<Resolution, BadOutput> {
    let (bytes, most) = (answer.len() as u64, limits.output_bytes);
    if bytes > most {
        return Err(BadOutput(format!(
            "the answer has {bytes} bytes; `output_bytes` allows {most}"
        )));
    }
    let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&answer);
    if let Err(error) = read {
        return Err(BadOutput(format!("the answer is not JSON: {error}")));
    }
    Ok(Resolution { answer })
}

pub(crate) fn problems(raw: Vec<types::Problem>, limits: &Limits) -> Result<Vec<SettingsProblem>, BadOutput> {
    let check = Check::new(limits);
    check.count("problems", raw.len())?;
    let problem = |(index, raw): (usize, types::Problem)| {
        Ok(SettingsProblem {
            part: match raw.part {
                types::Part::Settings => SettingsPart::Settings,
                types::Part::Rules => SettingsPart::Rules,
            },
            pointer: check::pointer(format_args!("problems[{index}].pointer"), raw.pointer)?,
            message: message(raw.message),
        })
    };
    raw.into_iter().enumerate().map(problem).collect()
}

fn finding(check: &Check<'_>, index: usize, raw: types::Finding) -> Result<Finding, BadOutput> {
    let json = |field: &str, text: Option<String>| {
        text.map(|text| check.json(format_args!("findings[{index}].{field}"), &text))
            .transpose()
    };
    Ok(Finding {
        expected: json("expected", raw.expected)?,
        actual: json("actual", raw.actual)?,
        rule: check::name(format_args!("findings[{index}].rule"), raw.rule)?,
        severity: match raw.severity {
            types::Severity::Error => Severity::Error,
            types::Severity::Warning => Severity::Warning,
            types::Severity::Info => Severity::Info,
        },
        pointer: check::pointer(format_args!("findings[{index}].pointer"), raw.pointer)?,
        message: message(raw.message),
        review: raw.review,
    })
}

fn observations(check: &Check<'_>, raw: Vec<types::Observation>) -> Result<Vec<Observation>, BadOutput> {
    check.count("observations", raw.len())?;
    if raw.len() > MOST_OBSERVATIONS {
        let message = format!("{} observations are more than {MOST_OBSERVATIONS}", raw.len());
        return Err(BadOutput(message));
    }
    let observation = |(index, raw)| {
        Ok(match raw {
            types::Observation::Exact(exact) => Observation::Exact {
                name: check::bounded(format_args!("observations[{index}].name"), exact.name, 64)?,
                value: check::bounded(format_args!("observations[{index}].value"), exact.value, 256)?,
            },
            types::Observation::Near(near) => Observation::Near {
                name: check::bounded(format_args!("observations[{index}].name"), near.name, 64)?,
                bits: near.bits,
            },
            types::Observation::Value(field) => Observation::Value {
                subject: check::bounded(format_args!("observations[{index}].subject"), field.subject, 256)?,
                field: check::bounded(format_args!("observations[{index}].field"), field.field, 64)?,
                value: check::bounded(format_args!("observations[{index}].value"), field.value, 256)?,
            },
        })
    };
    raw.into_iter().enumerate().map(observation).collect()
}

#[cfg(test)]
mod tests;
