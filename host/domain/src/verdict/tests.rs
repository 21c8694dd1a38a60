use super::*;

fn finding(severity: Severity, review: bool) -> Finding {
    Finding {
        rule: "r".into(),
        severity,
        pointer: String::new(),
        message: String::new(),
        expected: None,
        actual: None,
        review,
    }
}

fn outcome(
    findings: &[Finding],
    score: Option<&str>,
    confidence: &str,
    hitl: bool,
) -> (&'static str, &'static str) {
    let thresholds = Thresholds {
        confidence: "0.8".parse().unwrap(),
        fraud: "0.7".parse().unwrap(),
        hitl,
    };
    let scores = score.map(|score| score.parse().unwrap());
    let decision = decide(findings, scores, confidence.parse().unwrap(), &thresholds);
    assert_eq!(decision.requires_review, decision.verdict == Verdict::Review);
    (decision.verdict.as_str(), decision.status.as_str())
}

#[test]
fn the_table_in_its_order() {
    let (error, warning) = (finding(Severity::Error, false), finding(Severity::Warning, false));
    let asks = finding(Severity::Info, true);
    assert_eq!(outcome(&[], None, "1", true), ("accepted", "completed"));
    assert_eq!(
        outcome(std::slice::from_ref(&warning), None, "1", true),
        ("accepted", "completed")
    );
    assert_eq!(
        outcome(&[warning, error.clone()], None, "1", true),
        ("rejected", "completed")
    );
    assert_eq!(
        outcome(std::slice::from_ref(&asks), None, "1", true),
        ("review", "hitl_review")
    );
    assert_eq!(
        outcome(std::slice::from_ref(&asks), None, "1", false),
        ("review", "completed")
    );
    assert_eq!(
        outcome(&[asks, error], Some("1"), "0", true),
        ("rejected", "completed")
    );
}

#[test]
fn thresholds_are_exact() {
    assert_eq!(outcome(&[], Some("0.7"), "1", true).0, "review");
    assert_eq!(outcome(&[], Some("0.6999"), "1", true).0, "accepted");
    assert_eq!(outcome(&[], None, "0.8", true).0, "accepted");
    assert_eq!(outcome(&[], None, "0.7999", true).0, "review");
}
