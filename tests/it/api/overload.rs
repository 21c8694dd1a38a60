//! More than a host takes on: submissions at one time, of one client, of its plugins' time, of failures.

use std::time::Duration;

use assay_domain::Role;
use assay_service::{IntakeLimits, QueueLimits};
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::host::{Answer, Host, payslip, sample};
use crate::engine::guest::packed;

#[tokio::test]
async fn who_comes_too_many_is_told_to_come_back() {
    let host = Host::with(IntakeLimits {
        submissions: 1,
        ..IntakeLimits::default()
    })
    .await;
    let before = host.written().await;
    let audited = host.count("audit_logs").await;
    // Holds up whoever wants to write a process: the first has the only place until this ends.
    let mut holder = host.database.admin().await;
    let hold = "BEGIN; LOCK TABLE processes IN ACCESS EXCLUSIVE MODE";
    holder.execute(hold).await.unwrap();
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]}).to_string();
    let data = payslip();
    let first = host.submit("payroll_v1", &data);
    let others = async {
        while waiting(&host).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let post = |path| host.post(path, "application/json", body.clone());
        // What stores nothing takes a place too.
        let (second, third, fourth) =
            tokio::join!(post("/v1/processes"), post("/v1/processes"), post("/v1/validate"));
        holder.execute("ROLLBACK").await.unwrap();
        [second, third, fourth]
    };
    let (first, others) = tokio::join!(first, others);
    assert_eq!(first.status, 201, "{first:?}");
    for answer in others {
        answer.problem(429, "overloaded");
        assert_eq!(answer.header("retry-after"), "2");
    }
    let one_more: Vec<_> = before.iter().map(|rows| rows + 1).collect();
    assert_eq!(host.written().await, one_more, "the first alone is stored");
    // Received and done.
    assert_eq!(host.count("audit_logs").await, audited + 2);
    host.is_fine().await;
}

/// A client whose bodies never end holds no more of the host than is left for the others.
#[tokio::test]
async fn bodies_of_one_client_that_never_end_keep_nobody_else_out() {
    let host = Host::with(IntakeLimits {
        submissions: 6,
        ..IntakeLimits::default()
    })
    .await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut caller = TcpStream::connect(host.url.trim_start_matches("http://"))
            .await
            .unwrap();
        let head = format!(
            "POST /v1/processes HTTP/1.1\r\nHost: assay\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{",
            host.token(host.acme, Role::Operator),
        );
        caller.write_all(head.as_bytes()).await.unwrap();
        slow.push(caller);
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let more = submit_as(&host, host.acme).await;
        if more.status == 429 {
            assert!(more.problem(429, "overloaded").contains("hands full"));
            break;
        }
        assert!(std::time::Instant::now() < deadline, "it is never full");
    }
    for _ in 0..3 {
        assert_eq!(submit_as(&host, host.globex).await.status, 201);
    }
    drop(slow);
    while submit_as(&host, host.acme).await.status != 201 {
        assert!(std::time::Instant::now() < deadline, "it stays full");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many of the host's statements wait for a lock.
async fn waiting(host: &Host) -> i64 {
    let mut admin = host.database.admin().await;
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap()
}

async fn submit_as(host: &Host, client: assay_domain::ClientId) -> Answer {
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]});
    let token = host.token(client, Role::Operator);
    let request = host.request(Method::POST, "/v1/processes").bearer_auth(token);
    let request = request
        .header("content-type", "application/json")
        .body(body.to_string());
    host.send(request).await
}

#[tokio::test]
async fn one_client_fills_its_line_and_not_the_others() {
    let host = Host::sharing(QueueLimits {
        places: 2,
        beside: 1,
        waiting: 3,
        wait: Duration::from_mins(1),
        ..QueueLimits::default()
    })
    .await;
    // Whoever has been here within the last moment finds a place.
    assert_eq!(submit_as(&host, host.globex).await.status, 201);
    // Holds up what Acme writes, and Acme alone.
    let mut holder = host.database.admin().await;
    let hold = format!(
        "BEGIN; SELECT FROM clients WHERE client_id = '{}' FOR UPDATE",
        host.acme
    );
    holder.execute(AssertSqlSafe(hold)).await.unwrap();
    let send = || submit_as(&host, host.acme);
    let flood = async {
        let (one, two, three) = tokio::join!(send(), send(), send());
        [one, two, three]
    };
    let flood = async {
        let (first, second) = tokio::join!(flood, async {
            let (one, two, three) = tokio::join!(send(), send(), send());
            [one, two, three]
        });
        first.into_iter().chain(second).collect::<Vec<_>>()
    };
    let others = async {
        while waiting(&host).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(submit_as(&host, host.globex).await.status.as_u16());
        }
        holder.execute("ROLLBACK").await.unwrap();
        statuses
    };
    let (flood, others) = tokio::join!(flood, others);
    assert_eq!(others, [201, 201, 201]);
    let (refused, taken): (Vec<_>, Vec<_>) = flood.into_iter().partition(|answer| answer.status == 429);
    assert_eq!((refused.len(), taken.len()), (2, 4), "one place, three that wait");
    for answer in refused {
        assert!(answer.problem(429, "overloaded").contains("wait already"));
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert!(taken.iter().all(|answer| answer.status == 201));
}

#[tokio::test]
async fn a_client_has_a_budget_of_time_in_plugins() {
    let host = Host::sharing(QueueLimits {
        guest_time: Duration::from_micros(10),
        guest_time_burst: Duration::from_micros(100),
        ..QueueLimits::default()
    })
    .await;
    let mut refused = submit_as(&host, host.acme).await;
    for _ in 0..100 {
        if refused.status != 201 {
            break;
        }
        refused = submit_as(&host, host.acme).await;
    }
    assert!(refused.problem(429, "overloaded").contains("budget"));
    assert!(
        refused.header("retry-after").parse::<u64>().unwrap() > 1,
        "{refused:?}"
    );
    assert_eq!(submit_as(&host, host.globex).await.status, 201);
}

#[tokio::test]
async fn a_release_that_fails_every_time_is_left_alone_for_that_client() {
    let host = Host::new().await;
    let answer = host.send_plugin(&host.platform(), packed("trap")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    for client in [host.acme, host.globex] {
        let draft = json!({"plugin_name": "guest"});
        let configured = host.configure(client, "payroll_v1", &draft).await;
        let activate = format!("{}/activate", configured.header("location"));
        let admin = host.token(client, Role::Admin);
        host.send(host.request(Method::POST, &activate).bearer_auth(admin))
            .await;
    }
    for _ in 0..10 {
        let answer = submit_as(&host, host.acme).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["error"]["code"]),
            (201, &json!("trap"))
        );
    }
    let before = host.written().await;
    let refused = submit_as(&host, host.acme).await;
    assert!(refused.problem(503, "plugin-failing").contains("10 times"));
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(host.written().await, before, "nothing is stored");
    let other = submit_as(&host, host.globex).await;
    assert_eq!(
        (other.status.as_u16(), &other.body["error"]["code"]),
        (201, &json!("trap"))
    );
    // Another process type's plugin is not concerned.
    let xml = sample("documents/acme-corp/simple_invoice/roca_2025-114.xml");
    let path = "/v1/processes?process_type_id=simple_invoice";
    let fine = host.post(path, "application/xml", xml).await;
    assert_eq!(
        (fine.status.as_u16(), &fine.body["status"]),
        (201, &json!("completed"))
    );
}
