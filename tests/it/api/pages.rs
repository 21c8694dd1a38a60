//! Keyset pagination: whatever the size of the pages and whatever comes in between, every process is seen once.

use assay_domain::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::host::{Host, payslip, sample, sample_json};

const PROCESSES: usize = 13;

const LIST: &str = "/v1/processes?";

#[tokio::test]
async fn pages_of_every_size_give_the_same_list() {
    let host = Host::new().await;
    let data = payslip();
    for _ in 0..PROCESSES {
        assert_eq!(host.submit("payroll_v1", &data).await.status, 201);
    }
    let all = walk(&host, LIST, 200, false).await;
    assert_eq!(all.len(), PROCESSES);
    let mut times: Vec<_> = all.iter().map(|(at, _)| at.clone()).collect();
    times.reverse();
    assert!(times.is_sorted(), "newest first");
    for limit in 1..=PROCESSES + 1 {
        assert_eq!(walk(&host, LIST, limit, false).await, all, "pages of {limit}");
    }
    // What comes in meanwhile is newer than all of it, and moves no page.
    let seen = walk(&host, LIST, 4, true).await;
    assert_eq!(seen, all);
}

/// Time and id of every process that paging shows, by the link of each page.
async fn walk(host: &Host, path: &str, limit: usize, submitting: bool) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    let mut path = Some(format!("{path}&limit={limit}"));
    while let Some(next) = path {
        let answer = host.get(&next).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let items = answer.body["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        let text = |item: &serde_json::Value, field: &str| item[field].as_str().unwrap().to_owned();
        seen.extend(
            items
                .iter()
                .map(|item| (text(item, "received_at"), text(item, "process_id"))),
        );
        let link = answer
            .headers
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        assert_eq!(link.is_some(), answer.body["next"].is_string());
        path = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        if submitting {
            host.is_fine().await;
        }
    }
    seen
}

#[tokio::test]
async fn the_status_narrows_the_list_and_stays_in_the_link() {
    let host = Host::new().await;
    for _ in 0..3 {
        host.is_fine().await;
    }
    let none = host.get("/v1/processes?status=failed").await;
    assert_eq!(none.body["items"].as_array().unwrap().len(), 0);
    let some = host.get("/v1/processes?status=completed&limit=1").await;
    assert!(some.header("link").contains("&status=completed>"), "{some:?}");
}

/// Ids by the path of a list, over all of its pages.
async fn ids(host: &Host, path: &str) -> Vec<String> {
    let ids = walk(host, path, 2, false).await;
    ids.into_iter().map(|(_, id)| id).collect()
}

#[tokio::test]
async fn filters_narrow_the_list_over_all_pages() {
    let host = Host::new().await;
    let bad = sample_json("documents/acme-corp/payroll_v1/net_above_gross.json");
    let together = uuid::Uuid::now_v7();
    let mut sent = Vec::new();
    for n in 0..6 {
        let data = if n % 2 == 0 { payslip() } else { bad.clone() };
        let mut body = json!({"process_type_id": "payroll_v1", "documents": [{"data": data}]});
        if n < 3 {
            body["correlation_id"] = json!(together);
            body["ingestion_source"] = json!("telegram");
        }
        let answer = host
            .post("/v1/processes", "application/json", body.to_string())
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        sent.push(answer.body);
    }
    let xml = sample("documents/acme-corp/simple_invoice/roca_2025-114.xml");
    let raw = "/v1/processes?process_type_id=simple_invoice";
    sent.push(host.post(raw, "application/xml", xml).await.body);

    let all = |keep: &dyn Fn(usize, &Value) -> bool| {
        let kept = sent.iter().enumerate().rev().filter(|(n, body)| keep(*n, body));
        kept.map(|(_, body)| body["process_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let at = |n: usize| sent[n]["received_at"].as_str().unwrap().to_owned();
    let later = format!("{}%2B02:00", at(2).trim_end_matches('Z'));
    for (query, expected) in [
        (String::new(), all(&|_, _| true)),
        (
            "verdict=rejected".to_owned(),
            all(&|_, body| body["verdict"] == "rejected"),
        ),
        ("process_type_id=payroll_v1".to_owned(), all(&|n, _| n < 6)),
        ("process_type_id=nobody_knows".to_owned(), vec![]),
        ("ingestion_source=telegram".to_owned(), all(&|n, _| n < 3)),
        (format!("correlation_id={together}"), all(&|n, _| n < 3)),
        (format!("received_from={}", at(2)), all(&|n, _| n >= 2)),
        (format!("received_to={}", at(2)), all(&|n, _| n < 2)),
        (
            format!("received_from={}&received_to={}", at(1), at(4)),
            all(&|n, _| (1..4).contains(&n)),
        ),
        // Two hours east of Greenwich it is earlier by then.
        (format!("received_from={later}"), all(&|_, _| true)),
        (
            format!(
                "status=completed&verdict=accepted&ingestion_source=telegram&received_from={}",
                at(1)
            ),
            all(&|n, _| n == 2),
        ),
        ("status=failed".to_owned(), vec![]),
    ] {
        assert_eq!(
            ids(&host, &format!("/v1/processes?{query}")).await,
            expected,
            "{query}"
        );
    }
    let list = host.get("/v1/processes?ingestion_source=telegram&limit=1").await;
    assert_eq!(list.body["items"][0]["correlation_id"], json!(together));
    assert_eq!(list.body["items"][0]["ingestion_source"], "telegram");
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_alone() {
    let host = Host::new().await;
    for _ in 0..3 {
        host.is_fine().await;
    }
    let first = host.get("/v1/processes?limit=1&status=completed").await;
    let next = first.body["next"].as_str().unwrap().to_owned();
    let with = async |query: String| host.get(&format!("/v1/processes?{query}")).await;
    let same = with(format!("status=completed&limit=2&after={next}")).await;
    assert_eq!(same.body["items"].as_array().unwrap().len(), 2, "{same:?}");
    let mut tampered = next.clone().into_bytes();
    tampered[20] = if tampered[20] == b'0' { b'1' } else { b'0' };
    let tampered = String::from_utf8(tampered).unwrap();
    for query in [
        format!("after={next}"),
        format!("status=failed&after={next}"),
        format!("status=completed&verdict=accepted&after={next}"),
        format!("status=completed&after={tampered}"),
        format!("status=completed&after={}", next.to_uppercase()),
        format!("status=completed&after={}", &next[1..]),
        "after=".to_owned(),
    ] {
        with(query).await.problem(400, "query-invalid");
    }
    let stranger = host.token(host.globex, Role::Admin);
    let path = format!("/v1/processes?status=completed&after={next}");
    host.send(host.request(Method::GET, &path).bearer_auth(stranger))
        .await
        .problem(400, "query-invalid");
}

#[tokio::test]
async fn parameters_that_are_none() {
    let host = Host::empty().await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "after=x",
        "status=done",
        "status=",
        "verdict=fine",
        "process_type_id=Not%20A%20Name",
        "ingestion_source=fax",
        "correlation_id=7",
        "received_from=yesterday",
        "received_from=2026-11-01",
        "received_from=2026-11-01T00:00:00+01:00",
        "received_to=2026-13-01T00:00:00Z",
        "received_from=2026-11-02T00:00:00Z&received_to=2026-11-01T00:00:00Z",
        "colour=red",
        "limit=1&limit=2",
    ] {
        host.get(&format!("/v1/processes?{query}"))
            .await
            .problem(400, "query-invalid");
    }
    host.get("/v1/processes/not-an-id")
        .await
        .problem(400, "path-invalid");
    host.get("/v1/invocations/7").await.problem(400, "path-invalid");
    host.get("/v1/configurations/payroll_v1/versions/x")
        .await
        .problem(400, "path-invalid");
}

/// The versions of a configuration, whatever the size of the pages.
#[tokio::test]
async fn versions_of_a_configuration_come_page_by_page() {
    let host = Host::new().await;
    let draft = sample_json("configurations/acme-corp/payroll_v1.json");
    for _ in 0..4 {
        assert_eq!(host.configure(host.acme, "payroll_v1", &draft).await.status, 201);
    }
    for limit in 1..=6 {
        let (mut seen, mut path) = (
            Vec::new(),
            Some(format!("/v1/configurations/payroll_v1?limit={limit}")),
        );
        while let Some(next) = path {
            let answer = host.get(&next).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let items = answer.body["items"].as_array().unwrap();
            assert!(items.len() <= limit);
            seen.extend(items.iter().map(|item| item["version"].as_i64().unwrap()));
            let link = answer.headers.get("link").map(|link| link.to_str().unwrap());
            assert_eq!(link.is_some(), answer.body["next"].is_string());
            path = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        }
        assert_eq!(seen, [5, 4, 3, 2, 1], "pages of {limit}");
    }
    let first = host.get("/v1/configurations/payroll_v1?limit=2").await;
    let next = first.body["next"].as_str().unwrap();
    host.get(&format!("/v1/configurations/simple_invoice?after={next}"))
        .await
        .problem(400, "query-invalid");
    host.get("/v1/configurations/payroll_v1?limit=0")
        .await
        .problem(400, "query-invalid");
}
