//! Keyset pagination: whatever the size of the pages and whatever comes in between, every process is seen once.

use super::host::{Host, payslip};

const PROCESSES: usize = 13;

#[tokio::test]
async fn pages_of_every_size_give_the_same_list() {
    let host = Host::new().await;
    let data = payslip();
    for _ in 0..PROCESSES {
        assert_eq!(host.submit("payroll_v1", &data).await.status, 201);
    }
    let all = walk(&host, 200, false).await;
    assert_eq!(all.len(), PROCESSES);
    let mut times: Vec<_> = all.iter().map(|(at, _)| at.clone()).collect();
    times.reverse();
    assert!(times.is_sorted(), "newest first");
    for limit in 1..=PROCESSES + 1 {
        assert_eq!(walk(&host, limit, false).await, all, "pages of {limit}");
    }
    // What comes in meanwhile is newer than all of it, and moves no page.
    let seen = walk(&host, 4, true).await;
    assert_eq!(seen, all);
}

/// Time and id of every process that paging shows, by the link of each page.
async fn walk(host: &Host, limit: usize, submitting: bool) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    let mut path = Some(format!("/v1/processes?limit={limit}"));
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

#[tokio::test]
async fn parameters_that_are_none() {
    let host = Host::empty().await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "after=x",
        "status=done",
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
