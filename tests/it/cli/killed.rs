//! `assay serve` killed with -9 between the transaction that accepts a process and the one that finishes it, or while it
//! has a plugin compiled.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::binary::{assay, run};
use crate::api::host::{Host, built, payslip};
use crate::engine::compiler::takes_time;

/// A host of its own process.
pub(super) struct Served {
    child: Child,
    pub(super) url: String,
}

impl Served {
    fn start(host: &Host, folder: &std::path::Path) -> Self {
        Self::by(assay(["serve"]), host, folder)
    }

    /// By a command that ends in `serve`.
    pub(super) fn by(mut command: Command, host: &Host, folder: &std::path::Path) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env("DATABASE_URL", host.database.app_url())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let mut lines = said.lines().map_while(Result::ok);
        let mut before = Vec::new();
        let url = lines.find_map(|line| {
            let url = line.split("listening on ").nth(1).map(str::to_owned);
            before.push(line);
            url
        });
        let Some(url) = url else {
            child.wait().unwrap();
            panic!("it does not say where it listens: {before:?}");
        };
        Self { child, url }
    }

    /// SIGKILL, and gone.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Whoever finishes a process is held up before the last of its rows.
async fn hold_up(host: &Host) -> PgConnection {
    let mut holder = host.database.admin().await;
    holder
        .execute("BEGIN; LOCK TABLE plugin_invocations IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    holder
}

/// Waits until somebody is held up, and returns the server's process for it.
async fn held_up(host: &Host) -> i32 {
    let mut admin = host.database.admin().await;
    let waiting = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%plugin_invocations%'";
    loop {
        let pid = sqlx::query_scalar(waiting)
            .fetch_optional(&mut admin)
            .await
            .unwrap();
        if let Some(pid) = pid {
            return pid;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A token of Acme's; makes the key by which a host knows it.
pub(super) fn token(host: &Host, folder: &std::path::Path) -> String {
    let (client, data_dir) = (host.acme.to_string(), folder.to_str().unwrap());
    let said = run([
        "token",
        "--client",
        &client,
        "--role",
        "operator",
        "--data-dir",
        data_dir,
    ]);
    said.out.trim().to_owned()
}

/// Submits a document and waits for the answer elsewhere.
fn submit(served: &Served, token: &str) -> tokio::task::JoinHandle<reqwest::Result<reqwest::Response>> {
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]});
    let submission = reqwest::Client::new()
        .post(format!("{}/v1/processes", served.url))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(body.to_string())
        .send();
    tokio::spawn(submission)
}

#[tokio::test]
async fn nothing_is_half_written_and_the_next_start_finishes_it() {
    let host = Host::new().await;
    let folder = tempfile::tempdir().unwrap();
    let token = token(&host, folder.path());
    let served = Served::start(&host, folder.path());
    let mut holder = hold_up(&host).await;
    let submission = submit(&served, &token);
    held_up(&host).await;
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

#[tokio::test]
async fn a_process_at_which_three_hosts_end_is_given_up_by_the_fourth() {
    let host = Host::new().await;
    let folder = tempfile::tempdir().unwrap();
    let token = token(&host, folder.path());
    let _holder = hold_up(&host).await;
    for killed in 1..=3 {
        let served = Served::start(&host, folder.path());
        if killed == 1 {
            submit(&served, &token);
        }
        let pid = held_up(&host).await;
        served.kill();
        // Held up as it is, the server does not see that nobody is there any more.
        let end = AssertSqlSafe(format!("SELECT pg_terminate_backend({pid}, 10000)"));
        host.database.admin().await.execute(end).await.unwrap();
        let begun = format!("processes WHERE status = 'pending' AND attempts = {killed}");
        assert_eq!(host.count(&begun).await, 1, "{killed}");
    }
    let last = Served::start(&host, folder.path());
    let failed = "processes WHERE status = 'failed' AND error ->> 'code' = 'abandoned'";
    for _ in 0..1_000 {
        if host.count(failed).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(host.count(failed).await, 1);
    for told in [
        "audit_logs WHERE event_type = 'process.failed'",
        "docsafe_event_outbox WHERE event_type = 'process.failed' AND causation_id IS NOT NULL",
        "notifications WHERE type = 'process_failed'",
    ] {
        assert_eq!(host.count(told).await, 1, "{told}");
    }
    last.kill();
}

/// What was being compiled is shown as interrupted by the other hosts, and one that lives goes on to take uploads.
#[tokio::test]
async fn a_registration_under_way_is_interrupted() {
    let host = Host::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let token = run(["token", "--role", "platform", "--data-dir", data_dir]);
    let served = Served::start(&host, folder.path());
    let accepted = reqwest::Client::new()
        .post(format!("{}/v1/plugins", served.url))
        .bearer_auth(token.out.trim())
        .header("content-type", "application/wasm")
        .header("prefer", "respond-async")
        .body(takes_time())
        .send()
        .await
        .unwrap();
    assert_eq!(accepted.status(), 202);
    let path = accepted.headers()["location"].to_str().unwrap().to_owned();
    let look = || async {
        let request = host
            .request(reqwest::Method::GET, &path)
            .bearer_auth(host.platform());
        host.send(request).await.body
    };
    for _ in 0..1_000 {
        if look().await["progress"] == "compiling" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = look().await;
    assert_eq!(
        (&before["status"], &before["progress"]),
        (&json!("compiling"), &json!("compiling"))
    );
    served.kill();
    for _ in 0..500 {
        if look().await["status"] == "failed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let after = look().await;
    assert_eq!(after["reasons"][0]["code"], "interrupted", "{after}");
    let good = host
        .send_plugin(&host.platform(), built("ubl_invoice_extractor"))
        .await;
    assert_eq!(good.status, 201, "{good:?}");
}
