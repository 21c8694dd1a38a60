use super::*;

const LIMITS: Limits = Limits {
    output_bytes: 1_000,
    output_items: 2,
    ..Limits::DEFAULT
};

fn raw_finding() -> types::Finding {
    types::Finding {
        rule: "totals".into(),
        severity: types::Severity::Error,
        pointer: "/lines/0/amount".into(),
        message: "wrong\nby a lot\u{1b}[2J".into(),
        expected: Some("0.30".into()),
        actual: None,
        review: false,
    }
}

fn refused(change: impl FnOnce(&mut types::Finding)) -> String {
    let mut finding = raw_finding();
    change(&mut finding);
    let raw = validation::Report {
        findings: vec![raw_finding(), finding],
        observations: Vec::new(),
    };
    report(raw, &LIMITS).unwrap_err().0
}

#[test]
fn a_finding_keeps_its_numbers_and_loses_its_control_characters() {
    let raw = validation::Report {
        findings: vec![raw_finding()],
        observations: Vec::new(),
    };
    let report = report(raw, &LIMITS).unwrap();
    assert_eq!(report.findings[0].expected.as_ref().unwrap().to_string(), "0.30");
    assert_eq!(report.findings[0].message, "wrong\\nby a lot\\u{1b}[2J");
}

#[test]
fn what_breaks_the_contract_is_named() {
    assert!(refused(|finding| finding.pointer = "lines".into()).contains("findings[1].pointer"));
    assert!(refused(|finding| finding.pointer = "/a~2".into()).contains("RFC 6901"));
    assert!(refused(|finding| finding.rule = "a\0b".into()).contains("findings[1].rule"));
    assert!(refused(|finding| finding.rule = String::new()).contains("findings[1].rule"));
    assert!(refused(|finding| finding.actual = Some("{".into())).contains("findings[1].actual"));
    assert!(refused(|finding| finding.actual = Some("1e999".into())).contains("findings[1].actual"));
    assert!(refused(|finding| finding.actual = Some("\"\\u0000\"".into())).contains("U+0000"));
    assert!(refused(|finding| finding.actual = Some("[".repeat(500) + &"]".repeat(500))).contains("64"));
    let raw = validation::Report {
        findings: vec![raw_finding(), raw_finding(), raw_finding()],
        observations: Vec::new(),
    };
    assert!(report(raw, &LIMITS).unwrap_err().0.contains("3 findings"));
}

#[test]
fn shares_are_exact_and_in_their_range() {
    for good in ["0", "1", "0.1", "1.000", "0.1234567890123456789012345678"] {
        assert!(check::share(format_args!("score"), good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "-0.1",
        "1.01",
        ".5",
        "1.",
        "5e-1",
        "0x1",
        "NaN",
        "+1",
        "0.12345678901234567890123456789",
    ] {
        assert!(check::share(format_args!("score"), bad).is_err(), "{bad}");
    }
}

#[test]
fn data_is_an_object() {
    let raw = |data: &str| extraction::Extracted {
        data: data.into(),
        confidence: "1".into(),
    };
    assert!(extracted(&raw("{\"a\":1}"), &LIMITS).is_ok());
    assert!(extracted(&raw("[]"), &LIMITS).is_err());
    assert!(extracted(&raw(&format!("{{\"a\":\"{}\"}}", "x".repeat(1_000))), &LIMITS).is_err());
}
