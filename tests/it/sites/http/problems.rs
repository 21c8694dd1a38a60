//! What is refused, with what is said about it.

use assay_domain::Role;
use serde_json::json;
use sqlx::Executor;

use super::{Web, Who, items};

#[tokio::test]
async fn what_is_asked_wrongly_is_said_and_writes_nothing() {
    let web = Web::new().await;
    web.publish("a", "1.0.0", "").await;
    let root = web.admin();
    let site = web.site(root, "Plant").await;
    let rows = web.rows().await;
    let at = |path: &str| format!("/{site}{path}");
    web.ask(root, "POST", "", Some(json!({"name": "Plant"})))
        .await
        .problem(409, "site-name-taken");
    let unnamed = web.ask(root, "POST", "", Some(json!({"name": " "}))).await;
    unnamed.problem(422, "body-invalid");
    assert_eq!(unnamed.pointers(), ["/name"]);
    for (path, body, code, pointer) in [
        (
            "/extensions",
            json!({"extension_id": "Not Kebab"}),
            "body-invalid",
            Some("/extension_id"),
        ),
        (
            "/extensions",
            json!({"extension_id": "a", "range": "so la la"}),
            "body-invalid",
            Some("/range"),
        ),
        (
            "/extensions",
            json!({"extension_id": "a", "configuration": []}),
            "body-invalid",
            Some("/configuration"),
        ),
        (
            "/extensions",
            json!({"extension_id": "a", "more": 1}),
            "body-invalid",
            None,
        ),
        ("/extensions", json!({}), "body-invalid", None),
        (
            "/extensions/a/signoffs",
            json!({"aspect": "x", "config_version": 1, "metadata": 1}),
            "body-invalid",
            Some("/metadata"),
        ),
    ] {
        let answer = web.ask(root, "POST", &at(path), Some(body)).await;
        answer.problem(422, code);
        assert_eq!(
            answer.pointers(),
            pointer.into_iter().collect::<Vec<_>>(),
            "{answer:?}"
        );
    }
    let pin = web
        .ask(root, "PUT", &at("/pins/a"), Some(json!({"version": "1"})))
        .await;
    pin.problem(422, "body-invalid");
    for (path, code) in [
        ("?limit=0", "query-invalid"),
        ("?limit=201", "query-invalid"),
        ("?after=nonsense", "query-invalid"),
        ("?unknown=1", "query-invalid"),
        ("/no-uuid", "path-invalid"),
    ] {
        web.ask(root, "GET", path, None).await.problem(400, code);
    }
    web.ask(root, "GET", &at("/conflicts?state=some"), None)
        .await
        .problem(400, "query-invalid");
    web.ask(root, "GET", &at("/extensions/a/versions?after=x"), None)
        .await
        .problem(400, "query-invalid");
    web.ask(root, "GET", &at("/extensions/Not%20Kebab/log"), None)
        .await
        .problem(400, "path-invalid");
    for tag in ["12", "\"x\"", "W/\"1\""] {
        let body = Some(json!({"extension_id": "a"}));
        web.ask_if(root, "POST", &at("/extensions"), body, Some(tag))
            .await
            .problem(400, "request-invalid");
    }
    assert_eq!(web.rows().await, rows, "nothing was written");
    // A refusal leaves the row that says who was refused what.
    let viewer = Who(web.host.acme, Role::Viewer, "vera");
    web.enable(viewer, &site, "a").await.problem(403, "not-allowed");
    let mut admin = web.host.database.admin().await;
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_logs WHERE event_type = 'site.refused' AND actor = 'vera'",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!(told, 1);
    // Nothing is changed at a site that is not in use, and it can be looked at.
    admin
        .execute("UPDATE sites SET status = 'inactive'")
        .await
        .unwrap();
    web.enable(root, &site, "a").await.problem(409, "site-inactive");
    let shown = web.ask(root, "GET", "", None).await;
    assert_eq!(items(&shown)[0]["active"], false);
}

#[tokio::test]
async fn every_list_that_grows_has_pages() {
    let web = Web::new().await;
    web.publish("a", "1.0.0", "").await;
    let root = web.admin();
    for n in 0..5 {
        web.site(root, &format!("Site {n}")).await;
    }
    let site = web.site(root, "Plant").await;
    assert_eq!(web.enable(root, &site, "a").await.status, 200);
    for n in 0..5 {
        let body = json!({"configuration": {"n": n}});
        let path = format!("/{site}/extensions/a");
        let done = web.ask(root, "PUT", &path, Some(body)).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
    for (path, all) in [
        (String::new(), 6),
        (format!("/{site}/extensions/a/versions"), 6),
        (format!("/{site}/extensions/a/log"), 6),
        (format!("/{site}/snapshots"), 5),
    ] {
        let (mut seen, mut next) = (Vec::new(), Some(format!("{path}?limit=2")));
        while let Some(page) = next {
            let answer = web.ask(root, "GET", &page, None).await;
            assert!(items(&answer).len() <= 2);
            seen.extend(items(&answer).clone());
            next = answer.headers.get("link").map(|link| {
                let link = link.to_str().unwrap();
                let (url, rest) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
                assert_eq!(rest, "; rel=\"next\"");
                url.strip_prefix("/v1/sites").unwrap().to_owned()
            });
        }
        assert_eq!(seen.len(), all, "{path}: {seen:#?}");
        let mut distinct: Vec<_> = seen.iter().map(ToString::to_string).collect();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), all, "{path}");
    }
}
