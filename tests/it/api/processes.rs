//! Documents in, verdicts out, and the same in the database.

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::host::{Host, payslip, sample, sample_json};

#[tokio::test]
async fn a_good_payslip_is_accepted_and_stored() {
    let host = Host::new().await;
    let answer = host.submit("payroll_v1", &payslip()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let body = &answer.body;
    assert_eq!(body["status"], "completed");
    assert_eq!(body["verdict"], "accepted");
    assert_eq!(body["config_version"], 1);
    assert_eq!(body["client_id"], host.acme.to_string());
    assert_eq!(body["overall_confidence"].to_string(), "1");
    assert_eq!(body["validation_result"]["findings"], json!([]));
    assert_eq!(body["documents"][0]["extracted_data"], payslip());
    assert_eq!(body["documents"][0]["fraud_score"], Value::Null);
    assert_eq!(body["documents"][0]["fraud_flags"], Value::Null);
    assert_eq!(body["plugins"][0]["name"], "payroll_standard_validator");
    assert_eq!(body["error"], Value::Null);
    let id = body["process_id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/v1/processes/{id}"));

    let read = host.get(&format!("/v1/processes/{id}")).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.body, answer.body, "what is read is what was answered");

    let mut admin = host.database.admin().await;
    let row: (String, String) =
        sqlx::query_as("SELECT status::text, verdict::text FROM processes WHERE process_id = $1::uuid")
            .bind(id)
            .fetch_one(&mut admin)
            .await
            .unwrap();
    assert_eq!(row, ("completed".to_owned(), "accepted".to_owned()));
}

#[tokio::test]
async fn a_bad_payslip_is_rejected_with_findings_that_point() {
    let host = Host::new().await;
    let data = sample_json("documents/acme-corp/payroll_v1/net_above_gross.json");
    let answer = host.submit("payroll_v1", &data).await;
    assert_eq!(answer.body["verdict"], "rejected", "{answer:?}");
    let findings = answer.body["validation_result"]["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        let fields: Vec<_> = finding.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "actual", "document", "expected", "message", "pointer", "review", "rule", "severity"
            ]
        );
        let pointer = finding["pointer"].as_str().unwrap();
        assert!(data.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    let call = answer.body["invocations"][0]["invocation_id"].as_str().unwrap();
    let call = host.get(&format!("/v1/invocations/{call}")).await;
    assert_eq!(call.status, 200);
    assert_eq!(call.body["outcome"], "done");
    assert_eq!(call.body["replayable"], true);
    assert_eq!(call.body["process_id"], answer.body["process_id"]);
}

#[tokio::test]
async fn an_invoice_comes_as_text_as_base64_and_as_it_is() {
    let host = Host::new().await;
    let xml = sample("documents/acme-corp/simple_invoice/roca_2025-114.xml");
    let path = "/v1/processes?process_type_id=simple_invoice&file_name=roca.xml";
    let raw = host.post(path, "application/xml", xml.clone()).await;
    assert_eq!(raw.status, 201, "{raw:?}");
    assert_eq!(raw.body["verdict"], "accepted", "{raw:?}");
    assert_eq!(raw.body["documents"][0]["file_name"], "roca.xml");
    let text = String::from_utf8(xml).unwrap();
    let body = json!({"process_type_id": "simple_invoice",
        "documents": [{"media_type": "application/xml", "file_name": "roca.xml", "text": text}]});
    let sent = host
        .post("/v1/processes", "application/json", body.to_string())
        .await;
    assert_eq!(sent.status, 201, "{sent:?}");
    for field in ["sha256", "extracted_data", "confidence"] {
        assert_eq!(
            raw.body["documents"][0][field], sent.body["documents"][0][field],
            "{field}"
        );
    }
}

#[tokio::test]
async fn what_the_extractor_refuses_is_a_failed_process() {
    let host = Host::new().await;
    let path = "/v1/processes?process_type_id=simple_invoice";
    for (file, case) in [("entity_bomb", "hostile"), ("cut_off", "malformed")] {
        let xml = sample(&format!("documents/acme-corp/simple_invoice/{file}.xml"));
        let answer = host.post(path, "text/xml", xml).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.body["status"], "failed");
        assert_eq!(answer.body["verdict"], Value::Null);
        assert_eq!(answer.body["error"]["case"], case, "{answer:?}");
    }
    let mut admin = host.database.admin().await;
    let audited: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_logs WHERE result::text = 'FAILED'")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(audited, 2);
    host.is_fine().await;
}

#[tokio::test]
async fn validating_stores_nothing_and_says_the_same() {
    let host = Host::new().await;
    let before = host.written().await;
    let data = sample_json("documents/acme-corp/payroll_v1/net_above_gross.json");
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": data}]}).to_string();
    let dry = host.post("/v1/validate", "application/json", body.clone()).await;
    assert_eq!(dry.status, 200, "{dry:?}");
    assert_eq!(dry.body["process_id"], Value::Null);
    assert_eq!(dry.body["documents"][0]["document_id"], Value::Null);
    assert_eq!(host.written().await, before);
    let real = host.post("/v1/processes", "application/json", body).await;
    for field in [
        "verdict",
        "status",
        "validation_result",
        "overall_confidence",
        "requires_review",
    ] {
        assert_eq!(dry.body[field], real.body[field], "{field}");
    }
}

#[tokio::test]
async fn another_clients_things_do_not_exist() {
    let host = Host::new().await;
    let answer = host.submit("payroll_v1", &payslip()).await;
    let process = answer.header("location").to_owned();
    let call = format!(
        "/v1/invocations/{}",
        answer.body["invocations"][0]["invocation_id"].as_str().unwrap()
    );
    let stranger = host.token(host.globex, Role::Admin);
    let nowhere = format!("/v1/processes/{}", uuid::Uuid::now_v7());
    let mut details = Vec::new();
    for path in [&process, &call, &nowhere] {
        let answer = host
            .send(host.request(Method::GET, path).bearer_auth(&stranger))
            .await;
        details.push(answer.problem(404, "not-found").to_owned());
    }
    details.dedup();
    assert_eq!(details.len(), 1, "the answer tells them apart: {details:?}");
    let list = host
        .send(host.request(Method::GET, "/v1/processes").bearer_auth(&stranger))
        .await;
    assert_eq!(list.body["items"], json!([]));
    assert_eq!(
        host.get("/v1/processes").await.body["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// What several documents have to agree on is judged across them, which no call of a plugin sees.
#[tokio::test]
async fn documents_of_a_process_are_held_against_each_other() {
    let host = Host::new().await;
    let mut draft = sample_json("configurations/acme-corp/payroll_v1.json");
    draft["validation_rules"] = json!([
        {"id": "one_employer", "field": "employer.tax_id", "rule": "same_across_documents", "severity": "error"},
        {"id": "each_once", "field": "employee.id", "rule": "unique_across_documents", "severity": "warning"},
    ]);
    let configured = host.configure(host.acme, "payroll_v1", &draft).await;
    assert_eq!(configured.status, 201, "{configured:?}");
    let activate = format!("{}/activate", configured.header("location"));
    let admin = host.token(host.acme, Role::Admin);
    let request = host.request(Method::POST, &activate).bearer_auth(admin);
    assert_eq!(host.send(request).await.status, 200);
    let slip = |employer: &str, employee: &str| {
        let mut data = payslip();
        data["employer"] = json!({"tax_id": employer});
        data["employee"] = json!({"id": employee});
        json!({"data": data})
    };
    let documents = json!([slip("A", "1"), slip("A", "2"), slip("B", "1")]);
    let body = json!({"process_type_id": "payroll_v1", "documents": documents});
    let process = host
        .post("/v1/processes", "application/json", body.to_string())
        .await
        .body;
    assert_eq!(process["verdict"], "rejected", "{process}");
    let found: Vec<_> = process["validation_result"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "one_employer" || finding["rule"] == "each_once")
        .map(|finding| {
            (
                finding["document"].clone(),
                finding["pointer"].clone(),
                finding["expected"].clone(),
            )
        })
        .collect();
    assert_eq!(found.len(), 2, "{process}");
    assert_eq!(
        found[0],
        (json!(2), json!("/employer/tax_id"), json!("A")),
        "{process}"
    );
    assert_eq!((&found[1].0, &found[1].1), (&json!(2), &json!("/employee/id")));
    // A document alone agrees with itself.
    let alone = host.submit("payroll_v1", &slip("B", "1")["data"]).await.body;
    assert!(
        alone["validation_result"]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|finding| finding["rule"] != "one_employer"),
        "{alone}"
    );
}
