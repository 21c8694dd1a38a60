//! The one place that builds a `wasmtime::Config`.
//!
//! Invariant: everything that this host does not use is off, and everything that could make two runs of a call differ
//! is pinned (NaN bits, relaxed SIMD). Fuel is counted only where it is asked for: in a second engine, for metering.
//! The child process that compiles has the same configuration but for the allocator, which decides nothing about code:
//! [`fingerprint`] says whether two engines take each other's artifacts.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
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

/// What decides about compiled code and is not the same for all engines of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// Whether code counts its fuel.
    pub(crate) fuel: bool,
}

impl Code {
    pub(crate) fn of(options: &EngineOptions) -> Self {
        Self {
            fuel: options.fuel.is_some(),
        }
    }
}

/// The engine with the pooling allocator, or without it where the machine has no room for its reservations.
pub(crate) fn engine(options: &EngineOptions) -> wasmtime::Result<Engine> {
    let code = Code::of(options);
    let mut config = base(code);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    Engine::new(&config).or_else(|error| {
        tracing::warn!(
            error = format!("{error:#}"),
            "no pooling allocator here: every call maps its own memory, which is slower; \
             raise the limit on virtual memory (ulimit -v) or lower the number of concurrent calls"
        );
        Engine::new(&base(code))
    })
}

/// An engine that compiles and runs nothing: it reserves no memory for instances.
pub(crate) fn compiler(code: Code) -> wasmtime::Result<Engine> {
    Engine::new(&base(code))
}

/// Equal for engines that take each other's artifacts: version, target and settings.
pub(crate) fn fingerprint(engine: &Engine) -> [u8; 32] {
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().into()
}

fn base(code: Code) -> Config {
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
        .consume_fuel(code.fuel)
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

/// A hasher that keeps all of its input's entropy.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.clone().finalize();
        hash.iter()
            .take(8)
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}
