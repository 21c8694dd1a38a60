//! Uploading plugins, good and bad.

use std::sync::Arc;

use assay_domain::{Actor, Limits, Manifest, Role, SystemClock};
use assay_engine::{CacheOptions, Engine, EngineOptions, manifest};
use assay_service::{IntakeLimits, Parts, QueueLimits, RegisterError, Services};
use reqwest::Method;
use serde_json::Value;
use sqlx::Executor;

use super::host::{Host, built, payslip, root, sample_json};

/// Bytes that pass every look and do not compile, under the name and version of the payroll validator.
fn does_not_compile() -> Vec<u8> {
    let bytes = wat::parse_str(
        r#"(component
            (core module $m (func (export "f") (result i32) (i32.add)))
            (core instance $i (instantiate $m))
            (func $f (result u32) (canon lift (core func $i "f")))
            (instance $e (export "validate" (func $f)))
            (export "assay:plugin/validation@1.0.0" (instance $e)))"#,
    )
    .unwrap();
    let text =
        std::fs::read_to_string(root().join("plugins/payroll_standard_validator/plugin.toml")).unwrap();
    manifest::embed(&bytes, &Manifest::from_toml(&text).unwrap()).unwrap()
}

fn codes(answer: &super::host::Answer) -> Vec<&str> {
    let errors = answer.body["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_conflict_is_found_before_anything_is_compiled() {
    let host = Host::empty().await;
    let refused = host.send_plugin(&host.platform(), does_not_compile()).await;
    refused.problem(422, "plugin-refused");
    assert_eq!(codes(&refused), ["compile"]);
    let built = built("payroll_standard_validator");
    assert_eq!(host.send_plugin(&host.platform(), built).await.status, 201);
    let other = host.send_plugin(&host.platform(), does_not_compile()).await;
    other.problem(409, "plugin-version-exists");
    let admin = host.token(host.acme, Role::Admin);
    let taken = host.send_plugin(&admin, does_not_compile()).await;
    taken.problem(409, "plugin-name-taken");
}

/// A registration that is not committed leaves nothing on the host either.
#[tokio::test]
async fn nothing_is_published_that_was_not_committed() {
    let host = Host::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let cache = CacheOptions {
        dir: folder.path().to_owned(),
        key: [1; 32],
        most_bytes: 1 << 30,
    };
    let services = Services::new(Parts {
        store: host.database.store.clone(),
        engine: Engine::new(EngineOptions {
            cache: Some(cache),
            concurrent_calls: 1,
            ..EngineOptions::default()
        })
        .unwrap(),
        clock: Arc::new(SystemClock),
        intake: IntakeLimits::default(),
        limits_maximum: Limits::MAXIMUM,
        queue: QueueLimits::default(),
    });
    let platform = Actor {
        client: None,
        role: Role::Platform,
        subject: "test".into(),
    };
    let register = || services.register_plugin(&platform, built("payroll_standard_validator").into());
    let kept = || std::fs::read_dir(folder.path()).unwrap().count();
    let mut owner = host.database.owner().await;
    owner
        .execute("REVOKE INSERT ON docsafe_event_outbox FROM assay_app")
        .await
        .unwrap();
    let failed = register().await.unwrap_err();
    assert!(matches!(failed, RegisterError::Store(_)), "{failed:?}");
    for table in ["plugin_releases", "plugins", "audit_logs"] {
        assert_eq!(host.count(table).await, 0, "{table}");
    }
    assert_eq!(kept(), 0);
    owner
        .execute("GRANT INSERT ON docsafe_event_outbox TO assay_app")
        .await
        .unwrap();
    assert!(register().await.unwrap().new);
    assert_eq!(kept(), 1);
    assert!(!register().await.unwrap().new, "known, and nothing written");
    assert_eq!(
        (
            host.count("audit_logs").await,
            host.count("docsafe_event_outbox").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn what_the_platform_does_is_audited_and_told() {
    let host = Host::empty().await;
    let built = built("payroll_standard_validator");
    let answer = host.send_plugin(&host.platform(), built).await;
    let row: (String, String, String, Value) = sqlx::query_as(
        "SELECT event_type, actor, process_plugin_name, payload FROM audit_logs WHERE client_id IS NULL",
    )
    .fetch_one(&mut host.database.admin().await)
    .await
    .unwrap();
    assert_eq!(
        (row.0.as_str(), row.1.as_str(), row.2.as_str()),
        ("plugin.registered", "test", "payroll_standard_validator")
    );
    assert_eq!(row.3["sha256"], answer.body["sha256"]);
    let told = "docsafe_event_outbox WHERE client_id IS NULL AND org_id = 'platform' AND event_type = 'plugin.registered'";
    assert_eq!(host.count(told).await, 1);
}

/// Registered by a host that did not store what a component imports: found out when it is asked for, once.
#[tokio::test]
async fn an_older_hosts_release_is_looked_into_once() {
    let host = Host::empty().await;
    let built = built("payroll_standard_validator");
    let registered = host.send_plugin(&host.platform(), built).await.body;
    assert!(
        registered["imports"]
            .as_array()
            .is_some_and(|imports| !imports.is_empty())
    );
    let mut admin = host.database.admin().await;
    admin
        .execute(
            "SET session_replication_role = replica; UPDATE plugin_releases SET imports = NULL, exports = NULL",
        )
        .await
        .unwrap();
    let missing = "plugin_releases WHERE imports IS NULL";
    assert_eq!(host.count(missing).await, 1);
    for _ in 0..2 {
        let shown = host.get("/v1/plugins/payroll_standard_validator").await.body;
        assert_eq!(shown["releases"][0], registered);
        assert_eq!(host.count(missing).await, 0);
    }
}

async fn yank(host: &Host, token: &str, name: &str, version: &str) -> super::host::Answer {
    let path = format!("/v1/plugins/{name}/releases/{version}/yank");
    host.send(host.request(Method::POST, &path).bearer_auth(token))
        .await
}

#[tokio::test]
async fn a_yanked_release_is_selected_no_more_and_stays_where_it_is_pinned() {
    let host = Host::new().await;
    let name = "payroll_standard_validator";
    let version = host.get(&format!("/v1/plugins/{name}")).await.body["releases"][0]["version"].clone();
    let version = version.as_str().unwrap();
    let before = host.submit("payroll_v1", &payslip()).await;
    assert_eq!(before.status, 201, "{before:?}");

    let first = yank(&host, &host.platform(), name, version).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert!(first.body["yanked_at"].is_string(), "{first:?}");
    let again = yank(&host, &host.platform(), name, version).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
    for table in ["audit_logs", "docsafe_event_outbox"] {
        let rows = format!("{table} WHERE event_type = 'plugin.yanked' AND client_id IS NULL");
        assert_eq!(host.count(&rows).await, 1, "{table}");
    }
    let list = host.get("/v1/plugins").await.body;
    let row = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name);
    assert_eq!(row.map(|row| &row["newest"]), Some(&Value::Null), "{list}");

    let refused = host.submit("payroll_v1", &payslip()).await;
    let detail = refused.problem(422, "plugin-unusable");
    assert!(detail.contains("yanked") && detail.contains(version), "{detail}");
    let draft = sample_json("configurations/acme-corp/payroll_v1.json");
    let saved = host.configure(host.acme, "payroll_v1", &draft).await;
    saved.problem(422, "configuration-invalid");
    assert_eq!(saved.pointers(), ["/plugin_range"]);

    let process = format!("/v1/processes/{}", before.body["process_id"].as_str().unwrap());
    let after = host.get(&process).await;
    assert_eq!(
        (after.status.as_u16(), &after.body["verdict"]),
        (200, &before.body["verdict"])
    );
}

#[tokio::test]
async fn who_registered_it_yanks_it() {
    let host = Host::empty().await;
    let (acme, globex) = (
        host.token(host.acme, Role::Admin),
        host.token(host.globex, Role::Admin),
    );
    for (token, plugin) in [
        (&host.platform(), "payroll_standard_validator"),
        (&acme, "ubl_invoice_extractor"),
    ] {
        assert_eq!(host.send_plugin(token, built(plugin)).await.status, 201);
    }
    let own = host.get("/v1/plugins/ubl_invoice_extractor").await.body["releases"][0]["version"].clone();
    let own = own.as_str().unwrap();
    yank(&host, &acme, "payroll_standard_validator", "1.0.0")
        .await
        .problem(403, "not-allowed");
    for (token, name, version) in [
        (&globex, "ubl_invoice_extractor", own),
        (&host.platform(), "ubl_invoice_extractor", own),
        (&acme, "ubl_invoice_extractor", "9.9.9"),
        (&acme, "nobody", "1.0.0"),
    ] {
        yank(&host, token, name, version).await.problem(404, "not-found");
    }
    for (name, version) in [("ubl_invoice_extractor", "one"), ("Not-A-Name", "1.0.0")] {
        yank(&host, &acme, name, version)
            .await
            .problem(400, "path-invalid");
    }
    assert_eq!(host.count("plugin_releases WHERE status = 'yanked'").await, 0);
    let done = yank(&host, &acme, "ubl_invoice_extractor", own).await;
    assert_eq!(done.status, 200, "{done:?}");
    let audited = format!(
        "audit_logs WHERE event_type = 'plugin.yanked' AND client_id = '{}'",
        host.acme
    );
    assert_eq!(host.count(&audited).await, 1);
}

#[tokio::test]
async fn the_same_bytes_are_registered_once() {
    let host = Host::empty().await;
    let bytes = built("payroll_standard_validator");
    let first = host.send_plugin(&host.platform(), bytes.clone()).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.header("location"), "/v1/plugins/payroll_standard_validator");
    let again = host.send_plugin(&host.platform(), bytes).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body["release_id"], first.body["release_id"]);
    let list = host.get("/v1/plugins").await;
    assert_eq!(list.body["items"][0]["name"], "payroll_standard_validator");
    let one = host.get("/v1/plugins/payroll_standard_validator").await;
    assert_eq!(one.body["releases"][0]["sha256"], first.body["sha256"]);
    host.get("/v1/plugins/nobody").await.problem(404, "not-found");
    host.get("/v1/plugins/Not-A-Name")
        .await
        .problem(400, "path-invalid");
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_every_reason() {
    let host = Host::empty().await;
    let good = built("payroll_standard_validator");
    let component = |text: &str| wat::parse_str(text).unwrap();
    let cases = [
        (b"\x89PNG\r\n\x1a\n0000".to_vec(), vec!["not-wasm"]),
        (b"(component)".to_vec(), vec!["text"]),
        (component("(module)"), vec!["core-module", "no-manifest"]),
        (good[..good.len() - 1].to_vec(), vec!["truncated"]),
        (component("(component)"), vec!["no-manifest"]),
        (
            component(
                r#"(component (import "wasi:http/outgoing-handler@0.2.0" (instance))
                    (import "wasi:sockets/tcp@0.2.0" (instance)) (import "evil:corp/spy" (instance)))"#,
            ),
            vec!["no-manifest", "import", "import", "import"],
        ),
    ];
    let before = host.count("plugin_releases").await;
    for (bytes, codes) in cases {
        let answer = host.send_plugin(&host.platform(), bytes).await;
        answer.problem(422, "plugin-refused");
        let mut said: Vec<_> = answer.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["code"].as_str().unwrap())
            .collect();
        said.sort_unstable();
        let mut codes = codes;
        codes.sort_unstable();
        assert_eq!(said, codes, "{answer:?}");
    }
    let huge = host.send_plugin(&host.platform(), vec![0; 50 << 20]).await;
    huge.problem(413, "body-too-large");
    assert_eq!(host.count("plugin_releases").await, before);
    assert_eq!(host.send_plugin(&host.platform(), good).await.status, 201);
}

#[tokio::test]
async fn a_clients_plugin_is_its_own() {
    let host = Host::empty().await;
    let bytes = built("payroll_standard_validator");
    let answer = host.send_plugin(&host.token(host.acme, Role::Admin), bytes).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(
        host.get("/v1/plugins").await.body["items"][0]["owner"],
        host.acme.to_string()
    );
    let stranger = host.token(host.globex, Role::Viewer);
    let list = host
        .send(host.request(Method::GET, "/v1/plugins").bearer_auth(&stranger))
        .await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(0), "{list:?}");
}

#[tokio::test]
async fn other_content_types_are_not_guessed() {
    let host = Host::empty().await;
    let request = host
        .request(Method::POST, "/v1/plugins")
        .bearer_auth(host.platform());
    let answer = host.send(request.body(built("payroll_standard_validator"))).await;
    answer.problem(415, "media-type-unsupported");
}
