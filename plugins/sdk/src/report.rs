//! What a validator says, in the making.
//!
//! Invariant: a document with a hundred thousand wrong lines ends in a verdict and not in a refused result: at most
//! [`MAX_FINDINGS`] findings of [`MAX_TEXT_BYTES`] are kept, the most severe first. One more says that others were left
//! out; it weighs what they weighed, so that leaving them out never changes the verdict.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use assay_rules::RuleSet;
use serde_json::Value;

use crate::bounds::{self, MAX_TEXT_BYTES, OBSERVATIONS_REACHED, Observations};
use crate::{Data, Finding, Observation, Severity, Unreadable, clock};

/// Findings of one report.
pub const MAX_FINDINGS: usize = bounds::MAX_ITEMS;

/// `rule` of the finding that says that others were left out, as in the rule language.
pub const FINDINGS_REACHED: &str = assay_rules::limits::FINDINGS_REACHED;

/// `rule` of a finding about a value that is not of the type that a plugin needs.
pub const TYPE_RULE: &str = "type";

/// The findings and observations so far.
#[derive(Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    observations: Observations,
    /// Places that were said to be unreadable; a value that two checks need is reported once.
    unreadable: BTreeSet<String>,
    left_out: LeftOut,
}

/// What was too much.
#[derive(Debug, Default)]
struct LeftOut {
    count: usize,
    worst: Option<Severity>,
    review: bool,
}

impl Report {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that the document is wrong: it is rejected.
    pub fn error(&mut self, rule: &str, at: impl AsRef<str>, message: impl Into<String>) -> FindingDraft<'_> {
        self.say(Severity::Error, rule, at, message)
    }

    /// Says that the document is doubtful: it is accepted and this is shown.
    pub fn warning(
        &mut self,
        rule: &str,
        at: impl AsRef<str>,
        message: impl Into<String>,
    ) -> FindingDraft<'_> {
        self.say(Severity::Warning, rule, at, message)
    }

    /// Says something that never changes a verdict.
    pub fn info(&mut self, rule: &str, at: impl AsRef<str>, message: impl Into<String>) -> FindingDraft<'_> {
        self.say(Severity::Info, rule, at, message)
    }

    /// Says something with a severity that is known only now.
    pub fn say(
        &mut self,
        severity: Severity,
        rule: &str,
        at: impl AsRef<str>,
        message: impl Into<String>,
    ) -> FindingDraft<'_> {
        self.push(Finding {
            rule: rule.to_owned(),
            severity,
            pointer: at.as_ref().to_owned(),
            message: message.into(),
            expected: None,
            actual: None,
            review: false,
        })
    }

    /// The value that was read, or an error finding [`TYPE_RULE`] at its place if it is not of the type needed:
    /// `report.read(data.at("/total").amount())`. Nothing for something missing.
    pub fn read<T>(&mut self, value: Result<Option<T>, Unreadable>) -> Option<T> {
        let wrong = match value {
            Ok(value) => return value,
            Err(wrong) => wrong,
        };
        if self.unreadable.insert(wrong.pointer.clone()) {
            self.error(TYPE_RULE, &wrong.pointer, wrong.message)
                .expected(wrong.expected)
                .actual(wrong.actual);
        }
        None
    }

    /// Judges the document by the configuration's rules, as of the day when it was received.
    pub fn judge(&mut self, rules: &RuleSet, data: &Data) {
        if rules.is_empty() {
            return;
        }
        let today = LazyCell::new(clock::today);
        for finding in rules.evaluate_on(data.value(), &|| *today) {
            self.push(Finding {
                rule: finding.rule,
                severity: severity(finding.severity),
                pointer: finding.pointer,
                message: finding.message,
                expected: finding.expected.map(|value| value.to_string()),
                actual: finding.actual.map(|value| value.to_string()),
                review: false,
            });
        }
    }

    /// Asks the host to remember something of the document. At most
    /// [`MAX_OBSERVATIONS`](crate::MAX_OBSERVATIONS) are taken, within the sizes of `wit/plugin-v1`; the report says so
    /// where others were left out.
    pub fn observe(&mut self, observation: Observation) {
        self.observations.add(observation);
    }

    /// The findings that are kept so far, in the order in which they were said.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing of severity error was said so far.
    pub fn is_clean(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }

    /// Everything that was said, within the bounds.
    pub fn finish(mut self) -> (Vec<Finding>, Vec<Observation>) {
        let (observations, said) = self.observations.finish();
        if let Some(message) = said {
            // What can't be remembered would not be recognised again, so somebody has to look now.
            self.findings.push(Finding {
                review: true,
                ..about_the_report(OBSERVATIONS_REACHED, Severity::Warning, message)
            });
        }
        self.left_out.cut(&mut self.findings);
        if let Some(worst) = self.left_out.worst {
            let message = format!(
                "{} more findings were left out; a report has at most {MAX_FINDINGS}, with {MAX_TEXT_BYTES} bytes of text",
                self.left_out.count
            );
            self.findings.push(Finding {
                review: self.left_out.review,
                ..about_the_report(FINDINGS_REACHED, worst, message)
            });
        }
        (self.findings, observations)
    }

    fn push(&mut self, finding: Finding) -> FindingDraft<'_> {
        // Cut now and then, not each time: a draft is completed after it was pushed.
        if self.findings.len() >= 2 * MAX_FINDINGS {
            self.left_out.cut(&mut self.findings);
        }
        self.findings.push(finding);
        FindingDraft {
            finding: self.findings.last_mut(),
        }
    }
}

impl LeftOut {
    /// Holds findings to the bounds and notes what that takes away.
    fn cut(&mut self, findings: &mut Vec<Finding>) {
        for finding in findings.iter_mut() {
            bounds::sentence(&mut finding.message);
            bounds::pointer(&mut finding.pointer);
            bounds::shown(&mut finding.expected);
            bounds::shown(&mut finding.actual);
        }
        for finding in bounds::cut(findings, |finding| weight(finding.severity), bytes) {
            self.count += 1;
            self.review |= finding.review;
            if self
                .worst
                .is_none_or(|worst| weight(worst) < weight(finding.severity))
            {
                self.worst = Some(finding.severity);
            }
        }
    }
}

fn about_the_report(rule: &str, severity: Severity, message: String) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        pointer: String::new(),
        message,
        expected: None,
        actual: None,
        review: false,
    }
}

/// The more severe, the more.
fn weight(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 2,
        Severity::Warning => 1,
        Severity::Info => 0,
    }
}

fn bytes(finding: &Finding) -> usize {
    let shown = |json: &Option<String>| json.as_ref().map_or(0, String::len);
    finding.rule.len()
        + finding.pointer.len()
        + finding.message.len()
        + shown(&finding.expected)
        + shown(&finding.actual)
}

fn severity(severity: assay_rules::Severity) -> Severity {
    match severity {
        assay_rules::Severity::Error => Severity::Error,
        assay_rules::Severity::Warning => Severity::Warning,
        assay_rules::Severity::Info => Severity::Info,
    }
}

/// A finding that was said, to be completed.
#[derive(Debug)]
pub struct FindingDraft<'r> {
    finding: Option<&'r mut Finding>,
}

impl FindingDraft<'_> {
    /// What should have been there; an `Option` that is `None` says nothing.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding was said; the rest is optional"
    )]
    pub fn expected(self, value: impl IntoShown) -> Self {
        self.with(|finding| finding.expected = value.into_shown())
    }

    /// What was there.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding was said; the rest is optional"
    )]
    pub fn actual(self, value: impl IntoShown) -> Self {
        self.with(|finding| finding.actual = value.into_shown())
    }

    /// Asks for a person to look, whatever the severity.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding was said; the rest is optional"
    )]
    pub fn review(self) -> Self {
        self.with(|finding| finding.review = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = self.finding.as_deref_mut() {
            change(finding);
        }
        self
    }
}

/// A value that a finding shows: JSON, text, or an exact amount.
pub trait IntoShown {
    /// As JSON text.
    fn into_shown(self) -> Option<String>;
}

impl IntoShown for Option<Value> {
    fn into_shown(self) -> Option<String> {
        self.map(|value| value.to_string())
    }
}

impl IntoShown for Value {
    fn into_shown(self) -> Option<String> {
        Some(self.to_string())
    }
}

impl IntoShown for &str {
    fn into_shown(self) -> Option<String> {
        Some(Value::from(self).to_string())
    }
}

impl IntoShown for String {
    fn into_shown(self) -> Option<String> {
        Some(Value::from(self).to_string())
    }
}

impl IntoShown for crate::Decimal {
    fn into_shown(self) -> Option<String> {
        Some(self.to_string())
    }
}

impl IntoShown for crate::decimal::Sum {
    fn into_shown(self) -> Option<String> {
        // A sum of more digits than a host takes as a number is shown as text.
        match crate::decimal::of(&self.to_value()) {
            Ok(_) => Some(self.to_string()),
            Err(_) => self.to_string().into_shown(),
        }
    }
}

impl IntoShown for chrono::NaiveDate {
    fn into_shown(self) -> Option<String> {
        Some(Value::from(self.to_string()).to_string())
    }
}

#[cfg(test)]
mod tests;
