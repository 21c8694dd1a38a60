//! What a call leaves in memory, tables and globals is in nobody's later call: not in the same plugin's for another
//! client, not in another plugin's that gets the same place of the pool, and not where instances start from a snapshot.

use std::sync::Arc;

use assay_domain::World;
use assay_engine::{EngineOptions, Prepared};
use tokio::task::JoinSet;

use super::guest::{Host, done};

/// Places that are used again and again.
fn few_places() -> Host {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 2,
        ..EngineOptions::default()
    });
    // All calls of a test wait for these places.
    host.limits.deadline_ms = 30_000;
    host
}

/// A guest for a client, whose letter it is told when it prepares.
async fn of(host: &Host, guest: &str, client: &str, snapshot: bool) -> Arc<Prepared> {
    let (candidate, plugin) = host.take(super::guest::packed(guest)).await.unwrap();
    let told = Arc::new(Prepared::new(plugin, World::Validator, client, "[]"));
    if snapshot {
        let bytes = || async { Ok::<_, std::io::Error>(candidate.component.to_vec()) };
        host.engine.snapshot(&told, bytes).await.unwrap();
        assert_eq!(told.snapshot(), Some(Ok(())));
    }
    told
}

/// Calls everybody in turn, many at a time, so that places go from one to another in every order.
async fn mixed(host: &Host, plugins: &[(Arc<Prepared>, &'static str)]) {
    let mut calls = JoinSet::new();
    for turn in 0..30 * plugins.len() {
        let (plugin, client) = &plugins[turn % plugins.len()];
        let (host, plugin, client) = (host.clone(), Arc::clone(plugin), *client);
        calls.spawn(async move {
            let call = host.engine.validate(&plugin, &host.context(), client).await;
            // Whoever finds something that is not its own traps.
            done(call);
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_finds_what_another_client_left() {
    let host = few_places();
    mixed(
        &host,
        &[
            (of(&host, "hoards", "1", false).await, "1"),
            (of(&host, "hoards", "2", false).await, "2"),
            (of(&host, "hoards_tables", "1", false).await, "1"),
            (of(&host, "looks", "2", false).await, "2"),
            (of(&host, "remembers", "1", false).await, "1"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_do_instances_that_start_from_a_snapshot() {
    let host = few_places();
    mixed(
        &host,
        &[
            (of(&host, "hoards", "1", true).await, "1"),
            (of(&host, "looks", "1", true).await, "1"),
            (of(&host, "hoards", "2", true).await, "2"),
            // Its copy without a snapshot lies in the same places.
            (of(&host, "hoards", "3", false).await, "3"),
            (of(&host, "hoards_tables", "3", false).await, "3"),
        ],
    )
    .await;
}

/// The test would notice: a guest that is told of one client and asked by another finds what is not its own.
#[tokio::test]
async fn the_guest_does_look() {
    let host = few_places();
    for snapshot in [false, true] {
        let told = of(&host, "hoards", "1", snapshot).await;
        let call = host.engine.validate(&told, &host.context(), "2").await;
        let failure = super::guest::failure(call);
        assert_eq!(failure.code, assay_domain::ErrorCode::Trap, "{failure}");
    }
}

/// What fails in the middle leaves no more than what ends well.
#[tokio::test]
async fn nor_after_a_call_that_was_ended() {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 1,
        ..EngineOptions::default()
    });
    let (looks, fills) = (host.plugin("looks").await, host.plugin("fills_and_loops").await);
    for _ in 0..5 {
        host.limits.deadline_ms = 50;
        let call = host.engine.validate(&fills, &host.context(), "{}").await;
        let failure = super::guest::failure(call);
        assert_eq!(failure.code, assay_domain::ErrorCode::Deadline, "{failure}");
        host.limits.deadline_ms = 2_000;
        done(host.engine.validate(&looks, &host.context(), "{}").await);
    }
}
