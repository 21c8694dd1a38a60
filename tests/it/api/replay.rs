//! A stored call run once more gives the same bytes, on this host and on another; what differs is named.

use std::sync::Arc;

use assay_domain::{Actor, InvocationId, Role, SystemClock};
use assay_engine::{Engine, EngineOptions};
use assay_service::IntakeLimits;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::history;
use super::host::{Answer, Host, payslip, sample, sample_json};
use super::takeover::another_with;
use crate::cli::binary::{Said, assay};
use crate::engine::guest::packed;

async fn replay(host: &Host, id: &str) -> Answer {
    host.post(&format!("/v1/invocations/{id}/replay"), "application/json", "")
        .await
}

fn invocations(process: &Value) -> Vec<String> {
    let calls = process["invocations"].as_array().unwrap();
    let id = |call: &Value| call["invocation_id"].as_str().unwrap().to_owned();
    calls.iter().map(id).collect()
}

/// That every call of a process replays to the same here and on a host that has compiled nothing and made no snapshot.
async fn same_everywhere(host: &Host, process: &Value) {
    let engine = Engine::new(EngineOptions {
        concurrent_calls: 2,
        ..EngineOptions::default()
    });
    let other = another_with(
        host,
        engine.unwrap(),
        Arc::new(SystemClock),
        IntakeLimits::default(),
    );
    let actor = Actor {
        client: Some(host.acme),
        role: Role::Operator,
        subject: "test".to_owned(),
    };
    let calls = invocations(process);
    assert!(!calls.is_empty(), "{process}");
    for id in calls {
        let answer = replay(host, &id).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["differences"], json!([]), "{answer:?}");
        assert_eq!(answer.body["same"], true, "{answer:?}");
        assert_eq!(answer.body["recorded"], answer.body["replayed"]);
        let there = other
            .replay(&actor, InvocationId(id.parse().unwrap()))
            .await
            .unwrap();
        assert!(there.same, "{there:?}");
    }
}

#[tokio::test]
async fn what_was_said_of_data_and_of_files_is_said_again() {
    let host = Host::new().await;
    for data in ["ines_roca_2025-09", "net_above_gross", "supplement_twice"] {
        let data = sample_json(&format!("documents/acme-corp/payroll_v1/{data}.json"));
        let process = host.submit("payroll_v1", &data).await.body;
        same_everywhere(&host, &process).await;
    }
    for file in ["roca_2025-114", "roca_wrong_payable", "lys_latin1", "entity_bomb"] {
        let content = sample(&format!("documents/acme-corp/simple_invoice/{file}.xml"));
        let path = "/v1/processes?process_type_id=simple_invoice";
        let process = host.post(path, "application/xml", content).await.body;
        same_everywhere(&host, &process).await;
    }
}

#[tokio::test]
async fn the_history_is_played_back_and_not_asked() {
    let host = history::host().await;
    let first = host.submit("payroll_v1", &history::numbered(1)).await.body;
    let second = host.submit("payroll_v1", &history::numbered(1)).await.body;
    assert_ne!(
        first["documents"][0]["fraud_score"],
        second["documents"][0]["fraud_score"]
    );
    // By now the history would answer both differently.
    host.submit("payroll_v1", &history::numbered(1)).await;
    for process in [first, second] {
        same_everywhere(&host, &process).await;
    }
    assert_eq!(host.count("document_fingerprints").await, 3);
}

async fn sql(host: &Host, statement: String) {
    let mut admin = host.database.admin().await;
    admin.execute(AssertSqlSafe(statement)).await.unwrap();
}

#[tokio::test]
async fn what_differs_is_named_by_its_field() {
    let host = Host::new().await;
    let data = sample_json("documents/acme-corp/payroll_v1/net_above_gross.json");
    let process = host.submit("payroll_v1", &data).await.body;
    let id = invocations(&process).remove(0);
    let forged = format!(
        "UPDATE plugin_invocations SET output = forged.bytes, output_sha256 = sha256(forged.bytes)
         FROM (SELECT convert_to(replace(convert_from(output, 'UTF8'), '\"severity\":\"error\"', '\"severity\":\"info\"'),
             'UTF8') AS bytes FROM plugin_invocations WHERE invocation_id = '{id}') AS forged
         WHERE invocation_id = '{id}'"
    );
    sql(&host, forged).await;
    let answer = replay(&host, &id).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["same"]),
        (200, &json!(false))
    );
    let difference = &answer.body["differences"][0];
    let field = difference["field"].as_str().unwrap();
    assert!(
        field.starts_with("/output/findings/") && field.ends_with("/severity"),
        "{answer:?}"
    );
    assert_eq!(
        (&difference["recorded"], &difference["replayed"]),
        (&json!("info"), &json!("error"))
    );
    assert_ne!(
        answer.body["recorded"]["output_sha256"],
        answer.body["replayed"]["output_sha256"]
    );

    // The same by the command line, which finds out whose it is.
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| {
        let output = assay(["replay"])
            .args(arguments)
            .env("DATABASE_URL", host.database.owner_url())
            .env("ASSAY_DATA_DIR", folder.path())
            .output();
        Said::of(output.unwrap())
    };
    let said = command(&[&id]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains(field) && said.out.contains("not the same"),
        "{said:?}"
    );
    let json = command(&[&id, "--format", "json", "--client", "acme"]);
    assert_eq!(
        (json.code, &json.json()["differences"][0]["field"]),
        (1, &json!(field)),
        "{json:?}"
    );
    for wrong in [
        vec!["nonsense"],
        vec![&*id, "--client", "globex"],
        vec!["00000000-0000-0000-0000-000000000000"],
    ] {
        assert_eq!(command(&wrong).code, 2, "{wrong:?}");
    }
    let process = host.submit("payroll_v1", &payslip()).await.body;
    let said = command(&[&invocations(&process)[0]]);
    assert_eq!(said.code, 0, "{said:?}");
}

#[tokio::test]
async fn only_whose_it_is_and_may_submit() {
    let host = Host::new().await;
    let process = host.submit("payroll_v1", &payslip()).await.body;
    let path = format!("/v1/invocations/{}/replay", invocations(&process)[0]);
    let as_ = |client, role| {
        host.request(Method::POST, &path)
            .bearer_auth(host.token(client, role))
    };
    host.send(as_(host.globex, Role::Operator))
        .await
        .problem(404, "not-found");
    host.send(as_(host.acme, Role::Viewer))
        .await
        .problem(403, "not-allowed");
    assert_eq!(host.send(as_(host.acme, Role::Admin)).await.status, 200);
    replay(&host, "nonsense").await.problem(400, "path-invalid");
}

#[tokio::test]
async fn what_can_not_be_replayed_is_refused_by_name() {
    let host = Host::new().await;
    let answer = host
        .send_plugin(&host.platform(), packed("loop_in_validate"))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let configured = host
        .configure(host.acme, "payroll_v1", &json!({"plugin_name": "guest"}))
        .await;
    let activate = format!("{}/activate", configured.header("location"));
    let admin = host.token(host.acme, Role::Admin);
    host.send(host.request(Method::POST, &activate).bearer_auth(admin))
        .await;
    let process = host.submit("payroll_v1", &payslip()).await.body;
    assert_eq!(process["error"]["code"], "deadline", "{process}");
    let ended = replay(&host, &invocations(&process)[0]).await;
    assert!(
        ended
            .problem(409, "invocation-not-replayable")
            .contains("deadline")
    );

    let host = Host::new().await;
    let process = host.submit("payroll_v1", &payslip()).await.body;
    let id = invocations(&process).remove(0);
    sql(
        &host,
        format!("UPDATE plugin_invocations SET rules_sha256 = sha256('other') WHERE invocation_id = '{id}'"),
    )
    .await;
    let other = replay(&host, &id).await;
    assert!(other.problem(409, "invocation-unrestorable").contains("rules"));
    sql(
        &host,
        format!("UPDATE plugin_invocations SET input_sha256 = sha256('other') WHERE invocation_id = '{id}'"),
    )
    .await;
    replay(&host, &id).await.problem(409, "invocation-unrestorable");
}
