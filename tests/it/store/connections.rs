//! Whose work a connection does, and what happens when the caller or the server goes away.

use std::process::Command;
use std::time::{Duration, Instant};

use assay_domain::{ClientId, Clock, SystemClock};
use assay_store::clients::NewClient;
use assay_store::embedded::Embedded;
use assay_store::{ConnectError, ConnectOptions, PageRequest, Store, StoreError, migrate};
use sqlx::Executor;

use super::sample::{self, payroll};
use crate::support::database::{Database, cluster_folder, cluster_options};

/// Sessions of the host that are in a transaction.
const OPEN: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'assay_app' AND state LIKE 'idle in transaction%'";

/// A begin that is cancelled at any moment leaves neither a transaction nor a tenant on its connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_begin_leaves_nothing_behind() {
    let database = Database::with(ConnectOptions {
        connections: 1,
        ..ConnectOptions::default()
    })
    .await;
    let a = sample::everything(&database, "a").await;
    let b = database.client("b").await;
    let mut admin = database.admin().await;
    let mut cancelled = 0;
    for n in 0..150_u32 {
        // The connection is back in the pool: what is cancelled is the beginning, not waiting for it.
        tokio::time::sleep(Duration::from_millis(3)).await;
        let mut begin = Box::pin(database.store.begin(a));
        // From before the first byte is sent to after the last one is read.
        let mut ready = None;
        for _ in 0..=n % 4 {
            ready = poll_once(&mut begin).await;
            if ready.is_some() {
                break;
            }
            // A sleep would be too long.
            let moment = Instant::now();
            while moment.elapsed() < Duration::from_micros(u64::from(n % 50)) {
                std::hint::spin_loop();
            }
        }
        cancelled += u32::from(ready.is_none());
        drop(ready);
        drop(begin);
        // What was begun for a caller who is gone is rolled back; in the pool no connection is in a transaction.
        let waited = Instant::now();
        while sqlx::query_scalar::<_, i64>(OPEN)
            .fetch_one(&mut admin)
            .await
            .unwrap()
            > 0
        {
            assert!(
                waited.elapsed() < Duration::from_secs(2),
                "a transaction stays open, begun for nobody ({n})"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut tx = database.store.begin(b).await.unwrap();
        assert_eq!(tx.client().await.unwrap().map(|client| client.id), Some(b));
        assert!(
            tx.configurations(&payroll(), &PageRequest::new(50, None))
                .await
                .unwrap()
                .items
                .is_empty()
        );
        tx.commit().await.unwrap();
    }
    assert!(
        cancelled > 30,
        "{cancelled} were cancelled: the test does not do what it says"
    );
}

/// A commit that was called lasts, even when its caller does not wait for it.
#[tokio::test]
async fn a_commit_outlives_its_caller() {
    let database = Database::new().await;
    let id = ClientId::new(SystemClock.now());
    let mut tx = database.store.begin_platform().await.unwrap();
    tx.insert_client(&NewClient {
        id,
        slug: "a",
        name: "a",
    })
    .await
    .unwrap();
    let mut commit = Box::pin(tx.commit());
    // Polled once, then dropped.
    assert!(poll_once(&mut commit).await.is_none());
    drop(commit);
    for _ in 0..100 {
        let mut tx = database.store.begin_platform().await.unwrap();
        if tx.client_by_slug("a").await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it was lost");
}

async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

/// `DATABASE_URL` may name the owner: work is still done as `assay_app`.
#[tokio::test]
async fn the_owners_address_works_as_the_hosts_role() {
    let database = Database::new().await;
    let a = sample::everything(&database, "a").await;
    let b = database.client("b").await;
    let url = database
        .owner_url()
        .replace("postgres://", "postgresql+psycopg://");
    let store = Store::connect(&url, ConnectOptions::default()).await.unwrap();
    let mut tx = store.begin(b).await.unwrap();
    assert!(
        tx.configurations(&payroll(), &PageRequest::new(50, None))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let mut tx = store.begin(a).await.unwrap();
    assert_eq!(
        tx.configurations(&payroll(), &PageRequest::new(50, None))
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    let mut tx = store.begin_platform().await.unwrap();
    assert!(
        tx.configurations(&payroll(), &PageRequest::new(50, None))
            .await
            .unwrap()
            .items
            .is_empty(),
        "the platform owns no configuration"
    );
    // With the one that the first lets use its plugin.
    assert_eq!(tx.clients().await.unwrap().len(), 3);
}

#[tokio::test]
async fn who_may_not_work_as_the_hosts_role_is_told() {
    let database = Database::new().await;
    let mut admin = database.admin().await;
    admin.execute("CREATE ROLE stranger LOGIN").await.unwrap();
    let url = database.app_url().replace("assay_app@", "stranger@");
    let refused = Store::connect(&url, ConnectOptions::default()).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Role { .. }), "{refused:?}");
    assert!(refused.to_string().contains("GRANT assay_app TO"), "{refused}");
    admin.execute("DROP ROLE stranger").await.unwrap();
}

/// The server is killed: callers hear that it is not there, nobody hangs, and the same store works when it is back.
#[tokio::test]
async fn a_killed_server_is_unavailable_until_it_is_back() {
    let folder = cluster_folder();
    let mut options = cluster_options(folder.path());
    // What was committed is to be there again.
    options.durable = true;
    let embedded = Embedded::start(&options, drop).await.unwrap();
    migrate::up(&embedded.owner_url()).await.unwrap();
    let store = Store::connect(
        &embedded.app_url(),
        ConnectOptions {
            connections: 4,
            acquire: Duration::from_secs(2),
            ..ConnectOptions::default()
        },
    )
    .await
    .unwrap();
    let id = ClientId::new(SystemClock.now());
    let mut tx = store.begin_platform().await.unwrap();
    tx.insert_client(&NewClient {
        id,
        slug: "kept",
        name: "kept",
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();

    let mut cut = store.begin_platform().await.unwrap();
    let lost = ClientId::new(SystemClock.now());
    cut.insert_client(&NewClient {
        id: lost,
        slug: "lost",
        name: "lost",
    })
    .await
    .unwrap();
    let pid = embedded.pid().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
            .success()
    );
    // The session ends a moment after its server.
    let mut ended = cut.clients().await;
    for _ in 0..200 {
        if ended.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        ended = cut.clients().await;
    }
    assert!(matches!(ended, Err(StoreError::Unavailable(_))), "{ended:?}");
    assert!(matches!(cut.commit().await, Err(StoreError::Unavailable(_))));
    let refused = store.begin(id).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(refused.is_transient());
    assert!(store.ping().await.is_err());

    drop(embedded);
    let embedded = Embedded::start(&options, drop).await.unwrap();
    let mut tx = store.begin_platform().await.unwrap();
    let slugs: Vec<_> = tx
        .clients()
        .await
        .unwrap()
        .into_iter()
        .map(|client| client.slug)
        .collect();
    assert_eq!(slugs, ["kept"]);
    drop(tx);

    // Stopped and started between two transactions, nobody notices: connections that died are replaced.
    embedded.stop().await.unwrap();
    let embedded = Embedded::start(&options, drop).await.unwrap();
    for _ in 0..6 {
        let mut tx = store.begin(id).await.unwrap();
        assert!(tx.client().await.unwrap().is_some());
    }
    store.close().await;
    embedded.stop().await.unwrap();
}
