use std::fs;
use std::path::Path;

use assay_plugin_sdk::{Document, Extractor, Part, Severity, testing};
use serde_json::{Number, Value, json};

use ubl_invoice_extractor::UblInvoice;

use super::Invoice;

/// The official examples, where they are at hand; they are not part of this repository.
const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/foreign/en16931/examples"
);

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

#[test]
fn the_official_examples_have_no_error() {
    if !Path::new(EXAMPLES).is_dir() {
        println!("skipped: the official EN 16931 examples are not on this machine ({EXAMPLES})");
        return;
    }
    let mut judged = 0;
    for entry in fs::read_dir(EXAMPLES).unwrap() {
        let path = entry.unwrap().path();
        let document = Document {
            content: fs::read(&path).unwrap(),
            media_type: "application/xml".to_owned(),
            name: None,
        };
        let data = UblInvoice::default().extract(&document).unwrap().data;
        let findings = testing::validate::<Invoice>(&json!({}), &Value::Null, &data).unwrap();
        assert!(
            findings.iter().all(|one| one.severity != Severity::Error),
            "{}: {findings:#?}",
            path.display()
        );
        judged += 1;
    }
    assert!(judged >= 7, "{judged}");
}

/// The documents of a first run, with what they should end in.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../host/cli/samples");

#[test]
fn the_samples_end_as_they_say() {
    let text = fs::read_to_string(format!("{SAMPLES}/expected.toml")).unwrap();
    let expected: toml::Table = toml::from_str(&text).unwrap();
    let mut judged = 0;
    for sample in expected["document"].as_array().unwrap() {
        let path = sample["path"].as_str().unwrap();
        let ["documents", client, "simple_invoice", _] = path.split('/').collect::<Vec<_>>()[..] else {
            continue;
        };
        judged += 1;
        let content = fs::read(format!("{SAMPLES}/{path}")).unwrap();
        let document = Document {
            content,
            media_type: "application/xml".to_owned(),
            name: None,
        };
        let (data, confidence) = match UblInvoice::default().extract(&document) {
            Ok(extracted) => (extracted.data, extracted.confidence),
            Err(error) => {
                assert_eq!(sample["verdict"].as_str(), Some("failed"), "{path}: {error:?}");
                let name = format!("{error:?}").to_lowercase();
                assert!(name.contains(sample["error"].as_str().unwrap()), "{path}: {name}");
                continue;
            }
        };
        let configuration =
            fs::read(format!("{SAMPLES}/configurations/{client}/simple_invoice.json")).unwrap();
        let configuration: Value = serde_json::from_slice(&configuration).unwrap();
        let (settings, rules) = (&configuration["settings"], &configuration["validation_rules"]);
        let findings = testing::validate::<Invoice>(settings, rules, &data).unwrap();
        let verdict = if findings.iter().any(|one| one.severity == Severity::Error) {
            "rejected"
        } else if confidence < assay_plugin_sdk::Decimal::new(8, 1) || findings.iter().any(|one| one.review) {
            "review"
        } else {
            "accepted"
        };
        assert_eq!(sample["verdict"].as_str(), Some(verdict), "{path}: {findings:#?}");
        let named = sample
            .get("findings")
            .and_then(toml::Value::as_array)
            .cloned()
            .unwrap_or_default();
        for rule in named {
            let said = findings
                .iter()
                .any(|one| Some(one.rule.as_str()) == rule.as_str());
            assert!(said, "{path} without {rule}: {findings:#?}");
        }
    }
    assert!(judged >= 7, "{judged}");
}
