//! What those who run the host see, and what every answer has.

use reqwest::Method;

use super::host::Host;

#[tokio::test]
async fn readiness_tells_the_truth() {
    let host = Host::empty().await;
    let ask = || host.send(host.request(Method::GET, "/readyz"));
    let ready = ask().await;
    assert_eq!(
        (ready.status.as_u16(), ready.body["ready"].as_bool()),
        (200, Some(true)),
        "{ready:?}"
    );
    assert_eq!(host.send(host.request(Method::GET, "/healthz")).await.status, 200);

    // A newer host migrated the database.
    let mut owner = host.database.owner().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99990101000000, 'from the future', true, '', 0)",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    // Hosts are replaced one by one: the old ones go on.
    assert_eq!(ask().await.status, 200);

    // A migration that this host needs is not there.
    let forget = "UPDATE _sqlx_migrations SET success = false
        WHERE version = (SELECT max(version) FROM _sqlx_migrations WHERE description <> 'from the future')";
    sqlx::query(forget).execute(&mut owner).await.unwrap();
    let missing = ask().await;
    assert_eq!(missing.status, 503);
    assert_eq!(missing.body["checks"][1]["name"], "migrations");
    assert_eq!(missing.body["checks"][1]["ok"], false, "{missing:?}");
    assert!(
        missing.body["checks"][1]["reason"]
            .as_str()
            .unwrap()
            .contains("assay migrate up")
    );
    sqlx::query("UPDATE _sqlx_migrations SET success = true")
        .execute(&mut owner)
        .await
        .unwrap();
    assert_eq!(ask().await.status, 200);

    host.draining.begin();
    let stopping = ask().await;
    assert_eq!(
        (
            stopping.status.as_u16(),
            stopping.body["checks"][2]["ok"].as_bool()
        ),
        (503, Some(false))
    );
    assert_eq!(
        host.send(host.request(Method::GET, "/healthz")).await.status,
        200,
        "it still lives"
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let host = Host::empty().await;
    host.get("/nowhere").await.problem(404, "route-unknown");
    host.get("/v1").await.problem(404, "route-unknown");
    let request = host
        .request(Method::DELETE, "/v1/processes")
        .bearer_auth(host.platform());
    let answer = host.send(request).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), "POST, GET, HEAD");
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_harmless_to_a_browser() {
    let host = Host::empty().await;
    for path in ["/healthz", "/nowhere", "/v1/processes"] {
        let answer = host.send(host.request(Method::GET, path)).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'")
        );
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
    for (given, kept) in [
        ("trace-7.b_c", true),
        ("a b", false),
        ("a\"b", false),
        (&"x".repeat(65), false),
    ] {
        let answer = host
            .send(
                host.request(Method::GET, "/healthz")
                    .header("x-request-id", given),
            )
            .await;
        assert_eq!(answer.header("x-request-id") == given, kept, "{given}");
    }
}

#[tokio::test]
async fn the_interface_explains_itself() {
    let host = Host::empty().await;
    let document = host.send(host.request(Method::GET, "/openapi.json")).await;
    assert_eq!(document.text, assay_api::openapi());
    let problems = host.send(host.request(Method::GET, "/problems")).await;
    for problem in problems.body.as_array().unwrap() {
        let code = problem["code"].as_str().unwrap();
        for text in ["title", "means", "remedy"] {
            assert!(
                problem[text].as_str().is_some_and(|text| text.len() > 10),
                "{problem}"
            );
        }
        let one = host
            .send(host.request(Method::GET, &format!("/problems/{code}")))
            .await;
        assert_eq!(&one.body, problem);
    }
}

#[tokio::test]
async fn metrics_have_buckets_below_a_millisecond() {
    let host = Host::new().await;
    host.is_fine().await;
    let metrics = host.send(host.request(Method::GET, "/metrics")).await;
    assert_eq!(metrics.status, 200);
    for line in [
        r#"assay_http_request_duration_seconds_bucket{method="POST",route="/v1/processes",status="201",le="0.0001"}"#,
        r#"assay_invocation_duration_seconds_bucket{world="validator",outcome="done",le="0.00005"}"#,
    ] {
        assert!(metrics.text.contains(line), "{line} is not in {}", metrics.text);
    }
    assert!(
        !metrics.text.contains(&host.acme.to_string()),
        "no client is named"
    );
}
