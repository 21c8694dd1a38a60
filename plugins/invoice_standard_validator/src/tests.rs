use assay_plugin_cases::{Judged, official_examples, official_tests, samples};
use assay_plugin_sdk::{Document, ExtractError, Extracted, Extractor, Part, Severity, testing};
use serde_json::{Number, Value, json};

use ubl_invoice_extractor::UblInvoice;

use super::Invoice;

fn number(text: &str) -> Value {
    text.parse::<Number>().unwrap().into()
}

fn invoice() -> Value {
    json!({
        "id": "1", "issue_date": "2026-09-30", "currency": "EUR",
        "seller": {"name": "Talleres Roca S.L.", "vat_id": "ESB58378431"},
        "buyer": {"name": "Acme Corp B.V.", "vat_id": "NL004495445B01"},
        "taxes": [{"taxable_amount": 0.3, "tax_amount": 0.06, "category": "S", "percent": 21}],
        "tax_total": 0.06,
        "totals": {"lines": 0.3, "tax_exclusive": 0.3, "tax_inclusive": 0.36, "payable": 0.36},
        "lines": [
            {"id": "1", "quantity": 1, "amount": 0.1, "item": {"name": "a", "tax_category": "S", "tax_percent": "21.0"}, "price": {"amount": 0.1}},
            {"id": "2", "quantity": 3, "amount": 0.2, "item": {"name": "b", "tax_category": "S", "tax_percent": 21}, "price": {"amount": 2, "base_quantity": 30}},
        ],
    })
}

fn found(settings: &Value, invoice: &Value) -> Vec<(String, String)> {
    let findings = testing::validate::<Invoice>(settings, &Value::Null, invoice).unwrap();
    findings
        .into_iter()
        .map(|finding| (finding.rule, finding.pointer))
        .collect()
}

fn one(rule: &str, pointer: &str) -> Vec<(String, String)> {
    vec![(rule.to_owned(), pointer.to_owned())]
}

#[test]
fn fixtures() {
    let cases = testing::validator_fixtures::<Invoice>(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    assert!(
        cases.as_ref().is_ok_and(|cases| *cases >= 15),
        "{}",
        cases.unwrap_err()
    );
}

#[test]
fn sums_and_products_are_exact() {
    let strict = json!({"tolerance": "0.003", "line_tolerance": 0});
    assert_eq!(found(&strict, &invoice()), []);
    let mut wrong = invoice();
    wrong["lines"][1]["price"]["amount"] = number("2.0000000000000000001");
    assert_eq!(found(&strict, &wrong), one("line_amount", "/lines/1/amount"));
}

#[test]
fn huge_numbers_switch_no_check_off() {
    let mut huge = invoice();
    huge["lines"][0]["price"]["amount"] = number("9999999999999999999999999999");
    huge["lines"][0]["quantity"] = number("9999999999999999999999999999");
    assert_eq!(found(&json!({}), &huge), one("inexact", "/lines/0/amount"));

    let mut huge = invoice();
    huge["taxes"][0]["percent"] = number("21.00000000000000000000000001");
    huge["taxes"][0]["taxable_amount"] = number("0.3000000000001");
    let rules: Vec<_> = found(&json!({}), &huge)
        .into_iter()
        .map(|(rule, _)| rule)
        .collect();
    assert!(rules.contains(&"inexact".to_owned()), "{rules:?}");

    let mut huge = invoice();
    for line in 0..2 {
        huge["lines"][line]["amount"] = number("9999999999999999999999999999");
        huge["lines"][line]["price"] = Value::Null;
    }
    let rules: Vec<_> = found(&json!({}), &huge)
        .into_iter()
        .map(|(rule, _)| rule)
        .collect();
    assert_eq!(rules, ["tax_rate_base", "lines_total"]);
}

#[test]
fn one_wrong_total_is_one_finding() {
    for (name, rule) in [("lines", "lines_total"), ("payable", "payable")] {
        let mut wrong = invoice();
        wrong["totals"][name] = json!(9);
        assert_eq!(
            found(&json!({}), &wrong)[0],
            (rule.to_owned(), format!("/totals/{name}"))
        );
    }
    let mut wrong = invoice();
    wrong["totals"]["allowances"] = json!(0.1);
    let all = found(&json!({}), &wrong);
    assert_eq!(
        all[0],
        ("allowances_total".to_owned(), "/totals/allowances".to_owned())
    );
}

#[test]
fn nothing_that_is_missing_or_odd_makes_it_fail() {
    let whole = invoice();
    for key in whole.as_object().unwrap().keys() {
        for value in [
            Value::Null,
            json!(7),
            json!("x"),
            json!([]),
            json!({}),
            json!([null]),
            json!([[1]]),
            json!({"a": {}}),
        ] {
            let mut odd = whole.clone();
            odd[key] = value;
            found(&json!({}), &odd);
        }
    }
    for (key, inner) in [
        ("lines", "item"),
        ("lines", "price"),
        ("lines", "amount"),
        ("taxes", "percent"),
        ("taxes", "category"),
    ] {
        for value in [
            Value::Null,
            json!("x"),
            json!(-1),
            json!([0]),
            json!({"amount": []}),
        ] {
            let mut odd = whole.clone();
            odd[key][0][inner] = value;
            found(&json!({}), &odd);
        }
    }
    assert_eq!(found(&json!({}), &json!({})).len(), 7);
    assert!(testing::validate::<Invoice>(&json!({}), &Value::Null, &json!(null)).is_err());
}

#[test]
fn identifiers_weigh_what_the_settings_say() {
    let mut wrong = invoice();
    wrong["buyer"]["vat_id"] = json!("NL004495446B01");
    wrong["payment"] = json!({"means": [{"code": "58", "iban": "DE00370400440532013000"}, {"code": "58", "account": "123"}]});
    for (weight, severity, review) in [
        ("error", "Error", false),
        ("review", "Warning", true),
        ("warning", "Warning", false),
    ] {
        let settings = json!({"iban": weight, "vat_number": weight});
        let findings = testing::validate::<Invoice>(&settings, &Value::Null, &wrong).unwrap();
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(
            findings
                .iter()
                .all(|one| format!("{:?}", one.severity).ends_with(severity) && one.review == review),
            "{findings:?}"
        );
    }
    assert_eq!(found(&json!({"iban": "off", "vat_number": "off"}), &wrong), []);
}

#[test]
fn settings_are_checked_all_at_once() {
    let text = r#"{"tolerance": "-1", "line_tolerance": "-0.1"}"#;
    let pointers: Vec<_> = testing::check_validator::<Invoice>(text, "")
        .into_iter()
        .map(|one| one.pointer)
        .collect();
    assert_eq!(pointers, ["/tolerance", "/line_tolerance"]);
    let problems = testing::check_validator::<Invoice>(r#"{"iban": "maybe", "more": 1}"#, r#"[{"rule": 7}]"#);
    assert!(
        problems
            .iter()
            .any(|one| one.part == Part::Settings && one.pointer == "/iban"),
        "{problems:?}"
    );
    assert!(
        problems
            .iter()
            .any(|one| one.part == Part::Settings && one.pointer == "/more"),
        "{problems:?}"
    );
    assert!(problems.iter().any(|one| one.part == Part::Rules), "{problems:?}");
}

fn extracted(content: Vec<u8>) -> Result<Extracted, ExtractError> {
    UblInvoice::default().extract(&Document {
        content,
        media_type: "application/xml".to_owned(),
        name: None,
    })
}

#[test]
fn the_official_examples_have_no_error() {
    for (path, content) in official_examples().unwrap().into_iter().flatten() {
        let data = extracted(content).unwrap().data;
        let findings = testing::validate::<Invoice>(&json!({}), &Value::Null, &data).unwrap();
        assert!(
            findings.iter().all(|one| one.severity != Severity::Error),
            "{}: {findings:#?}",
            path.display()
        );
    }
}

/// Official rules of arithmetic, and the findings that say the same.
const OFFICIAL: [(&str, &[&str]); 19] = [
    ("BR-CO-03", &["tax_point"]),
    ("BR-CO-11", &["allowances_total"]),
    ("BR-CO-12", &["charges_total"]),
    ("BR-CO-13", &["tax_exclusive"]),
    ("BR-CO-14", &["tax_total"]),
    ("BR-CO-15", &["tax_inclusive", "tax_total"]),
    ("BR-CO-16", &["payable"]),
    ("BR-CO-17", &["tax_rate_amount"]),
    ("BR-S-08", &["tax_rate_base"]),
    ("BR-S-09", &["tax_rate_amount"]),
    ("BR-Z-08", &["tax_rate_base"]),
    ("BR-Z-09", &["tax_rate_amount"]),
    ("BR-E-08", &["tax_rate_base"]),
    ("BR-E-09", &["tax_rate_amount"]),
    ("BR-G-08", &["tax_rate_base"]),
    ("BR-AE-09", &["tax_rate_amount"]),
    ("BR-IC-09", &["tax_rate_amount"]),
    ("BR-O-08", &["tax_rate_base"]),
    ("BR-O-09", &["tax_rate_amount"]),
];

#[test]
fn the_official_tests_of_arithmetic_end_as_they_say() {
    let names = OFFICIAL.map(|(name, _)| name);
    // As the norm rounds: half a cent, and not the cent that is allowed by default.
    let settings = json!({"tolerance": "0.005"});
    let mut wrong = Vec::new();
    for test in official_tests(&names).unwrap().into_iter().flatten() {
        let Ok(read) = extracted(test.content.into_bytes()) else {
            continue;
        };
        let findings = testing::validate::<Invoice>(&settings, &Value::Null, &read.data).unwrap();
        let (_, own) = OFFICIAL.iter().find(|(name, _)| *name == test.rule).unwrap();
        if findings.iter().any(|one| own.contains(&one.rule.as_str())) != test.broken {
            wrong.push(format!(
                "{} {} (broken: {}): {findings:#?}",
                test.rule, test.name, test.broken
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_samples_end_as_they_say() {
    let judged = samples("simple_invoice", |configuration, content| {
        let read = match extracted(content) {
            Ok(read) => read,
            Err(error) => return Ok(Judged::Failed(format!("{error:?}"))),
        };
        let (settings, rules) = (&configuration["settings"], &configuration["validation_rules"]);
        let findings = testing::validate::<Invoice>(settings, rules, &read.data)?;
        Ok(Judged::Findings(findings, read.confidence))
    });
    assert!(judged.unwrap_or_else(|wrong| panic!("{wrong}")) >= 7);
}
