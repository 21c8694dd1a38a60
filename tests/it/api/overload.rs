//! More submissions at one time than a host takes on.

use std::time::Duration;

use assay_service::IntakeLimits;
use serde_json::json;
use sqlx::Executor;

use super::host::{Host, payslip};

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

/// How many of the host's statements wait for a lock.
async fn waiting(host: &Host) -> i64 {
    let mut admin = host.database.admin().await;
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap()
}
