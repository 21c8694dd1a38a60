//! The one place that builds a `wasmtime::Config`.
//!
//! Invariant: everything that this host does not use is off, and everything that could make two runs of a call differ
//! is pinned (NaN bits, relaxed SIMD). Fuel is counted only where it is asked for: in a second engine, for metering.

use std::num::NonZeroUsize;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
};

use crate::EngineOptions;

/// Core instances of one component: an interpreter with its libraries has some dozens.
pub(crate) const CORE_INSTANCES: u32 = 128;
/// Memories of one component: composed components have one each.
const MEMORIES: u32 = 8;
/// Tables of one component.
const TABLES: u32 = 64;
/// Elements of one table.
pub(crate) const TABLE_ELEMENTS: usize = 100_000;
/// Wasm frames may take this much of a fiber's stack; the rest is for host functions.
const WASM_STACK: usize = 1 << 20;
const FIBER_STACK: usize = 2 << 20;
/// Pages up to this size are cleaned in place after a call; more is given back to the kernel.
const KEEP_RESIDENT: usize = 1 << 20;
/// Images of interpreters are large, and mapping them copy-on-write is what makes their instances cheap.
pub(crate) const DENSE_IMAGE: u64 = 64 << 20;

/// The engine with the pooling allocator, or without it where the machine has no room for its reservations.
pub(crate) fn engine(options: &EngineOptions) -> wasmtime::Result<Engine> {
    let mut config = base(options);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    Engine::new(&config).or_else(|error| {
        tracing::warn!(
            error = format!("{error:#}"),
            "no pooling allocator here: every call maps its own memory, which is slower; \
             raise the limit on virtual memory (ulimit -v) or lower the number of concurrent calls"
        );
        Engine::new(&base(options))
    })
}

fn base(options: &EngineOptions) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_component_model(true)
        .concurrency_support(false)
        .wasm_threads(false)
        .wasm_memory64(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_stack_switching(false)
        // Off, a valid composed component panics while it is compiled; the pool caps the number of memories.
        .wasm_multi_memory(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .epoch_interruption(true)
        .consume_fuel(options.fuel.is_some())
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(DENSE_IMAGE)
        .wasm_backtrace_max_frames(NonZeroUsize::new(32));
    config
}

fn pool(options: &EngineOptions) -> PoolingAllocationConfig {
    // One more than there are calls: a snapshot is made of an instance, one at a time, and no call makes room for it.
    let calls = options.concurrent_calls.max(1).saturating_add(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(CORE_INSTANCES))
        .total_memories(calls.saturating_mul(MEMORIES))
        .total_tables(calls.saturating_mul(TABLES))
        .total_stacks(calls)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_memories_per_module(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(memory_size(options))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT / 8);
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes);
    } else {
        tracing::warn!(
            "this kernel can't scan for written pages (PAGEMAP_SCAN, Linux 6.7): a call costs some 20 microseconds more"
        );
    }
    pool
}

/// The largest memory that any call may have, in whole pages.
pub(crate) fn memory_size(options: &EngineOptions) -> usize {
    let bytes = usize::try_from(options.maximum.memory_bytes).unwrap_or(usize::MAX);
    bytes
        .checked_next_multiple_of(1 << 16)
        .unwrap_or(1 << 32)
        .min(1 << 32)
}
