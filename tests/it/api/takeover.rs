//! What a killed host left is finished by the next one, once; and what can't be finished ends as failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use assay_domain::{Clock, Limits, SystemClock};
use assay_engine::Engine;
use assay_service::{IntakeLimits, Parts, QueueLimits, Services};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};

use super::host::{Host, engine, payslip};

/// Another host over the same database.
fn another(host: &Host) -> Services {
    another_with(host, engine(), Arc::new(SystemClock), IntakeLimits::default())
}

pub(super) fn another_with(
    host: &Host,
    engine: Engine,
    clock: Arc<dyn Clock>,
    intake: IntakeLimits,
) -> Services {
    Services::new(Parts {
        store: host.database.store.clone(),
        engine,
        clock,
        intake,
        limits_maximum: Limits::MAXIMUM,
        queue: QueueLimits::default(),
    })
}

/// That a process failed for this reason, and that everybody who has to know of it does: once.
async fn failed(host: &Host, id: &str, code: &str) {
    let process = host.get(&format!("/v1/processes/{id}")).await.body;
    assert_eq!(
        (process["status"].as_str(), process["error"]["code"].as_str()),
        (Some("failed"), Some(code)),
        "{process}"
    );
    for told in [
        format!(
            "audit_logs WHERE event_type = 'process.failed' AND result = 'FAILED' AND process_id = '{id}'"
        ),
        format!("notifications WHERE type = 'process_failed' AND process_id = '{id}'"),
        format!(
            "docsafe_event_outbox AS e JOIN docsafe_event_outbox AS cause ON cause.event_id = e.causation_id
             WHERE e.event_type = 'process.failed' AND e.payload ->> 'process_id' = '{id}'
                 AND cause.event_type = 'process.received' AND cause.payload ->> 'process_id' = '{id}'"
        ),
    ] {
        assert_eq!(host.count(&told).await, 1, "{told}");
    }
}

/// A clock at which the first look panics.
#[derive(Debug, Default)]
struct Stumbling(AtomicBool);

impl Clock for Stumbling {
    fn now(&self) -> DateTime<Utc> {
        assert!(
            self.0.swap(true, Ordering::SeqCst),
            "the test's clock stumbles once"
        );
        SystemClock.now()
    }
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
    let host = Host::new().await.unattended();
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
    assert_eq!(
        host.count(&format!("processes WHERE attempts = 2 AND process_id = '{id}'"))
            .await,
        1
    );
    assert_eq!(process["documents"][0]["status"], "completed");
    assert_ne!(process["documents"][0]["extracted_data"], Value::Null);

    // Nothing is left for a third.
    assert_eq!(another(&host).startup().await.unwrap().taken_over, 0);
}

/// The release that judges it was pinned when it was accepted: yanking it since changes nothing.
#[tokio::test]
async fn what_a_yanked_release_is_pinned_to_is_finished_by_it() {
    let host = Host::new().await;
    let id = under_way(&host, "gen_random_uuid()").await;
    let mut admin = host.database.admin().await;
    admin
        .execute("UPDATE plugin_releases SET status = 'yanked', yanked_at = now()")
        .await
        .unwrap();
    let next = another(&host);
    let startup = next.startup().await.unwrap();
    next.drain().await;
    assert_eq!(startup.taken_over, 1);
    let process = host.get(&format!("/v1/processes/{id}")).await.body;
    assert_eq!(
        (process["status"].as_str(), process["verdict"].as_str()),
        (Some("completed"), Some("accepted"))
    );
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
    let host = Host::new().await.unattended();
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

#[tokio::test]
async fn what_three_hosts_left_is_not_tried_by_a_fourth() {
    let host = Host::new().await.unattended();
    let (given_up, tried) = (
        under_way(&host, "gen_random_uuid(), attempts = 3").await,
        under_way(&host, "gen_random_uuid(), attempts = 2").await,
    );
    let next = another(&host);
    assert_eq!(next.startup().await.unwrap().taken_over, 2);
    next.drain().await;
    failed(&host, &given_up, "abandoned").await;
    let process = host.get(&format!("/v1/processes/{tried}")).await.body;
    assert_eq!(process["verdict"], "accepted", "{process}");
    assert_eq!(host.count("processes WHERE attempts = 3").await, 2);
}

#[tokio::test]
async fn a_panic_while_judging_ends_the_process_and_nothing_else() {
    let host = Host::new().await.unattended();
    let (first, second) = (
        under_way(&host, "gen_random_uuid()").await,
        under_way(&host, "gen_random_uuid()").await,
    );
    let clock = Arc::new(Stumbling::default());
    let next = another_with(&host, engine(), clock, IntakeLimits::default());
    assert_eq!(next.startup().await.unwrap().taken_over, 2);
    next.drain().await;
    failed(&host, &first, "internal").await;
    let process = host.get(&format!("/v1/processes/{second}")).await.body;
    assert_eq!(process["verdict"], "accepted", "{process}");
}

#[tokio::test]
async fn what_is_stored_and_can_not_be_judged_any_more_fails() {
    let host = Host::new().await.unattended();
    let id = under_way(&host, "gen_random_uuid()").await;
    let intake = IntakeLimits {
        document_bytes: 100,
        ..IntakeLimits::default()
    };
    let next = another_with(&host, engine(), Arc::new(SystemClock), intake);
    assert_eq!(next.startup().await.unwrap().taken_over, 1);
    next.drain().await;
    failed(&host, &id, "unrestorable").await;

    let id = under_way(&host, "gen_random_uuid()").await;
    // Keys are not looked after for a replica: that is how rows get lost.
    let lost = "SET session_replication_role = replica; DELETE FROM document_contents";
    host.database.admin().await.execute(lost).await.unwrap();
    let next = another(&host);
    assert_eq!(next.startup().await.unwrap().taken_over, 1);
    next.drain().await;
    failed(&host, &id, "unrestorable").await;
    host.is_fine().await;
}

#[tokio::test]
async fn what_follows_from_a_submission_names_it_as_its_cause() {
    let host = Host::new().await;
    for answer in [
        host.submit("payroll_v1", &payslip()).await,
        host.submit("payroll_v1", &payslip()).await,
    ] {
        let id = answer.body["process_id"].as_str().unwrap();
        let caused = format!(
            "docsafe_event_outbox AS e JOIN docsafe_event_outbox AS cause ON cause.event_id = e.causation_id
             WHERE e.event_type = 'process.completed' AND e.payload ->> 'process_id' = '{id}'
                 AND cause.event_type = 'process.received' AND cause.payload ->> 'process_id' = '{id}'
                 AND cause.causation_id IS NULL AND cause.correlation_id = e.correlation_id"
        );
        assert_eq!(host.count(&caused).await, 1, "{answer:?}");
    }
}
