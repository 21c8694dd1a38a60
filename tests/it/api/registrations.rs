//! What becomes of uploads: shown while it goes on, once for the same bytes over all hosts, and never forgotten.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Actor, Role, SystemClock};
use assay_engine::{CompilerProgram, Engine, EngineOptions};
use assay_service::{IntakeLimits, Progress, Publishing, Services};
use reqwest::Method;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};

use super::host::{Answer, Host, built};
use super::takeover::another_with;
use crate::cli::binary;

/// Another host over the same database, whose compiler takes its time first.
fn slow(host: &Host, seconds: f32) -> Services {
    let script = format!("sleep {seconds}; exec \"$0\" compile-component \"$@\"");
    let engine = Engine::new(EngineOptions {
        compiler: Some(CompilerProgram {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into(), binary::path().into()],
        }),
        concurrent_calls: 1,
        ..EngineOptions::default()
    });
    another_with(
        host,
        engine.unwrap(),
        Arc::new(SystemClock),
        IntakeLimits::default(),
    )
}

fn platform() -> Actor {
    Actor {
        client: None,
        role: Role::Platform,
        subject: "test".into(),
    }
}

async fn send_async(host: &Host, token: &str, bytes: Vec<u8>) -> Answer {
    let request = host
        .request(Method::POST, "/v1/plugins")
        .bearer_auth(token)
        .header("content-type", "application/wasm")
        .header("prefer", "respond-async");
    host.send(request.body(bytes)).await
}

async fn look(host: &Host, token: &str, path: &str) -> Answer {
    host.send(host.request(Method::GET, path).bearer_auth(token))
        .await
}

fn under_way(registration: &Value) -> bool {
    let status = registration["status"].as_str().unwrap();
    ["queued", "checking", "compiling", "testing"].contains(&status)
}

async fn until_ended(host: &Host, token: &str, path: &str) -> Value {
    for _ in 0..1_000 {
        let answer = look(host, token, path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if !under_way(&answer.body) {
            return answer.body;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not end");
}

/// Waits for a row with this status.
async fn until_stored(host: &Host, status: &str) {
    for _ in 0..1_000 {
        if host
            .count(&format!("plugin_registrations WHERE status = '{status}'"))
            .await
            > 0
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no registration becomes {status}");
}

#[tokio::test]
async fn who_prefers_it_is_answered_at_once_and_looks_later() {
    let host = Host::empty().await;
    let admin = host.token(host.acme, Role::Admin);
    let bytes = built("ubl_invoice_extractor");
    let accepted = send_async(&host, &admin, bytes.clone()).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    assert_eq!(accepted.header("preference-applied"), "respond-async");
    let path = accepted.header("location").to_owned();
    assert_eq!(
        path,
        format!(
            "/v1/registrations/{}",
            accepted.body["registration_id"].as_str().unwrap()
        )
    );
    let ended = until_ended(&host, &admin, &path).await;
    assert_eq!(
        (
            ended["status"].as_str(),
            ended["name"].as_str(),
            ended["size"].as_u64()
        ),
        (
            Some("registered"),
            Some("ubl_invoice_extractor"),
            Some(bytes.len() as u64)
        ),
        "{ended}"
    );
    let release = host.get("/v1/plugins/ubl_invoice_extractor").await.body["releases"][0].clone();
    assert_eq!(ended["release_id"], release["release_id"]);
    assert_eq!(ended["sha256"], release["original_sha256"]);

    // What is waited for is written down too; it is nobody else's to see.
    assert_eq!(host.send_plugin(&admin, bytes).await.status, 200);
    let list = look(&host, &admin, "/v1/registrations?limit=1").await;
    assert_eq!(list.body["items"][0]["status"], "registered", "{list:?}");
    assert_ne!(list.body["items"][0]["registration_id"], ended["registration_id"]);
    let next = list.body["next"].as_str().unwrap();
    assert!(list.header("link").contains(next), "{list:?}");
    let rest = look(&host, &admin, &format!("/v1/registrations?limit=1&after={next}")).await;
    assert_eq!(rest.body["items"][0]["registration_id"], ended["registration_id"]);
    assert_eq!(rest.body["next"], Value::Null);
    for other in [host.token(host.globex, Role::Admin), host.platform()] {
        look(&host, &other, &path).await.problem(404, "not-found");
        let list = look(&host, &other, "/v1/registrations").await;
        assert_eq!(list.body["items"].as_array().map(Vec::len), Some(0), "{list:?}");
        look(&host, &other, &format!("/v1/registrations?after={next}"))
            .await
            .problem(400, "query-invalid");
    }
    for wrong in ["limit=0", "limit=201", "after=x", "surprise=1"] {
        look(&host, &admin, &format!("/v1/registrations?{wrong}"))
            .await
            .problem(400, "query-invalid");
    }
}

#[tokio::test]
async fn a_refusal_is_kept_with_its_reasons_and_audited() {
    let host = Host::empty().await;
    let admin = host.token(host.acme, Role::Admin);
    let accepted = send_async(&host, &admin, wat::parse_str("(module)").unwrap()).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ended = until_ended(&host, &admin, accepted.header("location")).await;
    assert_eq!(ended["status"], "refused", "{ended}");
    let codes: Vec<_> = ended["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["core-module", "no-manifest"]);
    let audited = format!(
        "audit_logs WHERE event_type = 'plugin.refused' AND client_id = '{}'
             AND payload ->> 'code' = 'plugin-refused'",
        host.acme
    );
    for _ in 0..100 {
        if host.count(&audited).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(host.count(&audited).await, 1);
    // Waited for, it is refused and audited as ever, once.
    let refused = host
        .send_plugin(&admin, wat::parse_str("(module)").unwrap())
        .await;
    refused.problem(422, "plugin-refused");
    assert_eq!(host.count(&audited).await, 2);
    let kept = "plugin_registrations WHERE status = 'refused' AND jsonb_array_length(reasons) = 2";
    assert_eq!(host.count(kept).await, 2);

    let viewer = host.token(host.acme, Role::Viewer);
    send_async(&host, &viewer, b"x".to_vec())
        .await
        .problem(403, "not-allowed");
    assert_eq!(host.count("plugin_registrations").await, 2);
}

/// Two hosts over one database: who comes second waits for the first, whichever host was asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_are_registered_once_over_several_hosts() {
    let host = Host::empty().await;
    let other = slow(&host, 1.0);
    let _alive = other.announce().await.unwrap();
    let bytes = built("ubl_invoice_extractor");
    let (first, component) = (other.clone(), bytes.clone());
    let steps = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&steps);
    let progress = Progress::to(move |status, _| told.lock().unwrap().push(status.to_string()));
    let task = tokio::spawn(async move {
        first
            .register_plugin_as(
                &platform(),
                component.into(),
                Publishing {
                    activate: true,
                    progress,
                },
            )
            .await
    });
    until_stored(&host, "compiling").await;

    let pointed = send_async(&host, &host.platform(), bytes.clone()).await;
    assert_eq!(pointed.status, 202);
    assert_eq!(pointed.body["status"], "compiling", "{pointed:?}");
    let waited = host.send_plugin(&host.platform(), bytes.clone()).await;
    let release = task.await.unwrap().unwrap();
    assert!(release.new);
    assert_eq!(waited.status, 200, "{waited:?}");
    assert_eq!(waited.body["release_id"], release.release_id.to_string());
    assert_eq!(host.count("plugin_registrations").await, 1);
    let path = pointed.header("location").to_owned();
    assert_eq!(
        until_ended(&host, &host.platform(), &path).await["status"],
        "registered"
    );
    let mut steps = steps.lock().unwrap().clone();
    steps.dedup();
    assert_eq!(steps, ["checking", "compiling", "testing"]);

    // Another owner's are others.
    let admin = host.token(host.acme, Role::Admin);
    host.send_plugin(&admin, bytes)
        .await
        .problem(409, "plugin-name-taken");
    let row = format!(
        "plugin_registrations WHERE client_id = '{}' AND status = 'refused'",
        host.acme
    );
    assert_eq!(host.count(&row).await, 1);
}

/// A caller who hangs up loses the answer and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_loses_only_the_answer() {
    let host = Host::empty().await;
    let other = slow(&host, 0.5);
    let registering = other.clone();
    let task = tokio::spawn(async move {
        let bytes = built("ubl_invoice_extractor").into();
        registering.register_plugin(&platform(), bytes).await
    });
    until_stored(&host, "compiling").await;
    task.abort();
    other.drain().await;
    assert_eq!(
        host.count("plugin_registrations WHERE status = 'registered'")
            .await,
        1
    );
    assert_eq!(host.count("plugin_releases").await, 1);
}

/// What a host left when it was killed is shown as interrupted, and the same bytes begin anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_host_left_is_interrupted_and_begun_anew() {
    let host = Host::empty().await;
    let bytes = built("ubl_invoice_extractor");
    let left = send_async(&host, &host.platform(), bytes.clone()).await;
    let path = left.header("location").to_owned();
    until_ended(&host, &host.platform(), &path).await;
    // As it was when the host that had it was killed: nothing registered, its lock free.
    let back = "SET session_replication_role = replica; DELETE FROM plugin_releases;
        UPDATE plugin_registrations SET status = 'compiling', release_id = NULL, host_id = gen_random_uuid()";
    host.database
        .admin()
        .await
        .execute(AssertSqlSafe(back))
        .await
        .unwrap();
    for path in [path.as_str(), "/v1/registrations"] {
        let answer = look(&host, &host.platform(), path).await.body;
        let shown = if path.ends_with("registrations") {
            &answer["items"][0]
        } else {
            &answer
        };
        assert_eq!(shown["status"], "failed", "{shown}");
        assert_eq!(shown["reasons"][0]["code"], "interrupted", "{shown}");
    }
    let again = host.send_plugin(&host.platform(), bytes).await;
    assert_eq!(again.status, 201, "{again:?}");
    assert_eq!(
        host.count("plugin_registrations WHERE status = 'failed'").await,
        1
    );
    assert_eq!(
        host.count("plugin_registrations WHERE status = 'registered'")
            .await,
        1
    );
}

/// What a living host works on is left to it, even when it says nothing for long.
#[tokio::test]
async fn a_registration_of_a_living_host_is_not_interrupted() {
    let host = Host::empty().await;
    let bytes = built("ubl_invoice_extractor");
    let left = send_async(&host, &host.platform(), bytes.clone()).await;
    let path = left.header("location").to_owned();
    until_ended(&host, &host.platform(), &path).await;
    let alive = uuid::Uuid::new_v4();
    let announcement = host.database.store.announce(alive).await.unwrap();
    let back = format!(
        "UPDATE plugin_registrations SET status = 'compiling', release_id = NULL, host_id = '{alive}',
             updated_at = now() - interval '1 hour'"
    );
    host.database
        .admin()
        .await
        .execute(AssertSqlSafe(back))
        .await
        .unwrap();
    assert_eq!(
        look(&host, &host.platform(), &path).await.body["status"],
        "compiling"
    );
    drop(announcement);
    for _ in 0..250 {
        if look(&host, &host.platform(), &path).await.body["status"] == "failed" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("its lock is gone, and it is not failed");
}

/// Who is told that somebody else registers the same bytes, and finds nothing because that has ended, begins anew.
#[tokio::test]
async fn a_registration_that_ended_just_now_is_begun_anew() {
    let host = Host::empty().await;
    // As if the row that was in the way had ended between two statements, once.
    let race = "CREATE SEQUENCE races; GRANT USAGE ON SEQUENCE races TO assay_app;
        CREATE FUNCTION race() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF nextval('races') = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;
        CREATE TRIGGER race BEFORE INSERT ON plugin_registrations FOR EACH ROW EXECUTE FUNCTION race()";
    host.database.admin().await.execute(race).await.unwrap();
    let accepted = send_async(&host, &host.platform(), built("ubl_invoice_extractor")).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let ended = until_ended(&host, &host.platform(), accepted.header("location")).await;
    assert_eq!(ended["status"], "registered", "{ended}");
}

/// Nobody fills the host's memory with uploads, waiting ones or those that only arrive.
#[tokio::test]
async fn one_client_holds_no_more_uploads_than_are_left_for_the_others() {
    let host = Host::empty().await;
    let services = slow(&host, 0.0);
    let admin = |client| Actor {
        client: Some(client),
        role: Role::Admin,
        subject: "test".into(),
    };
    let expected = std::iter::from_fn(|| services.expect_upload(&admin(host.acme)).ok());
    let held: Vec<_> = expected.collect();
    assert_eq!(held.len(), 16);
    assert!(services.expect_upload(&admin(host.globex)).is_ok());
    assert!(services.expect_upload(&platform()).is_ok());
    let bytes = built("ubl_invoice_extractor");
    let full = services.register_plugin(&admin(host.acme), bytes.into()).await;
    assert!(
        matches!(full, Err(assay_service::RegisterError::Overloaded { .. })),
        "{full:?}"
    );
    drop(held);
    assert!(services.expect_upload(&admin(host.acme)).is_ok());
}
