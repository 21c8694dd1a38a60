//! Configurations: versions, and what can't be saved.

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::host::{Host, payslip, sample_json};

fn draft() -> Value {
    sample_json("configurations/acme-corp/payroll_v1.json")
}

fn with(change: &Value) -> Value {
    let mut draft = draft();
    for (name, value) in change.as_object().unwrap() {
        draft[name] = value.clone();
    }
    draft
}

#[tokio::test]
async fn a_new_version_is_used_once_it_is_active() {
    let host = Host::new().await;
    let lenient = with(&json!({"validation_rules": []}));
    let saved = host.configure(host.acme, "payroll_v1", &lenient).await;
    assert_eq!(
        (saved.status.as_u16(), saved.body["version"].as_i64()),
        (201, Some(2)),
        "{saved:?}"
    );
    assert_eq!(saved.body["active"], false);
    assert_eq!(
        saved.header("location"),
        "/v1/configurations/payroll_v1/versions/2"
    );
    assert_eq!(
        host.submit("payroll_v1", &payslip()).await.body["config_version"],
        1
    );
    let admin = host.token(host.acme, Role::Admin);
    let activate = "/v1/configurations/payroll_v1/versions/2/activate";
    let active = host
        .send(host.request(Method::POST, activate).bearer_auth(&admin))
        .await;
    assert_eq!(
        (active.status.as_u16(), &active.body["active"]),
        (200, &json!(true)),
        "{active:?}"
    );
    assert_eq!(
        host.submit("payroll_v1", &payslip()).await.body["config_version"],
        2
    );
    let list = host.get("/v1/configurations/payroll_v1").await;
    let versions: Vec<_> = list.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["version"].as_i64().unwrap(),
                item["active"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(versions, [(2, true), (1, false)]);
    let read = host.get("/v1/configurations/payroll_v1/versions/2").await;
    assert_eq!(read.body["configuration"], saved.body["configuration"]);
    let none = "/v1/configurations/payroll_v1/versions/9/activate";
    host.send(host.request(Method::POST, none).bearer_auth(&admin))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn what_can_not_be_used_is_not_saved() {
    let host = Host::new().await;
    let before = host.count("configurations").await;
    let rule = |rule: Value| json!({"validation_rules": [rule]});
    for (change, pointer) in [
        (json!({"plugin_name": "nobody_has_this"}), "/plugin_name"),
        (json!({"plugin_range": "^9"}), "/plugin_range"),
        (json!({"output_schema": {"type": 7}}), "/output_schema/type"),
        (
            json!({"input_schema": {"$ref": "https://example.com/schema.json"}}),
            "/input_schema",
        ),
        (json!({"confidence_threshold": 1.5}), "/confidence_threshold"),
        (json!({"fraud_threshold": -0.1}), "/fraud_threshold"),
        (json!({"settings": {"tolerance": "a lot"}}), "/settings/tolerance"),
        (json!({"settings": {"unknown": 1}}), "/settings"),
        (
            rule(json!({"field": "a", "rule": "no_such_rule"})),
            "/validation_rules/0/rule",
        ),
        (
            rule(json!({"field": "a[", "rule": "required"})),
            "/validation_rules/0/field",
        ),
        (json!({"surprise": 1}), ""),
        (json!({"enable_hitl": "yes"}), "/enable_hitl"),
    ] {
        let answer = host.configure(host.acme, "payroll_v1", &with(&change)).await;
        answer.problem(422, "configuration-invalid");
        let pointers = answer.pointers();
        assert!(
            pointers.iter().any(|found| found.starts_with(pointer)),
            "{change}: {answer:?}"
        );
    }
    assert_eq!(host.count("configurations").await, before);
    host.configure(host.acme, "nobody_knows", &draft())
        .await
        .problem(422, "process-type-unknown");
    host.is_fine().await;
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let host = Host::new().await;
    let path = "/v1/configurations/payroll_v1";
    let put = |kind: &'static str, body: &'static str| {
        let request = host
            .request(Method::PUT, path)
            .bearer_auth(host.token(host.acme, Role::Admin));
        host.send(request.header("content-type", kind).body(body))
    };
    put("application/json", "{").await.problem(400, "json-invalid");
    let twice = put("application/json", r#"{"plugin_name":"a","plugin_name":"b"}"#).await;
    twice.problem(400, "json-invalid");
    assert_eq!(twice.pointers(), ["/plugin_name"]);
    put("text/plain", "{}")
        .await
        .problem(415, "media-type-unsupported");
    let request = host
        .request(Method::PUT, path)
        .bearer_auth(host.token(host.acme, Role::Admin));
    let huge = request
        .header("content-type", "application/json")
        .body(vec![b' '; 2 << 20]);
    host.send(huge).await.problem(413, "body-too-large");
}
