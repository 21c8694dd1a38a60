//! One budget for all memories, tables and handles of a call.

use assay_domain::{ErrorCode, Phase};

use super::guest::{Host, assert_failed, failure};

async fn exceeds(guest: &str, memory_bytes: u64, phase: Phase) {
    let mut host = Host::new();
    host.limits.memory_bytes = memory_bytes;
    assert_failed(&host.failure(guest).await, ErrorCode::Memory, phase);
}

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

#[tokio::test]
async fn two_memories_share_the_budget() {
    exceeds("two_memories", 64 << 20, Phase::Instantiate).await;
}

#[tokio::test]
async fn tables_count() {
    exceeds("many_tables", 8 << 20, Phase::Instantiate).await;
}

#[tokio::test]
async fn a_table_that_never_stops_growing_ends() {
    // Past the engine's own bound on one table, growing fails without a cost, and the guest loops to its deadline.
    let mut host = Host::new();
    host.limits.deadline_ms = 60;
    assert_failed(
        &host.failure("grow_table").await,
        ErrorCode::Deadline,
        Phase::Call,
    );
}

#[tokio::test]
async fn a_growing_table_is_stopped_at_the_budget() {
    exceeds("grow_table", 1 << 20, Phase::Call).await;
}

#[tokio::test]
async fn handles_are_counted() {
    exceeds("handles", 64 << 20, Phase::Call).await;
}

#[tokio::test]
async fn deep_recursion_is_an_overflow_of_the_stack() {
    assert_failed(
        &Host::new().failure("recursion").await,
        ErrorCode::Stack,
        Phase::Call,
    );
}

#[tokio::test]
async fn an_overflow_in_a_host_function_is_one_too() {
    assert_failed(
        &Host::new().failure("recursion_on_log").await,
        ErrorCode::Stack,
        Phase::Call,
    );
}

#[tokio::test]
async fn a_huge_argument_of_a_host_call_is_not_copied() {
    exceeds("huge_argument", 64 << 20, Phase::Call).await;
}

#[tokio::test]
async fn all_random_bytes_are_too_many() {
    exceeds("all_random", 64 << 20, Phase::Call).await;
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

#[tokio::test]
async fn nothing_of_a_call_is_left_for_the_next() {
    let host = Host::new();
    let plugin = host.plugin("remembers").await;
    for _ in 0..50 {
        let call = host.engine.validate(&plugin, &host.context(), "{}").await;
        super::guest::done(call);
    }
}
