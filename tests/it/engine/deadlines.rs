//! One deadline covers everything, and the error names the phase that used it up: here, waiting, and who waits for
//! whom. The guests that run into it are in [`hostile`](super::hostile).

use std::sync::Arc;
use std::time::{Duration, Instant};

use assay_domain::{ErrorCode, Phase};
use assay_engine::EngineOptions;

use super::guest::{Host, assert_failed, failure, message_of};

#[tokio::test]
async fn waiting_for_a_turn_ends_too() {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 1,
        ..EngineOptions::default()
    });
    host.limits.deadline_ms = 300;
    let plugin = host.plugin("loop_in_validate").await;
    let (first, mut second) = (host.context(), host.context());
    second.deadline -= Duration::from_millis(250);
    let (first, second) = tokio::join!(
        host.engine.validate(&plugin, &first, "{}"),
        host.engine.validate(&plugin, &second, "{}"),
    );
    assert_failed(&failure(first), ErrorCode::Deadline, Phase::Call);
    assert!(second.usage.queue_us >= 40_000, "{:?}", second.usage);
    assert_failed(&failure(second), ErrorCode::Deadline, Phase::Queue);
    host.is_fine().await;
}

#[tokio::test]
async fn a_spinning_guest_does_not_keep_others_from_the_runtime() {
    // One thread for the guest and for everything else.
    let mut host = Host::new();
    host.limits.deadline_ms = 300;
    let (spinning, fine) = (host.plugin("loop_in_validate").await, host.plugin("fine").await);
    let context = host.context();
    let others = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let start = Instant::now();
            let call = host.engine.validate(&fine, &host.context(), "{}").await;
            assert!(call.is_replayable(), "{call:?}");
            slowest = slowest.max(start.elapsed());
        }
        slowest
    };
    let (call, slowest) = tokio::join!(host.engine.validate(&spinning, &context, "{}"), others);
    assert_failed(&failure(call), ErrorCode::Deadline, Phase::Call);
    assert!(
        slowest < Duration::from_millis(200),
        "a call waited {slowest:?} for a spinning one"
    );
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing_behind() {
    let mut host = Host::new();
    host.limits.deadline_ms = 10_000;
    let plugin = host.plugin("loop_in_validate").await;
    for _ in 0..20 {
        let context = host.context();
        let call = host.engine.validate(&plugin, &context, "{}");
        let gone = tokio::time::timeout(Duration::from_millis(5), call).await;
        assert!(gone.is_err());
    }
    // More than the pool has places for: had one been lost, the pool would be empty by now.
    host.is_fine().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_calls_than_places_wait_and_all_succeed() {
    let host = Host::with(EngineOptions {
        concurrent_calls: 2,
        ..EngineOptions::default()
    });
    let plugin = host.plugin("echo").await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (host, plugin) = (host.clone(), Arc::clone(&plugin));
        calls.spawn(async move {
            let context = host.context();
            let call = host.engine.validate(&plugin, &context, &number.to_string()).await;
            assert_eq!(message_of(&call), Some(number.to_string()));
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
}
