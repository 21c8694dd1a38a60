//! Releases in use: put into use for all or for one client, gone back from, followed by other hosts, swapped under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assay_domain::{ClientId, Manifest, Role, SystemClock};
use assay_engine::{Engine, EngineOptions, manifest};
use assay_service::IntakeLimits;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::host::{Answer, Host, payslip};
use super::takeover::another_with;
use crate::engine::guest::bare;

/// The component of a guest as this version of the plugin `guest`, with more of a manifest.
pub(super) fn version(guest: &str, version: &str, more: &str) -> Vec<u8> {
    let text = format!(
        "manifest = 1\n[plugin]\nname = \"guest\"\nversion = \"{version}\"\ndescription = \"A guest.\"\n\
         worlds = [\"validator\"]\n{more}"
    );
    manifest::embed(&bare(guest), &Manifest::from_toml(&text).unwrap()).unwrap()
}

async fn publish(host: &Host, guest: &str, number: &str) {
    let answer = host
        .send_plugin(&host.platform(), version(guest, number, ""))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

async fn configure(host: &Host, client: ClientId, range: &str) {
    let draft = json!({"plugin_name": "guest", "plugin_range": range});
    let configured = host.configure(client, "payroll_v1", &draft).await;
    assert_eq!(configured.status, 201, "{configured:?}");
    let activate = format!("{}/activate", configured.header("location"));
    let admin = host.token(client, Role::Admin);
    let active = host
        .send(host.request(Method::POST, &activate).bearer_auth(admin))
        .await;
    assert_eq!(active.status, 200, "{active:?}");
}

async fn send(host: &Host, method: Method, token: &str, path: &str) -> Answer {
    host.send(host.request(method, path).bearer_auth(token)).await
}

async fn change(host: &Host, token: &str, number: &str, what: &str) -> Answer {
    let path = format!("/v1/plugins/guest/releases/{number}/{what}");
    send(host, Method::POST, token, &path).await
}

/// Which release judges a client's next payslip; else the refusal's code.
async fn judges(host: &Host, client: ClientId) -> String {
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]});
    let request = host
        .request(Method::POST, "/v1/processes")
        .bearer_auth(host.token(client, Role::Operator))
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = host.send(request).await;
    let version = &answer.body["invocations"][0]["version"];
    let text = version.as_str().or(answer.body["code"].as_str());
    text.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test]
async fn a_release_is_put_into_use_for_one_then_for_all_and_gone_back_from() {
    let host = Host::new().await;
    let platform = host.platform();
    publish(&host, "fine", "1.0.0").await;
    for client in [host.acme, host.globex] {
        configure(&host, client, "^1").await;
    }
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
    // Published and not in use.
    let sent = host
        .request(Method::POST, "/v1/plugins?activate=false")
        .bearer_auth(&platform)
        .header("content-type", "application/wasm")
        .body(version("fine", "1.1.0", ""));
    assert_eq!(host.send(sent).await.status, 201);
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
    change(&host, &platform, "1.1.0", "rollback")
        .await
        .problem(409, "release-never-active");

    // Acme for itself; then the platform for all.
    let acme = host.token(host.acme, Role::Admin);
    let done = change(&host, &acme, "1.1.0", "activate").await;
    assert_eq!(
        (done.status.as_u16(), &done.body["in_use"], &done.body["changed"]),
        (200, &json!(["1.1.0", "1.0.0"]), &json!(true))
    );
    assert_eq!(judges(&host, host.acme).await, "1.1.0");
    assert_eq!(judges(&host, host.globex).await, "1.0.0");
    let done = change(&host, &platform, "1.1.0", "activate").await;
    assert_eq!(done.body["client_id"], Value::Null);
    assert_eq!(judges(&host, host.globex).await, "1.1.0");
    let again = change(&host, &platform, "1.1.0", "activate").await;
    assert_eq!(again.body["changed"], false);

    // Back, for all but who decided for itself.
    let back = change(&host, &platform, "1.0.0", "rollback").await;
    assert_eq!(back.body["in_use"], json!(["1.0.0"]), "{back:?}");
    assert_eq!(judges(&host, host.globex).await, "1.0.0");
    assert_eq!(judges(&host, host.acme).await, "1.1.0");
    let for_acme = format!("rollback?client={}", host.acme);
    assert_eq!(change(&host, &platform, "1.0.0", &for_acme).await.status, 200);
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
    let shown = send(&host, Method::GET, &acme, "/v1/plugins/guest").await;
    let in_use: Vec<_> = shown.body["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|release| {
            (
                release["version"].as_str().unwrap(),
                release["in_use"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(in_use, [("1.1.0", false), ("1.0.0", true)]);
    for event in ["plugin.activated", "plugin.rolled_back"] {
        let rows = host
            .count(&format!("audit_logs WHERE event_type = '{event}'"))
            .await;
        assert_eq!(rows, 2, "{event}");
    }
}

#[tokio::test]
async fn what_can_not_be_is_refused_by_name() {
    let host = Host::new().await;
    let platform = host.platform();
    publish(&host, "fine", "1.0.0").await;
    publish(&host, "fine", "2.0.0").await;
    for wrong in ["9.9.9/activate", "9.9.9/rollback"] {
        let path = format!("/v1/plugins/guest/releases/{wrong}");
        send(&host, Method::POST, &platform, &path)
            .await
            .problem(404, "not-found");
    }
    change(&host, &platform, "nonsense", "activate")
        .await
        .problem(400, "path-invalid");
    let nobody = format!("activate?client={}", uuid::Uuid::nil());
    change(&host, &platform, "1.0.0", &nobody)
        .await
        .problem(422, "client-unknown");
    let acme = host.token(host.acme, Role::Admin);
    let other = format!("activate?client={}", host.globex);
    change(&host, &acme, "1.0.0", &other)
        .await
        .problem(403, "not-allowed");
    let operator = host.token(host.acme, Role::Operator);
    change(&host, &operator, "1.0.0", "activate")
        .await
        .problem(403, "not-allowed");
    assert_eq!(change(&host, &platform, "2.0.0", "yank").await.status, 200);
    for what in ["activate", "rollback"] {
        change(&host, &platform, "2.0.0", what)
            .await
            .problem(409, "release-yanked");
    }
    // A range that only what is not in use would satisfy.
    assert_eq!(change(&host, &acme, "1.0.0", "activate").await.status, 200);
    let refused = host
        .configure(
            host.acme,
            "payroll_v1",
            &json!({"plugin_name": "guest", "plugin_range": "^3"}),
        )
        .await;
    refused.problem(422, "configuration-invalid");
}

const FAILS: &str = r#"
[[selftest]]
name = "one finding"
input = "{}"
expect = { findings = [{ rule = "total", severity = "error" }] }
"#;

const PASSES: &str = r#"
[[selftest]]
name = "nothing is wrong with nothing"
input = "{}"
expect = { findings = [] }
"#;

#[tokio::test]
async fn a_release_that_fails_its_own_tests_leaves_the_last_good_one_in_place() {
    let host = Host::new().await;
    let platform = host.platform();
    let good = host
        .send_plugin(&platform, version("fine", "1.0.0", PASSES))
        .await;
    assert_eq!(good.status, 201, "{good:?}");
    configure(&host, host.acme, "^1").await;
    let bad = host.send_plugin(&platform, version("fine", "1.1.0", FAILS)).await;
    let detail = bad.problem(422, "plugin-refused");
    assert!(
        detail.contains("one finding") && detail.contains("`total`"),
        "{detail}"
    );
    assert_eq!(bad.body["errors"][0]["code"], "selftest");
    for (guest, code) in [("trap", "trap"), ("loop_in_validate", "deadline")] {
        let bad = host.send_plugin(&platform, version(guest, "1.2.0", PASSES)).await;
        assert!(bad.problem(422, "plugin-refused").contains(code), "{bad:?}");
    }
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
    assert_eq!(host.count("plugin_releases WHERE version LIKE '1.%' AND client_id IS NULL AND manifest #>> '{plugin,name}' = 'guest'").await, 1);

    // A release that is there and does not load any more: what is in use stays in use.
    publish(&host, "fine", "1.3.0").await;
    change(&host, &platform, "1.0.0", "rollback").await;
    let mut admin = host.database.admin().await;
    let broken = "ALTER TABLE plugin_releases DISABLE TRIGGER USER;
        UPDATE plugin_releases SET component = '\\x00', sha256 = sha256('\\x00'), original_sha256 = sha256('\\x00')
            WHERE version = '1.3.0';
        ALTER TABLE plugin_releases ENABLE TRIGGER USER";
    admin.execute(AssertSqlSafe(broken.to_owned())).await.unwrap();
    let unfit = change(&host, &platform, "1.3.0", "activate").await;
    assert!(
        unfit.problem(422, "release-unfit").contains("stays in use"),
        "{unfit:?}"
    );
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
}

#[tokio::test]
async fn a_plugin_of_a_client_is_invisible_until_it_is_granted() {
    let host = Host::new().await;
    let (platform, acme) = (host.platform(), host.token(host.acme, Role::Admin));
    let globex = host.token(host.globex, Role::Admin);
    let mine = host.send_plugin(&acme, version("fine", "1.0.0", "")).await;
    assert_eq!(mine.status, 201, "{mine:?}");
    let unseen = || async {
        send(&host, Method::GET, &globex, "/v1/plugins/guest")
            .await
            .problem(404, "not-found");
        change(&host, &globex, "1.0.0", "activate")
            .await
            .problem(404, "not-found");
        let refused = host
            .configure(host.globex, "payroll_v1", &json!({"plugin_name": "guest"}))
            .await;
        assert!(refused.text.contains("there is no plugin `guest`"), "{refused:?}");
    };
    unseen().await;
    let grant = format!("/v1/plugins/guest/grants/{}?owner={}", host.globex, host.acme);
    let done = send(&host, Method::PUT, &platform, &grant).await;
    assert_eq!((done.status.as_u16(), &done.body["granted"]), (200, &json!(true)));
    // Once more changes nothing.
    assert_eq!(send(&host, Method::PUT, &platform, &grant).await.status, 200);
    assert_eq!(
        host.count("audit_logs WHERE event_type = 'plugin.granted'").await,
        1
    );
    configure(&host, host.globex, "^1").await;
    assert_eq!(judges(&host, host.globex).await, "1.0.0");
    // Who may use it may decide for itself which release, and no more.
    let newer = host.send_plugin(&acme, version("fine", "1.1.0", "")).await;
    assert_eq!(newer.status, 201, "{newer:?}");
    assert_eq!(judges(&host, host.globex).await, "1.1.0");
    assert_eq!(change(&host, &globex, "1.0.0", "rollback").await.status, 200);
    assert_eq!(judges(&host, host.globex).await, "1.0.0");
    change(&host, &globex, "1.1.0", "yank")
        .await
        .problem(404, "not-found");

    let taken = host.send_plugin(&globex, version("fine", "3.0.0", "")).await;
    taken.problem(409, "plugin-name-taken");
    let pinned = host.count("process_releases").await;
    let revoked = send(&host, Method::DELETE, &platform, &grant).await;
    assert_eq!(revoked.body["granted"], false, "{revoked:?}");
    // What is not there can't be taken back, and nobody reads in the log that it was.
    let audited = host.count("audit_logs").await;
    send(&host, Method::DELETE, &platform, &grant)
        .await
        .problem(404, "grant-missing");
    assert_eq!(host.count("audit_logs").await, audited);
    unseen().await;
    assert_eq!(judges(&host, host.globex).await, "plugin-unusable");
    assert_eq!(host.count("process_releases").await, pinned);

    for (path, status, code) in [
        (
            format!(
                "/v1/plugins/guest/grants/{}?owner={}",
                uuid::Uuid::nil(),
                host.acme
            ),
            422,
            "client-unknown",
        ),
        (
            format!(
                "/v1/plugins/guest/grants/{}?owner={}",
                host.acme,
                uuid::Uuid::nil()
            ),
            422,
            "client-unknown",
        ),
        (
            format!("/v1/plugins/guest/grants/{}?owner={}", host.acme, host.acme),
            422,
            "grant-pointless",
        ),
        (
            format!("/v1/plugins/other/grants/{}?owner={}", host.globex, host.acme),
            404,
            "not-found",
        ),
    ] {
        send(&host, Method::PUT, &platform, &path)
            .await
            .problem(status, code);
    }
    send(&host, Method::PUT, &acme, &grant)
        .await
        .problem(403, "not-allowed");
}

/// A name means the own plugin, else one that was granted, else the platform's: planning, listing and looking agree, and
/// what the platform registers later takes nobody's plugin away.
#[tokio::test]
async fn a_name_keeps_its_meaning_when_the_platform_registers_it_later() {
    let host = Host::new().await;
    let (platform, acme) = (host.platform(), host.token(host.acme, Role::Admin));
    let globex = host.token(host.globex, Role::Admin);
    let mine = host.send_plugin(&acme, version("fine", "1.0.0", "")).await;
    assert_eq!(mine.status, 201, "{mine:?}");
    let grant = format!("/v1/plugins/guest/grants/{}?owner={}", host.globex, host.acme);
    assert_eq!(send(&host, Method::PUT, &platform, &grant).await.status, 200);
    for client in [host.acme, host.globex] {
        configure(&host, client, "^1").await;
    }
    publish(&host, "fine", "1.9.0").await;
    for (client, token) in [(host.acme, &acme), (host.globex, &globex)] {
        assert_eq!(judges(&host, client).await, "1.0.0");
        let shown = send(&host, Method::GET, token, "/v1/plugins/guest").await.body;
        assert_eq!(shown["owner"], host.acme.to_string(), "{shown}");
        let list = send(&host, Method::GET, token, "/v1/plugins").await.body;
        let listed: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|plugin| plugin["name"] == "guest")
            .map(|plugin| (plugin["owner"].clone(), plugin["newest"].clone()))
            .collect();
        assert_eq!(listed, [(json!(host.acme.to_string()), json!("1.0.0"))]);
    }
    // Without the grant it is the platform's, like for everybody else.
    assert_eq!(send(&host, Method::DELETE, &platform, &grant).await.status, 200);
    assert_eq!(judges(&host, host.globex).await, "1.9.0");
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
    // It would mean another plugin to Globex.
    send(&host, Method::PUT, &platform, &grant)
        .await
        .problem(409, "plugin-name-taken");
}

/// Bytes that are known are put into use when that is wanted, as whoever activates them would, and the answer says what
/// is.
#[tokio::test]
async fn known_bytes_that_are_sent_again_for_use_are_in_use() {
    let host = Host::new().await;
    let platform = host.platform();
    publish(&host, "fine", "1.0.0").await;
    configure(&host, host.acme, "^1").await;
    let again = |activate: bool| {
        let request = host
            .request(Method::POST, &format!("/v1/plugins?activate={activate}"))
            .bearer_auth(&platform)
            .header("content-type", "application/wasm");
        host.send(request.body(version("fine", "1.1.0", PASSES)))
    };
    let in_use = |answer: &Answer| (answer.status.as_u16(), answer.body["in_use"].clone());
    assert_eq!(in_use(&again(false).await), (201, json!(false)));
    assert_eq!(in_use(&again(false).await), (200, json!(false)));
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
    assert_eq!(in_use(&again(true).await), (200, json!(true)));
    assert_eq!(judges(&host, host.acme).await, "1.1.0");
    assert_eq!(in_use(&again(true).await), (200, json!(true)));
    assert_eq!(in_use(&again(false).await), (200, json!(true)));
    assert_eq!(
        host.count("audit_logs WHERE event_type = 'plugin.activated'")
            .await,
        1
    );
    assert_eq!(change(&host, &platform, "1.1.0", "yank").await.status, 200);
    assert_eq!(in_use(&again(true).await), (200, json!(false)));
    assert_eq!(judges(&host, host.acme).await, "1.0.0");
}

#[tokio::test]
async fn releases_are_swapped_under_load_and_no_request_fails_or_mixes() {
    let host = Arc::new(Host::new().await);
    let platform = host.platform();
    // Told apart by what they say.
    publish(&host, "fine", "1.0.0").await;
    publish(&host, "remembers", "1.1.0").await;
    configure(&host, host.acme, "^1").await;
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..6)
        .map(|_| {
            let (host, stop) = (Arc::clone(&host), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let documents = json!([{"data": payslip()}, {"data": payslip()}]);
                    let body = json!({"process_type_id": "payroll_v1", "documents": documents});
                    let answer = host
                        .post("/v1/processes", "application/json", body.to_string())
                        .await;
                    assert_eq!(
                        (answer.status.as_u16(), &answer.body["status"]),
                        (201, &json!("completed")),
                        "{answer:?}"
                    );
                    let calls = answer.body["invocations"].as_array().unwrap();
                    let versions: Vec<_> = calls.iter().map(|call| call["version"].clone()).collect();
                    assert_eq!(versions[0], versions[1], "{answer:?}");
                    seen.push(versions[0].as_str().unwrap().to_owned());
                }
                seen
            })
        })
        .collect();
    for round in 0..20 {
        let (number, what) = if round % 2 == 0 {
            ("1.0.0", "rollback")
        } else {
            ("1.1.0", "activate")
        };
        assert_eq!(change(&host, &platform, number, what).await.status, 200);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut seen = Vec::new();
    for task in load {
        seen.extend(task.await.unwrap());
    }
    for number in ["1.0.0", "1.1.0"] {
        assert!(
            seen.iter().filter(|version| *version == number).count() > 10,
            "{seen:?}"
        );
    }
}

/// How long loading took for the first call of a process on a host, microseconds.
async fn load_us(host: &Host, services: &assay_service::Services) -> u64 {
    let actor = assay_domain::Actor {
        client: Some(host.acme),
        role: Role::Operator,
        subject: "test".to_owned(),
    };
    let submission = assay_service::Submission {
        process_type: "payroll_v1".parse().unwrap(),
        input: json!({}),
        documents: vec![assay_service::SubmittedDocument {
            file_name: None,
            media_type: "application/json".to_owned(),
            content: payslip().to_string().into(),
        }],
        source: assay_domain::IngestionSource::Api,
        correlation_id: None,
    };
    let process = services.submit(&actor, submission).await.unwrap();
    let id = process.invocations[0].invocation_id.unwrap();
    let call = services.invocation(&actor, id).await.unwrap().unwrap();
    call.usage.load_us
}

#[tokio::test]
async fn other_hosts_have_a_release_ready_before_anyone_asks_and_after_a_lost_connection() {
    let host = Host::new().await;
    let platform = host.platform();
    publish(&host, "fine", "1.0.0").await;
    configure(&host, host.acme, "^1").await;
    // One that has no cache and so compiles what it uses.
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let other = another_with(&host, engine, Arc::new(SystemClock), IntakeLimits::default());
    let _startup = other.startup().await.unwrap();
    assert!(load_us(&host, &other).await > 0);

    for (number, guest) in [("1.1.0", "remembers"), ("1.2.0", "logs_early")] {
        if number == "1.2.0" {
            let mut admin = host.database.admin().await;
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
            admin.execute(cut).await.unwrap();
        }
        publish(&host, guest, number).await;
        // Long enough for what takes tens of milliseconds.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(load_us(&host, &other).await, 0, "{number} was not followed");
    }
    assert_eq!(change(&host, &platform, "1.1.0", "rollback").await.status, 200);
}

/// Which release tries a payslip out for Acme, or the code of the refusal.
async fn tries(host: &Host) -> String {
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]});
    let answer = host
        .post("/v1/validate", "application/json", body.to_string())
        .await;
    let version = &answer.body["invocations"][0]["version"];
    let text = version.as_str().or(answer.body["code"].as_str());
    text.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Waits for a change to be heard: trials are answered from memory, which follows the database.
async fn soon(host: &Host, expected: &str) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let found = tries(host).await;
        if found == expected {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{found}, not {expected}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn trials_follow_every_change_and_a_lost_connection() {
    let host = Host::new().await;
    let platform = host.platform();
    publish(&host, "fine", "1.0.0").await;
    configure(&host, host.acme, "^1").await;
    soon(&host, "1.0.0").await;
    publish(&host, "fine", "1.1.0").await;
    soon(&host, "1.1.0").await;
    change(&host, &platform, "1.0.0", "rollback").await;
    soon(&host, "1.0.0").await;
    // What is heard of in no other way than by the connection that is cut.
    let mut admin = host.database.admin().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    admin.execute(cut).await.unwrap();
    change(&host, &platform, "1.1.0", "activate").await;
    soon(&host, "1.1.0").await;
    change(&host, &platform, "1.1.0", "yank").await;
    soon(&host, "1.0.0").await;
    configure(&host, host.acme, "=1.0.0").await;
    for (statement, code) in [
        (
            "UPDATE process_types SET is_active = false WHERE process_type_id = 'payroll_v1'",
            "process-type-inactive",
        ),
        (
            "UPDATE process_types SET is_active = true WHERE process_type_id = 'payroll_v1'",
            "1.0.0",
        ),
        (
            "UPDATE clients SET status = 'suspended' WHERE slug = 'acme'",
            "client-suspended",
        ),
    ] {
        admin.execute(statement).await.unwrap();
        soon(&host, code).await;
    }
}

/// Ends a process's stop, whatever becomes of the test.
struct Stopped(i32);

impl Stopped {
    fn stop(pid: i32) -> Self {
        signal(pid, "-STOP");
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal(self.0, "-CONT");
    }
}

fn signal(pid: i32, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([name, &pid.to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
}

/// A connection whose other end is gone without a word looks like one on which nothing is said.
#[tokio::test]
async fn trials_follow_a_change_although_the_connection_has_fallen_silent() {
    let host = Host::new().await;
    publish(&host, "fine", "1.0.0").await;
    configure(&host, host.acme, "^1").await;
    soon(&host, "1.0.0").await;
    let mut admin = host.database.admin().await;
    let pid: i32 = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    let silent = Stopped::stop(pid);
    publish(&host, "fine", "1.1.0").await;
    let begun = std::time::Instant::now();
    while tries(&host).await != "1.1.0" {
        assert!(begun.elapsed() < Duration::from_secs(30), "it was never noticed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(silent);
}
