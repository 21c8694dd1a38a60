//! What a process shows of its calls: how long loading took, what the host answered.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::SystemClock;
use assay_engine::{Engine, EngineOptions};
use assay_service::IntakeLimits;
use serde_json::{Value, json};

use super::host::{Host, payslip};
use super::takeover::{another_with, under_way};
use crate::engine::guest::packed;

/// What becomes of a process on a host that has nothing compiled.
async fn on_a_cold_host(host: &Host, load_deadline: Duration) -> Value {
    let id = under_way(host, "gen_random_uuid()").await;
    let engine = Engine::new(EngineOptions {
        concurrent_calls: 2,
        load_deadline,
        ..EngineOptions::default()
    });
    let cold = another_with(
        host,
        engine.unwrap(),
        Arc::new(SystemClock),
        IntakeLimits::default(),
    );
    let startup = cold.startup().await.unwrap();
    cold.drain().await;
    assert_eq!(startup.taken_over, 1);
    host.get(&format!("/v1/processes/{id}")).await.body
}

async fn invocation(host: &Host, process: &Value) -> Value {
    let id = process["invocations"][0]["invocation_id"].as_str().unwrap();
    host.get(&format!("/v1/invocations/{id}")).await.body
}

#[tokio::test]
async fn a_cold_host_compiles_first_and_fails_nothing() {
    let host = Host::new().await;
    let process = on_a_cold_host(&host, EngineOptions::default().load_deadline).await;
    assert_eq!(
        (process["status"].as_str(), process["verdict"].as_str()),
        (Some("completed"), Some("accepted")),
        "{process}"
    );
    let call = invocation(&host, &process).await;
    let (usage, limits) = (&call["usage"], &call["limits"]);
    let micros = |field: &str| usage[field].as_u64().unwrap();
    assert!(micros("load_us") > 10_000, "{usage}");
    assert_eq!(limits["deadline_ms"], 2_000);
    assert!(micros("total_us") - micros("load_us") < 2_000_000, "{usage}");
}

#[tokio::test]
async fn what_takes_too_long_to_load_fails_by_name() {
    let host = Host::new().await;
    let process = on_a_cold_host(&host, Duration::from_millis(1)).await;
    assert_eq!(process["status"], "failed", "{process}");
    let error = &process["error"];
    assert_eq!(
        (error["code"].as_str(), error["phase"].as_str()),
        (Some("deadline"), Some("load")),
        "{process}"
    );
    host.is_fine().await;
}

#[tokio::test]
async fn calls_start_from_a_snapshot_as_soon_as_there_is_one_and_say_the_same() {
    let host = Host::new().await;
    let mut said = Vec::new();
    for _ in 0..300 {
        let process = host.submit("payroll_v1", &payslip()).await;
        assert_eq!(process.status, 201, "{process:?}");
        let call = invocation(&host, &process.body).await;
        said.push(call["output_sha256"].clone());
        let prepared_for_itself = call["usage"]["prepare_us"].as_u64().unwrap() > 0;
        if said.len() > 1 && !prepared_for_itself {
            assert!(said[0].is_string(), "{call}");
            assert!(said.iter().all(|output| *output == said[0]), "{said:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no call started from a snapshot");
}

#[tokio::test]
async fn what_the_host_answered_is_kept_with_the_call() {
    let host = Host::new().await;
    let answer = host.send_plugin(&host.platform(), packed("ask_history")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let draft = json!({"plugin_name": "guest"});
    host.activate_for(host.acme, "payroll_v1", &draft).await;

    // It asks once for each byte of the data.
    let process = host.submit("payroll_v1", &json!({})).await;
    assert_eq!(process.status, 201, "{process:?}");
    let call = invocation(&host, &process.body).await;
    assert_eq!(call["usage"]["host_calls"], 2, "{call}");
    let told = json!({
        "question": {"known-values": {"subject": "supplier:1", "field": "iban"}},
        "answer": {"known-values": []},
    });
    assert_eq!(call["host_answers"], json!([told, told]), "{call}");
    assert_eq!(call["replayable"], true);
}
