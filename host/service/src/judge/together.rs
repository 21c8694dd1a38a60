//! The rules about several documents of a process, judged by the host.

use assay_domain::{Finding, Severity};
use assay_rules::RuleSet;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::JudgedDocument;

/// Holds the documents of a process against each other, which no plugin does: each of its calls sees one.
pub(super) fn together(rules: &RuleSet, judged: &mut [JudgedDocument], received: DateTime<Utc>) {
    let all: Vec<_> = judged.iter().map(|document| document.data.clone()).collect();
    let data: Vec<&Value> = all.iter().filter_map(Option::as_deref).collect();
    // Documents without data are none that were judged.
    if data.len() != judged.len() {
        return;
    }
    for (index, finding) in rules.evaluate_together(&data, &|| Some(received.date_naive())) {
        if let Some(document) = judged.get_mut(index) {
            document.findings.push(rule_finding(finding));
        }
    }
}

fn rule_finding(finding: assay_rules::Finding) -> Finding {
    Finding {
        rule: finding.rule,
        severity: match finding.severity {
            assay_rules::Severity::Error => Severity::Error,
            assay_rules::Severity::Warning => Severity::Warning,
            assay_rules::Severity::Info => Severity::Info,
        },
        pointer: finding.pointer,
        message: finding.message,
        expected: finding.expected,
        actual: finding.actual,
        review: false,
    }
}
