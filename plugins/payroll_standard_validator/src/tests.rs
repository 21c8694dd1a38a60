use assay_plugin_cases::{Judged, samples};
use assay_plugin_sdk::{Decimal, testing};
use serde_json::{Value, json};

use super::Payroll;

fn slip() -> Value {
    json!({
        "employee": {"name": "Ines Roca", "id": "E-17"},
        "pay_period_start": "2026-09-01", "pay_period_end": "2026-09-30", "currency": "EUR",
        "lines": [
            {"code": "1", "description": "Base", "kind": "earning", "amount": 0.1},
            {"code": "2", "description": "Bonus", "kind": "earning", "amount": "0.2"},
            {"code": "3", "description": "Tax", "kind": "deduction", "amount": 0.05},
        ],
        "total_gross": 0.3, "total_deductions": 0.05, "total_net": 0.25,
    })
}

fn rules_of(settings: &Value, data: &Value) -> Vec<(String, String)> {
    let findings = testing::validate::<Payroll>(settings, &Value::Null, data).unwrap();
    findings
        .into_iter()
        .map(|finding| (finding.rule, finding.pointer))
        .collect()
}

#[test]
fn fixtures() {
    let cases = testing::validator_fixtures::<Payroll>(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    assert!(
        cases.as_ref().is_ok_and(|cases| *cases >= 9),
        "{}",
        cases.unwrap_err()
    );
}

#[test]
fn sums_are_exact() {
    assert_eq!(rules_of(&json!({"tolerance": "0"}), &slip()), []);
}

#[test]
fn the_tolerance_itself_is_allowed_and_no_more() {
    let mut slip = slip();
    slip["total_gross"] = json!(0.31);
    slip["total_net"] = json!(0.26);
    assert_eq!(rules_of(&json!({}), &slip), []);
    slip["total_gross"] = "0.3100001".parse::<serde_json::Number>().unwrap().into();
    let found = rules_of(&json!({}), &slip);
    assert_eq!(found, [("gross_total".to_owned(), "/total_gross".to_owned())]);
}

#[test]
fn nothing_that_is_missing_or_odd_makes_it_fail() {
    for path in [
        "lines",
        "currency",
        "total_net",
        "total_gross",
        "total_deductions",
        "pay_period_end",
    ] {
        for value in [
            Value::Null,
            json!(7),
            json!("x"),
            json!([]),
            json!({}),
            json!([null]),
            json!([[]]),
            json!(true),
        ] {
            let mut slip = slip();
            slip[path] = value;
            rules_of(&json!({"require_lines": true}), &slip);
        }
    }
    assert_eq!(rules_of(&json!({}), &json!({})), []);
    assert!(testing::validate::<Payroll>(&json!({}), &Value::Null, &json!([])).is_err());
}

#[test]
fn an_unreadable_line_is_one_finding_and_no_wrong_sum() {
    let mut slip = slip();
    slip["lines"][0]["amount"] = json!("1,00");
    assert_eq!(
        rules_of(&json!({}), &slip),
        [("type".to_owned(), "/lines/0/amount".to_owned())]
    );
}

#[test]
fn amounts_at_the_limit_of_what_is_exact_do_not_fail() {
    let mut slip = slip();
    let most: serde_json::Number = "9999999999999999999999999999".parse().unwrap();
    slip["lines"][0]["amount"] = most.clone().into();
    slip["lines"][1]["amount"] = most.into();
    slip["total_gross"] = "99999999999999999999999999999"
        .parse::<serde_json::Number>()
        .unwrap()
        .into();
    assert_eq!(
        rules_of(&json!({}), &slip),
        [("type".to_owned(), "/total_gross".to_owned())]
    );

    // Lines that add up to more digits than a decimal has are still held against the total.
    slip["total_gross"] = json!(0.3);
    assert_eq!(
        rules_of(&json!({}), &slip),
        [("gross_total".to_owned(), "/total_gross".to_owned())]
    );
}

#[test]
fn settings_are_checked_all_at_once() {
    let text = r#"{"tolerance": "-1", "max_period_days": 0}"#;
    let pointers: Vec<_> = testing::check_validator::<Payroll>(text, "")
        .into_iter()
        .map(|one| one.pointer)
        .collect();
    assert_eq!(pointers, ["/tolerance", "/max_period_days"]);
    assert_eq!(
        testing::check_validator::<Payroll>("{}", r#"[{"rule": "x"}]"#)[0].part,
        assay_plugin_sdk::Part::Rules
    );
}

#[test]
fn the_samples_end_as_they_say() {
    let judged = samples("payroll_v1", |configuration, content| {
        let data = serde_json::from_slice(&content).map_err(|error| error.to_string())?;
        let (settings, rules) = (&configuration["settings"], &configuration["validation_rules"]);
        let findings = testing::validate::<Payroll>(settings, rules, &data)?;
        Ok(Judged::Findings(findings, Decimal::ONE))
    });
    assert!(judged.unwrap_or_else(|wrong| panic!("{wrong}")) >= 7);
}
