//! Refusals leave one audit row, which says why and nothing of what was sent.

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;

use super::host::{Answer, Host, payslip, sample_json};

/// Something that no audit row may hold.
const SECRET: &str = "ES9121000418450200051332";

/// The newest audit row of Acme, and how many there are.
async fn newest(host: &Host) -> (i64, Value) {
    let mut admin = host.database.admin().await;
    let row = sqlx::query(
        "SELECT count(*) OVER () AS all, to_jsonb(a) AS row FROM audit_logs AS a WHERE client_id = $1
         ORDER BY \"timestamp\" DESC, audit_id DESC LIMIT 1",
    )
    .bind(host.acme.0)
    .fetch_one(&mut admin)
    .await
    .unwrap();
    (row.get("all"), row.get("row"))
}

/// That a refusal left this row and no other.
async fn left(host: &Host, before: i64, event: &str, process_type: Option<&str>, answer: &Answer) {
    let (after, row) = newest(host).await;
    assert_eq!(after, before + 1, "{answer:?}");
    assert_eq!(
        (
            row["event_type"].as_str(),
            row["result"].as_str(),
            row["actor"].as_str()
        ),
        (Some(event), Some("FAILED"), Some("test")),
        "{row}"
    );
    assert_eq!(row["process_type_id"].as_str(), process_type, "{row}");
    assert_eq!(row["payload"]["code"], answer.body["code"], "{row}");
    assert_eq!(row["payload"]["pointers"], json!(answer.pointers()), "{row}");
    assert!(
        row["error_message"].as_str().is_some_and(|why| why.len() > 10),
        "{row}"
    );
    assert!(!row.to_string().contains(SECRET), "{row}");
}

/// Sends as Acme's operator, and looks at what that left.
async fn refused(
    host: &Host,
    (path, content_type, body): (&str, &str, Vec<u8>),
    process_type: Option<&str>,
    (status, code): (u16, &str),
) {
    let (before, _) = newest(host).await;
    let answer = host.post(path, content_type, body).await;
    answer.problem(status, code);
    left(host, before, "process.refused", process_type, &answer).await;
}

#[tokio::test]
async fn a_refused_submission_leaves_a_row_whatever_refused_it() {
    let host = Host::new().await;
    let json = |body: &Value| ("/v1/processes", "application/json", body.to_string().into_bytes());
    let of = |process_type: &str, documents: Value| {
        json(&json!({"process_type_id": process_type, "documents": documents}))
    };
    let payroll = Some("payroll_v1");
    let many = json!(vec![json!({"data": {}}); 65]);
    let unread = json!([{"media_type": "application/x-unknown", "text": SECRET}]);
    for (request, process_type, problem) in [
        // Before the service hears of it.
        (
            ("/v1/processes", "application/json", vec![b' '; 20 << 20]),
            None,
            (413, "body-too-large"),
        ),
        (
            ("/v1/processes", "application/json", b"{nope}".to_vec()),
            None,
            (400, "json-invalid"),
        ),
        (json(&json!({ SECRET: 1 })), None, (422, "body-invalid")),
        (
            ("/v1/processes", "text/csv", SECRET.into()),
            None,
            (415, "media-type-unsupported"),
        ),
        (
            ("/v1/processes?file_name=a", "application/json", b"{}".to_vec()),
            None,
            (400, "query-invalid"),
        ),
        // While the documents are read, of which no more are read than are allowed.
        (of("payroll_v1", many), None, (422, "documents-too-many")),
        // By the service.
        (of("payroll_v1", json!([])), payroll, (422, "documents-missing")),
        (
            of("payroll_v1", json!([{"data": [SECRET]}])),
            payroll,
            (422, "document-invalid"),
        ),
        (
            of("payroll_v1", json!([{"data": {"a\u{0}": SECRET}}])),
            payroll,
            (422, "document-invalid"),
        ),
        (of("payroll_v1", unread), payroll, (415, "document-media-type")),
        (
            of("nobody_knows", json!([{"data": {}}])),
            Some("nobody_knows"),
            (422, "process-type-unknown"),
        ),
        (
            of("switched_off", json!([{"data": {}}])),
            Some("switched_off"),
            (422, "process-type-inactive"),
        ),
        (
            of("not_configured", json!([{"data": {}}])),
            Some("not_configured"),
            (422, "configuration-missing"),
        ),
    ] {
        refused(&host, request, process_type, problem).await;
    }
    host.is_fine().await;
}

#[tokio::test]
async fn a_role_that_may_not_leaves_a_row_where_something_would_have_changed() {
    let host = Host::new().await;
    let viewer = host.token(host.acme, Role::Viewer);
    for (method, path, event, process_type) in [
        (Method::POST, "/v1/processes", "process.refused", None),
        (
            Method::PUT,
            "/v1/configurations/payroll_v1",
            "configuration.refused",
            Some("payroll_v1"),
        ),
        (
            Method::POST,
            "/v1/configurations/payroll_v1/versions/1/activate",
            "configuration.refused",
            Some("payroll_v1"),
        ),
        (Method::POST, "/v1/plugins", "plugin.refused", None),
    ] {
        let (before, _) = newest(&host).await;
        let answer = host.send(host.request(method, path).bearer_auth(&viewer)).await;
        answer.problem(403, "not-allowed");
        left(&host, before, event, process_type, &answer).await;
    }
}

#[tokio::test]
async fn refused_configurations_and_releases_leave_a_row() {
    let host = Host::new().await;
    let mut draft = sample_json("configurations/acme-corp/payroll_v1.json");
    draft["confidence_threshold"] = json!(1.5);
    draft["settings"] = json!({ "surprise": SECRET });
    let (before, _) = newest(&host).await;
    let answer = host.configure(host.acme, "payroll_v1", &draft).await;
    answer.problem(422, "configuration-invalid");
    left(
        &host,
        before,
        "configuration.refused",
        Some("payroll_v1"),
        &answer,
    )
    .await;

    let activate = "/v1/configurations/payroll_v1/versions/99/activate";
    let admin = host.token(host.acme, Role::Admin);
    let request = host.request(Method::POST, activate).bearer_auth(&admin);
    let answer = host.send(request).await;
    answer.problem(404, "not-found");
    left(
        &host,
        before + 1,
        "configuration.refused",
        Some("payroll_v1"),
        &answer,
    )
    .await;

    let answer = host.send_plugin(&admin, b"not wasm".to_vec()).await;
    answer.problem(422, "plugin-refused");
    left(&host, before + 2, "plugin.refused", None, &answer).await;
}

#[tokio::test]
async fn what_changes_nothing_or_is_nobodys_leaves_none() {
    let host = Host::new().await;
    let before = host.count("audit_logs").await;
    let viewer = host.token(host.acme, Role::Viewer);
    let post = |path: &str| host.request(Method::POST, path);
    // Tried out, and refused.
    host.post("/v1/validate", "application/json", "{nope}")
        .await
        .problem(400, "json-invalid");
    host.send(post("/v1/validate").bearer_auth(&viewer))
        .await
        .problem(403, "not-allowed");
    // Read, and not there.
    host.get("/v1/processes/01890000-0000-7000-8000-000000000000")
        .await
        .problem(404, "not-found");
    // By nobody, and by somebody without a client.
    host.send(post("/v1/processes"))
        .await
        .problem(401, "token-missing");
    host.send(post("/v1/processes").bearer_auth("no.token.this"))
        .await
        .problem(401, "token-invalid");
    host.send(post("/v1/processes").bearer_auth(host.platform()))
        .await
        .problem(403, "not-allowed");
    // By a client that there is not.
    let stranger = host.token(assay_domain::ClientId(uuid::Uuid::new_v4()), Role::Operator);
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]});
    let request = post("/v1/processes").bearer_auth(stranger);
    host.send(
        request
            .header("content-type", "application/json")
            .body(body.to_string()),
    )
    .await
    .problem(403, "client-inactive");
    assert_eq!(host.count("audit_logs").await, before);
}

#[tokio::test]
async fn many_refusals_at_a_time_each_leave_a_row_and_hold_nobody_up() {
    let host = Host::new().await;
    let before = host.count("audit_logs").await;
    let token = host.token(host.acme, Role::Operator);
    let refused = (0..64).map(|_| {
        let request = host.request(Method::POST, "/v1/processes").bearer_auth(&token);
        tokio::spawn(request.header("content-type", "text/csv").body("a,b").send())
    });
    let refused: Vec<_> = refused.collect();
    host.is_fine().await;
    for answer in refused {
        assert_eq!(answer.await.unwrap().unwrap().status(), 415);
    }
    // A good one leaves two.
    assert_eq!(host.count("audit_logs").await, before + 64 + 2);
}
