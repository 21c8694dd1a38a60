//! Uploading plugins, good and bad.

use assay_domain::Role;
use reqwest::Method;

use super::host::{Host, built};

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
