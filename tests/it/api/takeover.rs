//! What a killed host left is finished by the next one, once.

use std::sync::Arc;

use assay_domain::{Limits, SystemClock};
use assay_engine::Engine;
use assay_service::{IntakeLimits, Parts, Services};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};

use super::host::{Host, engine, payslip};

/// Another host over the same database.
fn another(host: &Host) -> Services {
    another_with(host, engine())
}

pub(super) fn another_with(host: &Host, engine: Engine) -> Services {
    Services::new(Parts {
        store: host.database.store.clone(),
        engine,
        clock: Arc::new(SystemClock),
        intake: IntakeLimits::default(),
        limits_maximum: Limits::MAXIMUM,
    })
}

/// A process as it is between its two transactions; `host_id` is an SQL expression.
pub(super) async fn under_way(host: &Host, host_id: &str) -> String {
    let answer = host.submit("payroll_v1", &payslip()).await;
    let id = answer.body["process_id"].as_str().unwrap().to_owned();
    let mut admin = host.database.admin().await;
    let back = format!(
        "DELETE FROM plugin_invocations WHERE process_id = '{id}';
         UPDATE documents SET status = 'pending', extracted_data = NULL WHERE process_id = '{id}';
         UPDATE processes SET status = 'pending', current_stage = 'INGEST', verdict = NULL, completed_at = NULL,
             validation_result = NULL, final_output = NULL, host_id = {host_id} WHERE process_id = '{id}'"
    );
    admin.execute(AssertSqlSafe(back)).await.unwrap();
    id
}

#[tokio::test]
async fn what_a_killed_host_left_is_finished_by_the_next() {
    let host = Host::new().await;
    let id = under_way(&host, "gen_random_uuid()").await;
    assert_eq!(
        host.get(&format!("/v1/processes/{id}")).await.body["status"],
        "pending"
    );

    let next = another(&host);
    let startup = next.startup().await.unwrap();
    next.drain().await;
    assert_eq!(startup.taken_over, 1);
    let process = host.get(&format!("/v1/processes/{id}")).await.body;
    assert_eq!(
        (process["status"].as_str(), process["verdict"].as_str()),
        (Some("completed"), Some("accepted"))
    );
    assert_eq!(process["invocations"].as_array().map(Vec::len), Some(1));
    assert_eq!(process["documents"][0]["status"], "completed");
    assert_ne!(process["documents"][0]["extracted_data"], Value::Null);

    // Nothing is left for a third.
    assert_eq!(another(&host).startup().await.unwrap().taken_over, 0);
}

#[tokio::test]
async fn what_a_living_host_works_on_is_left_to_it() {
    let host = Host::new().await;
    let id = under_way(&host, "host_id").await;
    let next = another(&host);
    assert_eq!(next.startup().await.unwrap().taken_over, 0);
    assert_eq!(
        host.get(&format!("/v1/processes/{id}")).await.body["status"],
        "pending"
    );
}

#[tokio::test]
async fn two_hosts_take_over_each_process_once() {
    let host = Host::new().await;
    for _ in 0..5 {
        under_way(&host, "gen_random_uuid()").await;
    }
    let (one, two) = (another(&host), another(&host));
    let (first, second) = tokio::join!(one.startup(), two.startup());
    one.drain().await;
    two.drain().await;
    assert_eq!(first.unwrap().taken_over + second.unwrap().taken_over, 5);
    assert_eq!(host.count("plugin_invocations").await, 5);
    assert_eq!(host.count("processes WHERE status = 'completed'").await, 5);
}
