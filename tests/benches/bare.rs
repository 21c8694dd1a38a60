//! The floor: wasmtime alone, with the pool settings that are best for short calls, on fibers, without limits,
//! deadline, bounded output or usage.

use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/plugin-v1",
        world: "validator",
        imports: { default: async },
        exports: { default: async },
    });
}
use bindings::assay::plugin::{history, log};
use bindings::exports::assay::plugin::validation::Report;

/// What the bare host keeps for a call.
pub(crate) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl bindings::assay::plugin::types::Host for State {}

impl log::Host for State {
    async fn log(&mut self, _: log::Level, _: String) {}
}

impl history::Host for State {
    async fn find_exact(
        &mut self,
        _: history::ExactFingerprint,
    ) -> Result<history::Sightings, history::HistoryError> {
        Err(history::HistoryError::Denied)
    }
    async fn find_near(
        &mut self,
        _: history::NearFingerprint,
        _: u8,
    ) -> Result<history::Sightings, history::HistoryError> {
        Err(history::HistoryError::Denied)
    }
    async fn known_values(
        &mut self,
        _: String,
        _: String,
    ) -> Result<Vec<history::KnownValue>, history::HistoryError> {
        Err(history::HistoryError::Denied)
    }
}

/// A validator in bare wasmtime.
pub(crate) struct Bare {
    engine: Engine,
    pre: bindings::ValidatorPre<State>,
}

/// The engine of the floor, whose guests nothing can stop.
pub(crate) fn engine() -> Engine {
    Engine::new(&config()).unwrap()
}

/// The same, but a guest that never ends can be stopped: the checks for that are compiled into its loops and functions.
fn interruptible() -> Engine {
    Engine::new(config().epoch_interruption(true)).unwrap()
}

fn config() -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(1 << 20)
        .total_memories(64)
        .total_tables(64)
        .total_core_instances(256)
        .total_component_instances(64)
        .total_stacks(64)
        .max_memory_size(64 << 20);
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

impl Bare {
    pub(crate) fn new(component: &[u8]) -> Self {
        Self::on(engine(), component)
    }

    /// As [`Bare::new`], with guests that can be stopped.
    pub(crate) fn interruptible(component: &[u8]) -> Self {
        Self::on(interruptible(), component)
    }

    fn on(engine: Engine, component: &[u8]) -> Self {
        let component = Component::from_binary(&engine, component).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        bindings::Validator::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).unwrap();
        let pre = bindings::ValidatorPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        Self { engine, pre }
    }

    /// An instance that is prepared and kept.
    pub(crate) async fn warm(&self, settings: &str, rules: &str) -> Warm {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&self.engine, state);
        store.set_epoch_deadline(u64::MAX / 2);
        let plugin = self.pre.instantiate_async(&mut store).await.unwrap();
        let validation = plugin.assay_plugin_validation();
        validation
            .call_prepare(&mut store, &settings.to_owned(), &rules.to_owned())
            .await
            .unwrap()
            .unwrap();
        Warm { store, plugin }
    }

    /// A fresh instance, prepared and called.
    pub(crate) async fn call(&self, settings: &str, rules: &str, data: &str) -> Report {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&self.engine, state);
        let instance = self.pre.instantiate_async(&mut store).await.unwrap();
        let validation = instance.assay_plugin_validation();
        validation
            .call_prepare(&mut store, &settings.to_owned(), &rules.to_owned())
            .await
            .unwrap()
            .unwrap();
        validation
            .call_validate(&mut store, &data.to_owned())
            .await
            .unwrap()
            .unwrap()
    }
}

/// One instance that was prepared once and is called again and again: nothing is isolated from anything.
pub(crate) struct Warm {
    store: Store<State>,
    plugin: bindings::Validator,
}

impl Warm {
    pub(crate) async fn call(&mut self, data: &str) -> Report {
        let validation = self.plugin.assay_plugin_validation();
        let report = validation.call_validate(&mut self.store, &data.to_owned()).await;
        report.unwrap().unwrap()
    }
}
