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
    for index in 0..3 * MAX_FINDINGS + 5 {
        report.info("many", format!("/{index}"), "one");
    }
    let (findings, _) = report.finish();
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    let last = findings.last().unwrap();
    assert_eq!(last.rule, FINDINGS_REACHED);
    assert!(last.message.starts_with("2005 more findings"), "{}", last.message);
    assert_eq!(
        (last.severity, last.review),
        (Severity::Info, false),
        "no verdict changes"
    );
    assert_eq!(
        findings[MAX_FINDINGS - 1].pointer,
        "/999",
        "the first are kept, in order"
    );
}

#[test]
fn the_most_severe_findings_are_kept() {
    let mut report = Report::new();
    for index in 0..5 * MAX_FINDINGS {
        report.info("noise", format!("/{index}"), "one").review();
    }
    report.error("wrong", "/a", "one");
    for index in 0..5 * MAX_FINDINGS {
        report.warning("noise", format!("/{index}"), "one");
    }
    report.error("wrong", "/b", "one");
    let (findings, _) = report.finish();
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    assert_eq!(
        (findings[0].pointer.as_str(), findings[0].severity),
        ("/a", Severity::Error)
    );
    assert_eq!(
        findings[MAX_FINDINGS - 1].pointer,
        "/b",
        "in the order in which they were said"
    );
    let last = findings.last().unwrap();
    assert_eq!(
        (last.severity, last.review),
        (Severity::Warning, true),
        "as what was left out"
    );
}

#[test]
fn a_report_has_a_bound_in_bytes() {
    let mut report = Report::new();
    let long = "ä".repeat(5_000);
    for index in 0..MAX_FINDINGS {
        report
            .error("long", format!("/{long}/{index}"), long.as_str())
            .expected(long.as_str())
            .actual(json!([long]));
    }
    let (findings, _) = report.finish();
    let size: usize = findings.iter().map(bytes).sum();
    assert!(size < MAX_TEXT_BYTES + 1_000, "{size}");
    assert!(findings.len() > 100, "{}", findings.len());
    let first = &findings[0];
    assert_eq!(first.pointer, "", "the place around one that is too long");
    assert!(first.message.ends_with('…') && first.message.len() < 1_100);
    for shown in [&first.expected, &first.actual] {
        let shown: serde_json::Value = serde_json::from_str(shown.as_ref().unwrap()).unwrap();
        assert!(shown.as_str().unwrap().ends_with('…'), "{shown}");
    }
    assert_eq!(findings.last().unwrap().rule, FINDINGS_REACHED);
}

#[test]
fn a_place_that_a_document_names_is_one_or_the_whole() {
    for (named, held) in [
        ("/a~1b", "/a~1b"),
        ("", ""),
        ("a/b", ""),
        ("/a~2", ""),
        ("/a\0", ""),
    ] {
        let mut report = Report::new();
        report.error("odd", named, "one");
        assert_eq!(report.finish().0[0].pointer, held, "{named:?}");
    }
}

#[test]
fn observations_that_a_host_does_not_take_are_said() {
    let mut report = Report::new();
    let exact = |value: &str| {
        Observation::Exact(crate::ExactFingerprint {
            name: "number".to_owned(),
            value: value.to_owned(),
        })
    };
    for index in 0..crate::MAX_OBSERVATIONS {
        report.observe(exact(&index.to_string()));
    }
    let (findings, observations) = report.finish();
    assert_eq!((findings.len(), observations.len()), (0, crate::MAX_OBSERVATIONS));

    let mut report = Report::new();
    for value in ["", "a\0", &"x".repeat(257), &"x".repeat(256)] {
        report.observe(exact(value));
    }
    for _ in 0..crate::MAX_OBSERVATIONS {
        report.observe(exact("same"));
    }
    let (findings, observations) = report.finish();
    assert_eq!(observations.len(), crate::MAX_OBSERVATIONS);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].rule, OBSERVATIONS_REACHED);
    assert!(
        findings[0].message.starts_with("4 observations"),
        "{}",
        findings[0].message
    );
    assert!(findings[0].review && findings[0].severity == Severity::Warning);
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
