use serde_json::json;

use super::*;

#[test]
fn a_finding_carries_what_was_said() {
    let mut report = Report::new();
    report
        .warning("late", "/due", "it is late")
        .expected("2025-01-01")
        .actual(crate::Decimal::new(1230, 2))
        .review();
    let (findings, _) = report.finish();
    assert_eq!(findings[0].expected.as_deref(), Some("\"2025-01-01\""));
    assert_eq!(findings[0].actual.as_deref(), Some("12.30"));
    assert!(findings[0].review);
    assert_eq!(findings[0].severity, Severity::Warning);
}

#[test]
fn an_unreadable_value_is_said_once() {
    let data = Data::from(json!({"total": "a lot"}));
    let mut report = Report::new();
    assert_eq!(report.read(data.at("/total").amount()), None);
    assert_eq!(report.read(data.at("/total").amount()), None);
    assert_eq!(report.read(data.at("/other").amount()), None);
    let (findings, _) = report.finish();
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].rule.as_str(), findings[0].pointer.as_str()),
        (TYPE_RULE, "/total")
    );
}

#[test]
fn too_many_findings_are_counted_and_said() {
    let mut report = Report::new();
    for index in 0..MAX_FINDINGS + 5 {
        report.info("many", format!("/{index}"), "one").review();
    }
    let (findings, _) = report.finish();
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    let last = findings.last().unwrap();
    assert_eq!(last.rule, FINDINGS_REACHED);
    assert!(last.message.ends_with("5 were left out"), "{}", last.message);
}

#[test]
fn the_rules_speak_for_themselves() {
    let rules = RuleSet::parse(&json!([
        {"id": "net", "field": "net", "rule": "less_than_or_equal", "compare_to": "gross", "severity": "warning"},
        {"id": "future", "field": "day", "rule": "date_not_in_future"},
    ]))
    .unwrap();
    let data = Data::from(json!({"net": 2, "gross": 1, "day": "2020-01-01"}));
    let mut report = Report::new();
    report.judge(&rules, &data);
    let (findings, _) = report.finish();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        (findings[0].rule.as_str(), findings[0].severity),
        ("net", Severity::Warning)
    );
    assert_eq!(findings[0].actual.as_deref(), Some("2"));
}
