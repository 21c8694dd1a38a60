//! What is exchanged while more than a thousand documents are judged: each is judged by one configuration and one release, whole,
//! and none fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use assay_domain::Manifest;
use assay_engine::manifest;
use serde_json::json;
use tokio::task::JoinSet;

use super::host::{Host, built, payslip, root, sample_json};

/// The payroll validator as its next release.
fn next_release() -> Vec<u8> {
    let file = root().join("plugins/payroll_standard_validator/plugin.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("version = \"1.0.0\"", "version = \"1.0.1\"");
    let manifest = Manifest::from_toml(&text).unwrap();
    manifest::embed(&built("payroll_standard_validator"), &manifest).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_documents_while_configuration_and_release_are_replaced() {
    let host = Arc::new(Host::new().await);
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]}).to_string();
    let (answered, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let (host, body) = (Arc::clone(&host), body.clone());
        let (answered, over) = (Arc::clone(&answered), Arc::clone(&over));
        callers.spawn(async move {
            let mut answers = Vec::new();
            // Each once more when everything was replaced.
            loop {
                let last = over.load(Ordering::SeqCst) && answered.load(Ordering::SeqCst) >= 1_000;
                answers.push(host.post("/v1/validate", "application/json", body.clone()).await);
                answered.fetch_add(1, Ordering::SeqCst);
                if last {
                    return answers;
                }
            }
        });
    }
    let at = async |count: usize| {
        while answered.load(Ordering::SeqCst) < count {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    at(100).await;
    let sent = host.send_plugin(&host.platform(), next_release()).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    // The second version rejects what the first accepts.
    let mut strict = sample_json("configurations/acme-corp/payroll_v1.json");
    strict["validation_rules"] = json!([{"id": "never", "field": "never_there", "rule": "required"}]);
    host.activate_for(host.acme, "payroll_v1", &strict).await;

    over.store(true, Ordering::SeqCst);

    let mut seen = BTreeMap::new();
    while let Some(answers) = callers.join_next().await {
        for answer in answers.unwrap() {
            assert_eq!(answer.status, 200, "{answer:?}");
            let version = answer.body["config_version"].as_i64().unwrap();
            let verdict = answer.body["verdict"].as_str().unwrap().to_owned();
            let release = answer.body["plugins"][0]["version"].as_str().unwrap().to_owned();
            *seen.entry((version, verdict, release)).or_insert(0_usize) += 1;
        }
    }
    println!("{seen:?}");
    let of = |version, verdict: &str, release: &str| {
        let key = (version, verdict.to_owned(), release.to_owned());
        seen.get(&key).copied().unwrap_or_default()
    };
    let before = of(1, "accepted", "1.0.0") + of(1, "accepted", "1.0.1");
    let after = of(2, "rejected", "1.0.1");
    assert!(before >= 100 && after >= 16, "{seen:?}");
    assert_eq!(before + after, seen.values().sum::<usize>(), "{seen:?}");
}
