//! Configurations: versions, and what can't be saved.

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::host::{Answer, Host, payslip, sample_json};

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

/// Saves the draft on conditions.
async fn put_if(host: &Host, headers: &[(&str, &str)]) -> Answer {
    let mut request = host
        .request(Method::PUT, "/v1/configurations/payroll_v1")
        .bearer_auth(host.token(host.acme, Role::Admin))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    host.send(request.body(draft().to_string())).await
}

const REFUSED: &str = "audit_logs WHERE event_type = 'configuration.refused'";

#[tokio::test]
async fn an_author_who_has_not_seen_the_newest_version_is_refused() {
    let host = Host::new().await;
    let path = "/v1/configurations/payroll_v1/versions";
    let first = host.get(&format!("{path}/1")).await;
    let first = first.header("etag").to_owned();
    assert!(
        first.starts_with("\"1-") && first.ends_with("-active\""),
        "{first}"
    );
    let second = put_if(&host, &[("if-match", &first)]).await;
    assert_eq!(
        (second.status.as_u16(), &second.body["version"]),
        (201, &json!(2)),
        "{second:?}"
    );
    let second_tag = second.header("etag").to_owned();

    let (versions, refusals) = (host.count("configurations").await, host.count(REFUSED).await);
    for stale in [
        vec![("if-match", first.as_str())],
        vec![("if-match", r#""7-none""#)],
        vec![("if-none-match", "*")],
        vec![("if-none-match", second_tag.as_str())],
        vec![("if-match", second_tag.as_str()), ("if-none-match", "*")],
    ] {
        let answer = put_if(&host, &stale).await;
        let detail = answer.problem(412, "configuration-stale");
        assert!(detail.contains("current version is 2"), "{detail}");
        assert_eq!(answer.header("location"), format!("{path}/2"));
    }
    put_if(&host, &[("if-match", "2")])
        .await
        .problem(400, "request-invalid");
    assert_eq!(host.count("configurations").await, versions);
    assert_eq!(host.count(REFUSED).await, refusals + 6, "each leaves a row");

    // Whether it is active by now does not matter to the next author.
    let admin = host.token(host.acme, Role::Admin);
    let activate = host.request(Method::POST, &format!("{path}/2/activate"));
    let active = host.send(activate.bearer_auth(admin)).await;
    assert_ne!(active.header("etag"), second_tag, "another representation");
    assert_eq!(
        active.header("etag"),
        host.get(&format!("{path}/2")).await.header("etag")
    );
    let both = format!(r#""7-none", {second_tag}"#);
    assert_eq!(put_if(&host, &[("if-match", &both)]).await.status, 201);
    assert_eq!(put_if(&host, &[("if-match", "*")]).await.body["version"], 4);
    assert_eq!(put_if(&host, &[]).await.body["version"], 5);
}

#[tokio::test]
async fn of_two_authors_who_saw_the_same_one_saves() {
    let host = Host::new().await;
    let tag = host.get("/v1/configurations/payroll_v1/versions/1").await;
    let tag = tag.header("etag");
    let seen = [("if-match", tag)];
    let (one, two) = tokio::join!(put_if(&host, &seen), put_if(&host, &seen));
    let (saved, refused) = if one.status == 201 { (one, two) } else { (two, one) };
    assert_eq!((saved.status.as_u16(), &saved.body["version"]), (201, &json!(2)));
    refused.problem(412, "configuration-stale");
}

#[tokio::test]
async fn the_first_version_can_be_asked_to_be_the_first() {
    let host = Host::new().await;
    let put = |name: &'static str, value: &'static str| {
        let request = host
            .request(Method::PUT, "/v1/configurations/not_configured")
            .bearer_auth(host.token(host.acme, Role::Admin))
            .header("content-type", "application/json")
            .header(name, value);
        host.send(request.body(draft().to_string()))
    };
    put("if-match", "*").await.problem(412, "configuration-stale");
    let first = put("if-none-match", "*").await;
    assert_eq!(
        (first.status.as_u16(), &first.body["version"]),
        (201, &json!(1)),
        "{first:?}"
    );
    put("if-none-match", "*")
        .await
        .problem(412, "configuration-stale");
}

#[tokio::test]
async fn a_version_that_is_known_is_not_sent_again_and_names_its_author() {
    let host = Host::new().await;
    let path = "/v1/configurations/payroll_v1/versions/1";
    let read = host.get(path).await;
    assert_eq!(read.body["submitted_by"], "test");
    let list = host.get("/v1/configurations/payroll_v1").await;
    for field in ["submitted_by", "created_at", "sha256", "config_id"] {
        assert_eq!(list.body["items"][0][field], read.body[field], "{field}");
    }
    let again = |tag: String| {
        let request = host
            .request(Method::GET, path)
            .bearer_auth(host.token(host.acme, Role::Viewer));
        host.send(request.header("if-none-match", tag))
    };
    let known = again(format!("W/{}", read.header("etag"))).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    assert_eq!(known.header("etag"), read.header("etag"));
    assert_eq!(again(r#""1-other""#.to_owned()).await.body, read.body);
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
    put("application/json", "[]")
        .await
        .problem(422, "configuration-invalid");
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
