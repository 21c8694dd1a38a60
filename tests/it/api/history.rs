//! What scorers are told of a client's earlier documents, and that of concurrent duplicates one alone is clean.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Actor, IngestionSource, Question, Role, SystemClock};
use assay_service::{IntakeLimits, Services, Submission, SubmittedDocument};
use assay_store::history::HistoryLocks;
use assay_store::{ConnectOptions, Store};
use reqwest::Method;
use serde_json::{Value, json};

use super::host::{Host, engine, payslip, sample_json};
use super::takeover::another_with;
use crate::engine::guest::packed;

/// A host whose Acme has every payslip scored by a plugin that says 1 of what was seen before.
pub(super) async fn host() -> Host {
    scored_by("scorer_of_history").await
}

async fn scored_by(guest: &str) -> Host {
    let host = Host::new().await;
    let answer = host.send_plugin(&host.platform(), packed(guest)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let mut draft = sample_json("configurations/acme-corp/payroll_v1.json");
    draft["scorer"] = json!({"plugin_name": "guest"});
    draft["enable_fraud_detection"] = json!(true);
    for client in [host.acme, host.globex] {
        let answer = host.configure(client, "payroll_v1", &draft).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let activate = format!("{}/activate", answer.header("location"));
        let admin = host.token(client, Role::Admin);
        let request = host.request(Method::POST, &activate).bearer_auth(admin);
        assert_eq!(host.send(request).await.status, 200);
    }
    host
}

/// A payslip whose first bytes are its own.
pub(super) fn numbered(number: usize) -> Value {
    let mut data = payslip();
    data["a_number"] = json!(number);
    data
}

fn scores(process: &Value) -> Vec<String> {
    let documents = process["documents"].as_array().unwrap();
    let scores = documents
        .iter()
        .map(|document| document["fraud_score"].to_string());
    scores.map(|score| score.trim_matches('"').to_owned()).collect()
}

async fn score(host: &Host, data: &Value) -> String {
    let answer = host.submit("payroll_v1", data).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    scores(&answer.body).remove(0)
}

#[tokio::test]
async fn a_document_is_unseen_once() {
    let host = host().await;
    assert_eq!(score(&host, &numbered(1)).await, "0");
    assert_eq!(score(&host, &numbered(1)).await, "1");
    assert_eq!(score(&host, &numbered(2)).await, "0");
    let again = host.submit("payroll_v1", &numbered(2)).await.body;
    assert_eq!(again["verdict"], "review", "{again}");

    let id = again["invocations"][1]["invocation_id"].as_str().unwrap();
    let call = host.get(&format!("/v1/invocations/{id}")).await.body;
    let told = &call["host_answers"][0];
    assert_eq!(told["question"]["find-exact"]["name"], "start", "{call}");
    assert_eq!(told["answer"]["sightings"]["total"], 1, "{call}");
}

#[tokio::test]
async fn the_documents_of_one_process_see_those_before_them() {
    let host = host().await;
    let documents: Vec<_> = [7, 8, 7, 7]
        .into_iter()
        .map(|number| json!({"file_name": "a.json", "data": numbered(number)}))
        .collect();
    let body = json!({"process_type_id": "payroll_v1", "documents": documents}).to_string();
    let process = host
        .post("/v1/processes", "application/json", body.clone())
        .await
        .body;
    assert_eq!(scores(&process), ["0", "0", "1", "1"]);
    let again = host.post("/v1/processes", "application/json", body).await.body;
    assert_eq!(scores(&again), ["1", "1", "1", "1"]);
    let id = again["invocations"][7]["invocation_id"].as_str().unwrap();
    let call = host.get(&format!("/v1/invocations/{id}")).await.body;
    assert_eq!(call["host_answers"][0]["answer"]["sightings"]["total"], 5);
    assert_eq!(host.count("document_fingerprints").await, 8);
}

#[tokio::test]
async fn what_is_only_tried_is_not_remembered() {
    let host = host().await;
    let body =
        json!({"process_type_id": "payroll_v1", "documents": [{"file_name": "a.json", "data": numbered(1)}]});
    for _ in 0..2 {
        let tried = host
            .post("/v1/validate", "application/json", body.to_string())
            .await;
        assert_eq!(scores(&tried.body), ["0"], "{tried:?}");
    }
    assert_eq!(score(&host, &numbered(1)).await, "0");
    let tried = host
        .post("/v1/validate", "application/json", body.to_string())
        .await;
    assert_eq!(scores(&tried.body), ["1"]);
}

#[tokio::test]
async fn a_client_does_not_see_what_another_has() {
    let host = host().await;
    assert_eq!(score(&host, &numbered(1)).await, "0");
    let body =
        json!({"process_type_id": "payroll_v1", "documents": [{"file_name": "a.json", "data": numbered(1)}]});
    let token = host.token(host.globex, Role::Operator);
    let request = host.request(Method::POST, "/v1/processes").bearer_auth(token);
    let request = request
        .header("content-type", "application/json")
        .body(body.to_string());
    assert_eq!(scores(&host.send(request).await.body), ["0"]);
}

#[tokio::test]
async fn a_plugin_without_the_permission_has_nothing_remembered() {
    let host = scored_by("scorer_not_permitted").await;
    assert_eq!(score(&host, &numbered(1)).await, "0");
    assert_eq!(host.count("document_fingerprints").await, 0);
}

pub(super) async fn submitted(services: Services, actor: Actor, number: usize) -> String {
    let document = SubmittedDocument {
        file_name: None,
        media_type: "application/json".to_owned(),
        content: numbered(number).to_string().into(),
    };
    let submission = Submission {
        process_type: "payroll_v1".parse().unwrap(),
        input: json!({}),
        documents: vec![document],
        source: IngestionSource::Api,
        correlation_id: None,
    };
    let process = services.submit(&actor, submission).await.unwrap();
    process.documents[0].fraud_score.unwrap().to_string()
}

#[tokio::test]
async fn of_concurrent_duplicates_on_two_hosts_one_is_clean() {
    let host = host().await;
    let hosts: Vec<_> = (0..2)
        .map(|_| another_with(&host, engine(), Arc::new(SystemClock), IntakeLimits::default()))
        .collect();
    let actor = Actor {
        client: Some(host.acme),
        role: Role::Operator,
        subject: "test".to_owned(),
    };
    // Each of 6 documents 12 times, on either host.
    let tasks: Vec<_> = (0..72)
        .map(|task| {
            let services = hosts[task % 2].clone();
            tokio::spawn(submitted(services, actor.clone(), task / 12))
        })
        .collect();
    let mut unseen = [0; 6];
    for (task, handle) in tasks.into_iter().enumerate() {
        match handle.await.unwrap().as_str() {
            "0" => unseen[task / 12] += 1,
            other => assert_eq!(other, "1"),
        }
    }
    assert_eq!(unseen, [1; 6]);
    assert_eq!(host.count("document_fingerprints").await, 72);
    let mut admin = host.database.admin().await;
    let last: Vec<i64> = sqlx::query_scalar("SELECT max(nth) FROM document_fingerprints GROUP BY value")
        .fetch_all(&mut admin)
        .await
        .unwrap();
    assert_eq!(last, [12; 6]);
}

/// Another host that has a client's whole history holds up that client's verdicts; the few connections are there for
/// the others.
#[tokio::test]
async fn who_waits_for_another_host_waits_without_a_connection() {
    let host = host().await;
    assert_eq!(score(&host, &numbered(0)).await, "0");
    let elsewhere = Store::connect(host.database.app_url(), ConnectOptions::default())
        .await
        .unwrap();
    let mut locks = HistoryLocks::new(host.acme);
    locks.ask(&Question::FindNear {
        name: "start".to_owned(),
        bits: 0,
        max_distance: 16,
    });
    let mut tx = elsewhere.begin(host.acme).await.unwrap();
    tx.lock_history(&locks).await.unwrap();

    let services = another_with(&host, engine(), Arc::new(SystemClock), IntakeLimits::default());
    let actor = |client| Actor {
        client: Some(client),
        role: Role::Operator,
        subject: "test".to_owned(),
    };
    // Twice the connections that there are.
    let storm: Vec<_> = (1..=8)
        .map(|number| tokio::spawn(submitted(services.clone(), actor(host.acme), number)))
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(storm.iter().all(|task| !task.is_finished()));
    for number in 1..=4 {
        let other = submitted(services.clone(), actor(host.globex), number);
        let score = tokio::time::timeout(Duration::from_secs(2), other).await;
        assert_eq!(score.expect("a connection is free"), "0");
    }
    tx.rollback().await.unwrap();
    for task in storm {
        assert_eq!(task.await.unwrap(), "0");
    }
}
