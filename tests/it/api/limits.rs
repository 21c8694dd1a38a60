//! Limits that a configuration sets: each holds, by its own error, and shows in the invocation.

use std::time::{Duration, Instant};

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::history;
use super::host::{Host, payslip, sample_json};
use crate::engine::guest::packed;

/// Acme's payslips judged by this configuration from now on.
async fn configure(host: &Host, draft: &Value) {
    let configured = host.configure(host.acme, "payroll_v1", draft).await;
    assert_eq!(configured.status, 201, "{configured:?}");
    let activate = format!("{}/activate", configured.header("location"));
    let admin = host.token(host.acme, Role::Admin);
    let active = host
        .send(host.request(Method::POST, &activate).bearer_auth(admin))
        .await;
    assert_eq!(active.status, 200, "{active:?}");
}

async fn judged(host: &Host, data: &Value, world: usize) -> (Value, Value) {
    let process = host.submit("payroll_v1", data).await.body;
    let id = process["invocations"][world]["invocation_id"].as_str().unwrap();
    let call = host.get(&format!("/v1/invocations/{id}")).await.body;
    (process, call)
}

fn payroll(limits: &Value) -> Value {
    let mut draft = sample_json("configurations/acme-corp/payroll_v1.json");
    draft["limits"] = limits.clone();
    draft
}

#[tokio::test]
async fn each_limit_has_its_error() {
    let host = Host::new().await;
    let wrong = sample_json("documents/acme-corp/payroll_v1/net_above_gross.json");
    for (limits, data, code, phase) in [
        (json!({"memory_bytes": 100_000}), payslip(), "memory", None),
        (
            json!({"output_bytes": 10}),
            wrong.clone(),
            "bad-output",
            Some("result"),
        ),
        (
            json!({"deadline_ms": 1, "memory_bytes": 64_000_000}),
            payslip(),
            "",
            None,
        ),
    ] {
        configure(&host, &payroll(&limits)).await;
        let (process, call) = judged(&host, &data, 0).await;
        for (name, asked) in limits.as_object().unwrap() {
            assert_eq!(&call["limits"][name], asked, "{call}");
        }
        // A millisecond may suffice; whether it did is the machine's.
        if !code.is_empty() {
            assert_eq!(process["error"]["code"], code, "{limits}: {process}");
        }
        if let Some(phase) = phase {
            assert_eq!(process["error"]["phase"], phase, "{process}");
        }
    }
    configure(&host, &payroll(&json!({}))).await;
    let (process, call) = judged(&host, &payslip(), 0).await;
    assert_eq!(process["verdict"], "accepted", "{process}");
    let usage = &call["usage"];
    for figure in [
        "total_us",
        "instantiate_us",
        "call_us",
        "peak_memory_bytes",
        "output_bytes",
    ] {
        assert!(
            usage[figure].as_u64().is_some_and(|used| used > 0),
            "{figure}: {usage}"
        );
    }
}

#[tokio::test]
async fn guests_of_all_kinds_are_held_to_them() {
    for (guest, limits, code) in [
        ("loop_in_validate", json!({"deadline_ms": 150}), "deadline"),
        ("million_findings", json!({"output_items": 7}), "bad-output"),
        ("grow_memory", json!({"memory_bytes": 1_000_000}), "memory"),
    ] {
        let host = Host::new().await;
        let registered = host.send_plugin(&host.platform(), packed(guest)).await;
        assert_eq!(registered.status, 201, "{registered:?}");
        configure(&host, &json!({"plugin_name": "guest", "limits": limits})).await;
        let since = Instant::now();
        let (process, call) = judged(&host, &payslip(), 0).await;
        assert_eq!(process["error"]["code"], code, "{guest}: {process}");
        assert!(since.elapsed() < Duration::from_millis(1_500), "{guest}");
        for (name, asked) in limits.as_object().unwrap() {
            assert_eq!(&call["limits"][name], asked, "{call}");
        }
    }
}

#[tokio::test]
async fn log_lines_and_questions_are_held_to_them() {
    let host = Host::new().await;
    let registered = host
        .send_plugin(&host.platform(), packed("flood_log_by_count"))
        .await;
    assert_eq!(registered.status, 201, "{registered:?}");
    configure(
        &host,
        &json!({"plugin_name": "guest", "limits": {"log_bytes": 100}}),
    )
    .await;
    let (_, call) = judged(&host, &payslip(), 0).await;
    assert!(call["usage"]["log_bytes_cut"].as_u64().unwrap() > 0, "{call}");
    let kept = call["log"].as_array().unwrap().len();
    assert!(kept < 100, "{kept} lines");

    let host = history::host().await;
    let mut draft = payroll(&json!({"host_calls": 0}));
    draft["scorer"] = json!({"plugin_name": "guest"});
    draft["enable_fraud_detection"] = json!(true);
    configure(&host, &draft).await;
    let (process, call) = judged(&host, &history::numbered(1), 1).await;
    // It takes no answer for a sighting.
    assert_eq!(process["documents"][0]["fraud_score"], 1, "{process}");
    assert_eq!(
        (&call["host_answers"], &call["limits"]["host_calls"]),
        (&json!([]), &json!(0))
    );
}

#[tokio::test]
async fn what_the_host_does_not_allow_is_refused() {
    let host = Host::new().await;
    let limits = json!({"deadline_ms": 30_001, "memory_bytes": 0, "output_items": 100_001, "log_bytes": 0});
    let refused = host.configure(host.acme, "payroll_v1", &payroll(&limits)).await;
    refused.problem(422, "configuration-invalid");
    assert_eq!(
        refused.pointers(),
        [
            "/limits/deadline_ms",
            "/limits/memory_bytes",
            "/limits/output_items"
        ]
    );
    assert!(
        refused.text.contains("above this host's maximum of 30000"),
        "{refused:?}"
    );
    for limits in [json!({"deadline": 1}), json!({"deadline_ms": -1})] {
        let refused = host.configure(host.acme, "payroll_v1", &payroll(&limits)).await;
        refused.problem(422, "configuration-invalid");
    }
}
