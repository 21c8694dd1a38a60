//! `assay serve` killed with -9 between the transaction that accepts a process and the one that finishes it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::json;
use sqlx::Executor;

use super::binary::{assay, run};
use crate::api::host::{Host, payslip};

/// A host of its own process.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(host: &Host, folder: &std::path::Path) -> Self {
        let mut child = assay(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env("DATABASE_URL", host.database.app_url())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let url = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split("listening on ").nth(1).map(str::to_owned))
            .expect("it says where it listens");
        Self { child, url }
    }

    /// SIGKILL, and gone.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn nothing_is_half_written_and_the_next_start_finishes_it() {
    let host = Host::new().await;
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let client = host.acme.to_string();
    let said = run([
        "token",
        "--client",
        &client,
        "--role",
        "operator",
        "--data-dir",
        data_dir,
    ]);
    let token = said.out.trim().to_owned();
    let served = Served::start(&host, folder.path());

    // Whoever finishes a process is held up before the last of its rows.
    let mut holder = host.database.admin().await;
    holder
        .execute("BEGIN; LOCK TABLE plugin_invocations IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]});
    let submission = reqwest::Client::new()
        .post(format!("{}/v1/processes", served.url))
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body(body.to_string())
        .send();
    let submission = tokio::spawn(submission);
    let mut admin = host.database.admin().await;
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%plugin_invocations%'";
    while sqlx::query_scalar::<_, i64>(waiting)
        .fetch_one(&mut admin)
        .await
        .unwrap()
        == 0
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    served.kill();
    assert!(submission.await.unwrap().is_err(), "the caller lost the answer");
    holder.execute("ROLLBACK").await.unwrap();

    // Accepted and nothing more: no verdict, no call, no document's result, no second audit row.
    assert_eq!(
        host.count("processes WHERE status = 'pending' AND verdict IS NULL")
            .await,
        1
    );
    assert_eq!(host.count("plugin_invocations").await, 0);
    assert_eq!(host.count("documents WHERE extracted_data IS NOT NULL").await, 0);
    assert_eq!(host.count("audit_logs WHERE process_id IS NOT NULL").await, 1);

    let again = Served::start(&host, folder.path());
    let completed = "processes WHERE status = 'completed' AND verdict = 'accepted'";
    for _ in 0..1_000 {
        if host.count(completed).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(host.count(completed).await, 1);
    assert_eq!(host.count("plugin_invocations").await, 1);
    assert_eq!(
        host.count("audit_logs WHERE event_type = 'process.completed'")
            .await,
        1
    );
    assert_eq!(
        host.count("docsafe_event_outbox WHERE event_type = 'process.completed'")
            .await,
        1
    );
    again.kill();
}
