//! Hostile schemas, and numbers as they are written in configurations and documents.

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::host::{Answer, Host, payslip, sample, sample_json};

fn draft(change: &Value) -> Value {
    let mut draft = sample_json("configurations/acme-corp/payroll_v1.json");
    for (name, value) in change.as_object().unwrap() {
        draft[name] = value.clone();
    }
    draft
}

async fn activate(host: &Host, change: &Value) -> Answer {
    let saved = host.configure(host.acme, "payroll_v1", &draft(change)).await;
    assert_eq!(saved.status, 201, "{saved:?}");
    let path = format!("{}/activate", saved.header("location"));
    let admin = host.token(host.acme, Role::Admin);
    let active = host
        .send(host.request(Method::POST, &path).bearer_auth(admin))
        .await;
    assert_eq!(active.status, 200, "{active:?}");
    saved
}

async fn submit(host: &Host, input: &Value) -> Answer {
    let body = json!({"process_type_id": "payroll_v1", "input": input, "documents": [{"file_name": "a.json", "data": payslip()}]});
    host.post("/v1/processes", "application/json", body.to_string())
        .await
}

#[tokio::test]
async fn a_hostile_schema_is_not_saved() {
    let host = Host::new().await;
    let before = host.count("configurations").await;
    let mut definitions = serde_json::Map::new();
    for level in 0..30 {
        let next = json!({"$ref": format!("#/$defs/a{}", level + 1)});
        definitions.insert(format!("a{level}"), json!({"allOf": [next, next]}));
    }
    definitions.insert("a30".to_owned(), json!({"type": "object"}));
    for (schema, pointer) in [
        (json!({"$ref": "#/$defs/a0", "$defs": definitions}), "/$defs/a"),
        (
            json!({"anyOf": [{"$ref": "#"}, {"type": "string"}]}),
            "/anyOf/0/$ref",
        ),
        (json!({"pattern": "((a{99}){99}){99}"}), ""),
        (json!({"$defs": {"a": {"$id": "b"}}}), "/$defs/a/$id"),
    ] {
        for field in ["input_schema", "output_schema"] {
            let answer = host
                .configure(host.acme, "payroll_v1", &draft(&json!({field: schema})))
                .await;
            answer.problem(422, "configuration-invalid");
            let expected = format!("/{field}{pointer}");
            assert!(
                answer.pointers().iter().any(|found| found.starts_with(&expected)),
                "{expected}: {answer:?}"
            );
        }
    }
    assert_eq!(host.count("configurations").await, before);
    host.is_fine().await;
}

#[tokio::test]
async fn a_check_that_goes_on_for_too_long_is_given_up() {
    let host = Host::new().await;
    // Each level holds the next value against both of its branches.
    let mut definitions = serde_json::Map::new();
    for level in 0..40 {
        let next = json!({"items": {"$ref": format!("#/$defs/a{}", level + 1)}});
        definitions.insert(format!("a{level}"), json!({"anyOf": [next, next]}));
    }
    definitions.insert("a40".to_owned(), json!({"type": "number"}));
    let branches = json!({"properties": {"tree": {"$ref": "#/$defs/a0"}}, "$defs": definitions});
    let tree = (0..40).fold(json!("leaf"), |inner, _| json!([inner]));
    activate(&host, &json!({"input_schema": branches})).await;
    let answer = submit(&host, &json!({"tree": tree})).await;
    answer.problem(422, "input-invalid");
    assert!(answer.text.contains("steps"), "{answer:?}");
    host.is_fine().await;

    activate(&host, &json!({"output_schema": branches})).await;
    let mut data = payslip();
    data["tree"] = tree;
    let answer = host.submit("payroll_v1", &data).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["status"]),
        (201, &json!("failed")),
        "{answer:?}"
    );
    assert_eq!(answer.body["error"]["code"], "refused");
    assert!(
        answer.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("output_schema")
    );
    host.is_fine().await;
}

#[tokio::test]
async fn input_is_held_against_the_version_that_is_pinned() {
    let host = Host::new().await;
    for (version, field) in [(2, "first"), (3, "second")] {
        // The one before was met last, and is the guess.
        submit(&host, &json!({"reference": "a"})).await;
        activate(&host, &json!({"input_schema": {"required": [field]}})).await;
        let refused = submit(&host, &json!({"other": 1})).await;
        refused.problem(422, "input-invalid");
        assert!(refused.text.contains(field), "{refused:?}");
        let taken = submit(&host, &json!({field: 1})).await;
        assert_eq!(taken.body["config_version"], version, "{taken:?}");
    }
    activate(&host, &json!({"input_schema": null})).await;
    assert_eq!(
        submit(&host, &json!({"other": 1})).await.body["config_version"],
        4
    );
}

#[tokio::test]
async fn a_configuration_is_kept_as_canonical_json() {
    let host = Host::new().await;
    let written = String::from_utf8(sample("configurations/acme-corp/payroll_v1.json")).unwrap();
    let put = |text: String| {
        let request = host
            .request(Method::PUT, "/v1/configurations/payroll_v1")
            .bearer_auth(host.token(host.acme, Role::Admin));
        host.send(request.header("content-type", "application/json").body(text))
    };
    let one = put(written.replace("\"max_period_days\": 31", "\"max_period_days\": 31.0")).await;
    assert_eq!(one.status, 201, "{one:?}");
    let other = put(written.replace("\"max_period_days\": 31", "\"max_period_days\": 3.1E1")).await;
    assert_eq!(one.body["sha256"], other.body["sha256"], "{other:?}");
    assert_eq!(
        other.body["configuration"]["settings"]["max_period_days"].to_string(),
        "31"
    );
    let inexact = put(written.replace(
        "\"max_period_days\": 31",
        "\"max_period_days\": 31.000000000000000005",
    ))
    .await;
    inexact.problem(422, "configuration-invalid");
    assert!(
        inexact.pointers().contains(&"/settings/max_period_days"),
        "{inexact:?}"
    );
    assert!(inexact.text.contains("31.000000000000000005"), "{inexact:?}");
    let rule = |value: &str| {
        let rule = format!(r#"{{"field": "total_net", "rule": "less_than_or_equal", "value": {value}}}"#);
        let at = written.find("\"validation_rules\": [").unwrap() + "\"validation_rules\": [".len();
        put(format!("{}{rule},{}", &written[..at], &written[at..]))
    };
    for value in ["0.1", "0.01", "19.00", "123456789012.34"] {
        let saved = rule(value).await;
        assert_eq!(saved.status, 201, "{value}: {saved:?}");
    }
    let inexact = rule("12345678901234567.89").await;
    inexact.problem(422, "configuration-invalid");
    assert_eq!(inexact.pointers(), ["/validation_rules/validation_rules/0/value"]);
}

#[tokio::test]
async fn what_is_read_later_is_what_was_answered_to_the_byte() {
    let host = Host::new().await;
    let text = String::from_utf8(sample("documents/acme-corp/payroll_v1/net_above_gross.json")).unwrap();
    let at = text.rfind('}').unwrap();
    let numbers =
        r#", "odd": [1E2, 1.10, 1e0, -0, -0.0, 0.5e-3, 123456789012345678901234567, {"é": "\u00e9/\/"}]}"#;
    let text = format!("{}{numbers}", &text[..at]).replace("\"amount\": 2150.0", "\"amount\": 2.150E3");
    let body = format!(
        r#"{{"process_type_id": "payroll_v1", "documents": [{{"file_name": "a.json", "data": {text}}}]}}"#
    );
    activate(
        &host,
        &json!({"validation_rules": [{"field": "odd[*]", "rule": "equal", "value": 7, "severity": "warning"}]}),
    )
    .await;
    let answer = host.post("/v1/processes", "application/json", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(
        answer
            .text
            .contains(r#""odd":[100,1.10,1,0,0.0,0.0005,123456789012345678901234567,{"é":"é//"}]"#),
        "{answer:?}"
    );
    assert!(
        answer.body["validation_result"]["findings"]
            .as_array()
            .unwrap()
            .len()
            >= 7,
        "{answer:?}"
    );
    let id = answer.body["process_id"].as_str().unwrap();
    let read = host.get(&format!("/v1/processes/{id}")).await;
    assert_eq!(read.text, answer.text);
}
