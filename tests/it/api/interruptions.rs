//! What goes away in the middle: callers, and the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assay_domain::{Limits, Role, SystemClock};
use assay_service::{IntakeLimits, Parts, QueueLimits, Services};
use assay_store::{ConnectOptions, Store};
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};

use super::host::{Host, engine, payslip};
use crate::engine::guest::packed_with;

/// Holds up everybody who wants to write a process.
async fn hold_up(host: &Host) -> PgConnection {
    let mut holder = host.database.admin().await;
    holder
        .execute("BEGIN; LOCK TABLE processes IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    holder
}

/// Waits until somebody is held up, and returns the server's process for it.
async fn held_up(host: &Host) -> i32 {
    let mut admin = host.database.admin().await;
    for _ in 0..200 {
        let waiting: Option<i32> = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' LIMIT 1",
        )
        .fetch_optional(&mut admin)
        .await
        .unwrap();
        if let Some(pid) = waiting {
            return pid;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody is held up");
}

#[tokio::test]
async fn a_caller_who_hangs_up_loses_the_answer_and_not_the_process() {
    let host = Host::new().await;
    let mut holder = hold_up(&host).await;
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]}).to_string();
    let mut caller = TcpStream::connect(host.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST /v1/processes HTTP/1.1\r\nHost: assay\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        host.token(host.acme, Role::Operator),
        body.len()
    );
    caller.write_all(head.as_bytes()).await.unwrap();
    caller.write_all(body.as_bytes()).await.unwrap();
    held_up(&host).await;
    drop(caller);
    tokio::time::sleep(Duration::from_millis(100)).await;
    holder.execute("ROLLBACK").await.unwrap();
    for _ in 0..200 {
        let list = host.get("/v1/processes?status=completed").await;
        if list.body["items"]
            .as_array()
            .is_some_and(|items| items.len() == 1)
        {
            assert_eq!(list.body["items"][0]["verdict"], "accepted");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the process was lost");
}

/// What is only judged and not stored ends with its caller: the place that its plugin had is free at once.
#[tokio::test]
async fn callers_who_hang_up_while_a_plugin_spins_take_no_places_with_them() {
    let host = Host::new().await;
    let spins = packed_with("loop_in_validate", "[limits]\ndeadline_ms = 30000\n");
    let sent = host.send_plugin(&host.platform(), spins).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let draft = json!({"plugin_name": "guest"});
    host.activate_for(host.acme, "payroll_v1", &draft).await;
    let body = json!({"process_type_id": "payroll_v1", "documents": [{"data": payslip()}]}).to_string();
    let judged = |client| {
        let token = host.token(client, Role::Operator);
        let request = host.request(Method::POST, "/v1/validate").bearer_auth(token);
        host.send(
            request
                .header("content-type", "application/json")
                .body(body.clone()),
        )
    };
    // As many as there are places, and as many again.
    for _ in 0..2 {
        let spinning = (0..8).map(|_| judged(host.acme));
        let held = tokio::time::timeout(Duration::from_millis(700), all(spinning)).await;
        assert!(held.is_err(), "they were to spin");
        let start = std::time::Instant::now();
        let healthy = judged(host.globex).await;
        assert_eq!(healthy.body["verdict"], "accepted", "{healthy:?}");
        // The places would come back by themselves after thirty seconds.
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

/// All of them at the same time.
async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if futures.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_in_the_body_leaves_nothing() {
    let host = Host::new().await;
    let before = host.written().await;
    let mut caller = TcpStream::connect(host.url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST /v1/processes HTTP/1.1\r\nHost: assay\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\n\r\n{{\"process_type_id\":",
        host.token(host.acme, Role::Operator)
    );
    caller.write_all(head.as_bytes()).await.unwrap();
    drop(caller);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(host.written().await, before);
    host.is_fine().await;
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_leaves_nothing_half_written() {
    let host = Host::new().await;
    let before = host.written().await;
    let mut holder = hold_up(&host).await;
    let data = payslip();
    let submitting = host.submit("payroll_v1", &data);
    let ending = async {
        let pid = held_up(&host).await;
        holder
            .execute(AssertSqlSafe(format!("SELECT pg_terminate_backend({pid})")))
            .await
            .unwrap();
        holder.execute("ROLLBACK").await.unwrap();
    };
    let (answer, ()) = tokio::join!(submitting, ending);
    answer.problem(503, "database-unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(host.written().await, before);
    host.is_fine().await;
}

#[tokio::test]
async fn without_a_database_nothing_is_claimed_and_it_comes_back() {
    let host = Host::new().await;
    let mut admin = host.database.admin().await;
    let name: String = sqlx::query_scalar("SELECT current_database()::text")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    // The superuser still gets in; the host does not.
    admin
        .execute(AssertSqlSafe(format!("ALTER DATABASE {name} CONNECTION LIMIT 0")))
        .await
        .unwrap();
    admin
        .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await
        .unwrap();
    let answer = host.submit("payroll_v1", &payslip()).await;
    answer.problem(503, "database-unavailable");
    assert!(
        !answer.text.contains("terminating"),
        "the server's own words stay here: {answer:?}"
    );
    host.get("/v1/processes")
        .await
        .problem(503, "database-unavailable");
    let ready = host.send(host.request(Method::GET, "/readyz")).await;
    assert_eq!(
        (ready.status.as_u16(), ready.body["checks"][0]["ok"].as_bool()),
        (503, Some(false)),
        "{ready:?}"
    );
    admin
        .execute(AssertSqlSafe(format!(
            "ALTER DATABASE {name} CONNECTION LIMIT -1"
        )))
        .await
        .unwrap();
    admin.close().await.unwrap();
    host.is_fine().await;
    let ready = host.send(host.request(Method::GET, "/readyz")).await;
    assert_eq!(ready.status, 200);
}

/// A byte now and then keeps no connection.
#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let host = Host::empty().await;
    let address = host.url.trim_start_matches("http://");
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: assay\r\nX-A")
        .await
        .unwrap();
    for caller in [&mut silent, &mut slow] {
        let mut rest = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(caller, &mut rest);
        tokio::time::timeout(Duration::from_secs(20), read)
            .await
            .expect("the host closes it")
            .ok();
    }
    assert_eq!(host.send(host.request(Method::GET, "/healthz")).await.status, 200);
}

/// Between a host and its database: the first time that a connection commits what is remembered of documents, it loses the
/// server's answer and is gone.
async fn losing_a_commit(from: UnixListener, to: PathBuf) {
    let lost = Arc::new(AtomicBool::new(false));
    while let Ok((mut client, _)) = from.accept().await {
        let (lost, to) = (Arc::clone(&lost), to.clone());
        tokio::spawn(async move {
            let mut server = UnixStream::connect(to).await.unwrap();
            let (mut sent, mut said) = (vec![0; 65_536], vec![0; 65_536]);
            let mut remembers = false;
            loop {
                tokio::select! {
                    read = client.read(&mut sent) => {
                        let Ok(1..) = read else { return };
                        let bytes = &sent[..read.unwrap()];
                        let says = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
                        remembers |= says(b"INSERT INTO document_fingerprints");
                        let loses = remembers && says(b"COMMIT") && !lost.swap(true, Ordering::SeqCst);
                        server.write_all(bytes).await.unwrap();
                        if loses {
                            assert!(server.read(&mut said).await.unwrap() > 0, "it is committed");
                            return;
                        }
                    }
                    read = server.read(&mut said) => {
                        let Ok(count @ 1..) = read else { return };
                        if client.write_all(&said[..count]).await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
    }
}

/// A commit whose answer is lost is found out by looking, not by judging again what its own rows have changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_whose_commit_was_not_heard_of_is_stored_once() {
    let host = super::history::host().await;
    let url = host.database.app_url();
    let (before, query) = url.split_once("host=").unwrap();
    let (sockets, rest) = query.split_once('&').unwrap_or((query, ""));
    let folder = tempfile::tempdir().unwrap();
    let (_, authority) = before.split_once("localhost:").unwrap();
    let (port, _) = authority.split_once('/').unwrap();
    let name = format!(".s.PGSQL.{port}");
    let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
    tokio::spawn(losing_a_commit(listener, Path::new(sockets).join(&name)));
    let through = format!("{before}host={}&{rest}", folder.path().display());
    let store = Store::connect(&through, ConnectOptions::default()).await.unwrap();
    let services = Services::new(Parts {
        store,
        engine: engine(),
        clock: Arc::new(SystemClock),
        intake: IntakeLimits::default(),
        limits_maximum: Limits::MAXIMUM,
        queue: QueueLimits::default(),
    });
    let actor = assay_domain::Actor {
        client: Some(host.acme),
        role: Role::Operator,
        subject: "test".to_owned(),
    };
    assert_eq!(super::history::submitted(services, actor, 1).await, "0");
    assert_eq!(host.count("document_fingerprints").await, 1);
    assert_eq!(host.count("plugin_invocations").await, 2);
    let metrics = host.send(host.request(Method::GET, "/metrics")).await.text;
    let again = "assay_processes_judged_again_total";
    assert!(!metrics.lines().any(|line| line.starts_with(again)), "{metrics}");
}
