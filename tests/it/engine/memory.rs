//! One budget for all memories, tables and handles of a call: what it is held to. The guests that exceed it are in
//! [`hostile`](super::hostile).

use assay_domain::{ErrorCode, Limits, Phase};
use assay_engine::EngineOptions;

use super::guest::{Host, assert_failed, failure};

#[tokio::test]
async fn a_growing_memory_is_stopped_at_the_budget() {
    let mut host = Host::new();
    host.limits.memory_bytes = 32 << 20;
    let call = host.call("grow_memory", "{}").await;
    assert!(call.usage.peak_memory_bytes > 16 << 20, "{:?}", call.usage);
    assert!(call.usage.peak_memory_bytes <= 32 << 20, "{:?}", call.usage);
    let failure = failure(call);
    assert_failed(&failure, ErrorCode::Memory, Phase::Call);
    assert!(failure.message.contains("33554432"), "{failure}");
    host.is_fine().await;
}

/// What a manifest asks for, and whoever passes it on, is held to what the host owner allows.
#[tokio::test]
async fn nobody_gets_more_than_the_hosts_maximum() {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 2,
        maximum: Limits {
            memory_bytes: 16 << 20,
            ..Limits::DEFAULT
        },
        ..EngineOptions::default()
    });
    host.limits.memory_bytes = u64::MAX;
    let call = host.call("grow_memory", "{}").await;
    assert!(call.usage.peak_memory_bytes <= 16 << 20, "{:?}", call.usage);
    assert_failed(&failure(call), ErrorCode::Memory, Phase::Call);
}

#[tokio::test]
async fn what_no_call_could_have_is_refused_beforehand() {
    let host = Host::new();
    for guest in ["huge_table", "huge_memory"] {
        let refused = host.take(super::guest::packed(guest)).await.unwrap_err();
        assert!(refused.has("memory"), "{refused}");
    }
    host.is_fine().await;
}
