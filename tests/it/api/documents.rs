//! Documents that can't be taken: the right status and code, what to do, nothing written, and the next one is fine.

use serde_json::json;

use super::host::{Answer, Host, payslip};

/// Sends one document's `data` as these very bytes.
async fn send(host: &Host, data: &[u8]) -> Answer {
    let body = [
        br#"{"process_type_id":"payroll_v1","documents":[{"data":"#,
        data,
        b"}]}",
    ]
    .concat();
    host.post("/v1/processes", "application/json", body).await
}

#[tokio::test]
async fn data_that_readers_would_read_differently() {
    let host = Host::new().await;
    let before = host.written().await;
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let cases: [(&[u8], u16, &str, &[&str]); 8] = [
        (
            br#"{"a":1,"b":{"c":1,"c":2}}"#,
            422,
            "document-invalid",
            &["/documents/0/data/b/c"],
        ),
        (
            br#"{"a":["x","\u0000"]}"#,
            422,
            "document-invalid",
            &["/documents/0/data/a/1"],
        ),
        (
            br#"{"a":1e999}"#,
            422,
            "document-invalid",
            &["/documents/0/data/a"],
        ),
        (
            br#"{"a":0.12345678901234567890123456789}"#,
            422,
            "document-invalid",
            &["/documents/0/data/a"],
        ),
        (deep.as_bytes(), 422, "document-invalid", &["/documents/0/data"]),
        (b"[1]", 422, "document-invalid", &["/documents/0/data"]),
        (b"{\"a\":\"\xff\"}", 400, "json-invalid", &[]),
        (b"{nope}", 400, "json-invalid", &[]),
    ];
    for (data, status, code, pointers) in cases {
        let answer = send(&host, data).await;
        answer.problem(status, code);
        assert_eq!(answer.pointers(), pointers, "{answer:?}");
    }
    assert_eq!(host.written().await, before);
    host.is_fine().await;
}

#[tokio::test]
async fn documents_that_are_not_what_they_say() {
    let host = Host::new().await;
    let before = host.written().await;
    for (document, status, code) in [
        (
            json!({"media_type": "application/json", "text": "<xml/>"}),
            422,
            "document-invalid",
        ),
        (
            json!({"media_type": "application/json", "text": ""}),
            422,
            "document-empty",
        ),
        (
            json!({"media_type": "application/x-unknown", "text": "x"}),
            415,
            "document-media-type",
        ),
        (
            json!({"media_type": "no media type", "text": "x"}),
            415,
            "document-media-type",
        ),
        (
            json!({"media_type": "application/xml", "content_base64": "%"}),
            422,
            "body-invalid",
        ),
        (
            json!({"data": {}, "file_name": "a\u{1b}[2J"}),
            422,
            "document-invalid",
        ),
        (json!({"data": {}, "surprise": 1}), 422, "body-invalid"),
    ] {
        let body = json!({"process_type_id": "payroll_v1", "documents": [document]});
        host.post("/v1/processes", "application/json", body.to_string())
            .await
            .problem(status, code);
    }
    assert_eq!(host.written().await, before);
    host.is_fine().await;
}

#[tokio::test]
async fn submissions_that_fit_nothing() {
    let host = Host::new().await;
    let before = host.written().await;
    let submission =
        |process_type: &str| json!({"process_type_id": process_type, "documents": [{"data": payslip()}]});
    let many: Vec<_> = (0..65).map(|_| json!({"data": {}})).collect();
    for (body, status, code) in [
        (submission("nobody_knows"), 422, "process-type-unknown"),
        (submission("switched_off"), 422, "process-type-inactive"),
        (submission("not_configured"), 422, "configuration-missing"),
        (submission("Not A Name"), 422, "body-invalid"),
        (
            json!({"process_type_id": "payroll_v1", "documents": []}),
            422,
            "documents-missing",
        ),
        (
            json!({"process_type_id": "payroll_v1", "documents": many}),
            422,
            "documents-too-many",
        ),
    ] {
        host.post("/v1/processes", "application/json", body.to_string())
            .await
            .problem(status, code);
    }
    let input = json!({"process_type_id": "payroll_v1", "input": {"reference": 7}, "documents": [{"data": payslip()}]});
    let answer = host
        .post("/v1/processes", "application/json", input.to_string())
        .await;
    answer.problem(422, "input-invalid");
    assert_eq!(answer.pointers(), ["/input/reference"]);
    assert_eq!(host.written().await, before);
    host.is_fine().await;
}

#[tokio::test]
async fn bodies_of_the_wrong_kind_or_size() {
    let host = Host::new().await;
    let before = host.written().await;
    host.post("/v1/processes", "text/csv", "a,b")
        .await
        .problem(415, "media-type-unsupported");
    let packed = host
        .request(reqwest::Method::POST, "/v1/processes")
        .bearer_auth(host.token(host.acme, assay_domain::Role::Operator))
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    host.send(packed.body("\u{1f}"))
        .await
        .problem(415, "media-type-unsupported");
    host.post("/v1/processes", "application/xml", "<a/>")
        .await
        .problem(400, "query-invalid");
    host.post("/v1/processes?extra=1", "application/json", "{}")
        .await
        .problem(400, "query-invalid");
    host.post("/v1/processes", "application/json", "")
        .await
        .problem(400, "json-invalid");
    // One document above 10 MiB in a body that is allowed, and a body that is not, announced and in chunks.
    let large =
        json!({"process_type_id": "payroll_v1", "documents": [{"data": {"a": "x".repeat(11 << 20)}}]})
            .to_string();
    let answer = host.post("/v1/processes", "application/json", large).await;
    answer.problem(413, "document-too-large");
    assert_eq!(answer.pointers(), ["/documents/0"]);
    host.post("/v1/processes", "application/json", vec![b' '; 20 << 20])
        .await
        .problem(413, "body-too-large");
    assert_eq!(host.written().await, before);
    host.is_fine().await;
}
