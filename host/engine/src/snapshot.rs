//! Prepared instances: `prepare` runs once, and the memory that it leaves becomes a component of its own, from whose
//! copy-on-write image every call starts.
//!
//! Invariant: a call from the snapshot gives the same bytes as one that prepares for itself. Both prepare under the same
//! conditions ([`State::begin`]), and what would tell them apart (log lines, handles that stay open, a state that the
//! rewriting can't hold) is a reason not to make a snapshot, never a different answer.
//! Deliberately absent: when snapshots are made and for whom.

use std::time::Duration;

use assay_domain::{Digest, Phase};
use tokio::time::Instant;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, TypedFunc, WasmList};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::bindings::types::PrepareError;
use crate::engine::Shared;
use crate::job::Guest;
use crate::load::{Plugin, link};
use crate::prepared::Prepared;
use crate::refuse::Refused;
use crate::state::State;
use crate::{call, classify};

/// Why there is no snapshot. Calls prepare for themselves then, and say the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoSnapshot(String);

impl NoSnapshot {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(crate::escape::message(reason.into()))
    }
}

impl From<Refused> for NoSnapshot {
    fn from(refused: Refused) -> Self {
        let reasons: Vec<_> = refused.reasons.into_iter().map(|reason| reason.message).collect();
        Self::new(reasons.join("; "))
    }
}

/// What a snapshot would be, for whoever asks whether there can be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotTrial {
    /// Bytes of the component with the memory that `prepare` left.
    pub bytes: usize,
    /// How long instantiating and preparing took, which calls from the snapshot do without.
    pub prepared: Duration,
}

/// A component whose instances begin where `prepare` ended.
pub(crate) struct Snapshot {
    pub(crate) component: Vec<u8>,
    pub(crate) prepared: Duration,
}

/// Makes one. Runs the guest, for as long as one call may take.
pub(crate) async fn snapshot(
    shared: &Shared,
    component: &[u8],
    told: &Prepared,
) -> Result<Snapshot, NoSnapshot> {
    let mut wizer = Wizer::new();
    wizer.keep_init_func(true);
    let (context, instrumented) = wizer
        .instrument_component(component)
        .map_err(|error| NoSnapshot::new(format!("its form can't be rewritten: {error:#}")))?;
    let compiled = shared
        .compiler
        .compile(&shared.engine, &instrumented, &|_| ())
        .await?;
    let plugin = link(&shared.linker, Digest::of(&instrumented), &compiled)?;

    let limits = shared.options.maximum;
    let deadline = Instant::now() + Duration::from_millis(limits.deadline_ms);
    let _running = shared.ticker.enter();
    let mut store = call::preparing(shared, &limits, deadline);
    let mut prepared = Duration::ZERO;
    let work = async {
        let begun = Instant::now();
        let instance = prepare(&mut store, &plugin, told).await?;
        prepared = begun.elapsed();
        unmixed(store.data())?;
        // What the memories hold is copied out of them through the same door as a result.
        store.set_hostcall_fuel(usize::MAX);
        let mut access = Access {
            store: &mut store,
            instance,
            error: None,
        };
        let rewritten = wizer.snapshot_component(&context, &mut access).await;
        if let Some(error) = access.error {
            return Err(NoSnapshot::new(format!("its state can't be read: {error:#}")));
        }
        rewritten.map_err(|error| NoSnapshot::new(format!("its state can't be kept: {error:#}")))
    };
    let rewritten = tokio::time::timeout_at(deadline, work)
        .await
        .unwrap_or_else(|_| Err(NoSnapshot::new("preparing takes longer than a call may")))?;
    let most_bytes = shared.options.component_bytes;
    if rewritten.len() > most_bytes {
        return Err(NoSnapshot::new(format!(
            "its state after preparing makes a component of {} bytes; {most_bytes} are kept at most",
            rewritten.len()
        )));
    }
    Ok(Snapshot {
        component: rewritten,
        prepared,
    })
}

async fn prepare(store: &mut Store<State>, plugin: &Plugin, told: &Prepared) -> Result<Instance, NoSnapshot> {
    let failed = |store: &Store<State>, error: &wasmtime::Error| {
        let failure = classify::failure(error, store.data().progress.phase());
        NoSnapshot::new(format!("preparing fails: {failure}"))
    };
    let instance = match plugin.instance.instantiate_async(&mut *store).await {
        Ok(instance) => instance,
        Err(error) => return Err(failed(store, &error)),
    };
    store.data_mut().progress.enter(Phase::Prepare);
    let Some(guest) = Guest::of(plugin, told.world) else {
        return Err(NoSnapshot::new(format!("it has no `{}`", told.world)));
    };
    match guest.prepare(store, &instance, told).await {
        Ok(Ok(())) => Ok(instance),
        Ok(Err(PrepareError::Invalid(_))) => Err(NoSnapshot::new("it refuses these settings or rules")),
        Ok(Err(PrepareError::Other(text))) => Err(NoSnapshot::new(format!("preparing fails: {text}"))),
        Err(error) => Err(failed(store, &error)),
    }
}

/// What a call from the snapshot would not show, or would trip over.
fn unmixed(state: &State) -> Result<(), NoSnapshot> {
    if !state.log().is_empty() {
        return Err(NoSnapshot::new(
            "it logs or prints while it prepares, and every invocation must show that",
        ));
    }
    if !state.table.is_empty() {
        return Err(NoSnapshot::new(
            "it keeps handles of the host open after preparing (a stream, a clock's pollable)",
        ));
    }
    Ok(())
}

/// Reads the state of an instance through the functions that the instrumentation added.
struct Access<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
    /// The first thing that went wrong: the trait has no room for errors.
    error: Option<wasmtime::Error>,
}

impl Access<'_> {
    fn function<R>(&mut self, interface: &str, name: &str) -> wasmtime::Result<TypedFunc<(), (R,)>>
    where
        (R,): ComponentNamedList + Lift + 'static,
    {
        let missing = || wasmtime::format_err!("the instrumentation lacks `{interface}#{name}`");
        let interface = self
            .instance
            .get_export_index(&mut *self.store, None, interface)
            .ok_or_else(missing)?;
        let function = self
            .instance
            .get_export_index(&mut *self.store, Some(&interface), name)
            .ok_or_else(missing)?;
        self.instance.get_typed_func(&mut *self.store, function)
    }

    async fn get<R>(&mut self, interface: &str, name: &str) -> Option<R>
    where
        (R,): ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let got = match self.function::<R>(interface, name) {
            Ok(function) => function.call_async(&mut *self.store, ()).await,
            Err(error) => Err(error),
        };
        match got {
            Ok((value,)) => Some(value),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }
}

impl ComponentInstanceState for Access<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        if let Some(list) = self.get::<WasmList<u8>>(instance, func).await {
            contents(list.as_le_slice(&*self.store));
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.get(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.get(instance, func).await.unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.get::<f32>(instance, func)
            .await
            .unwrap_or_default()
            .to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.get::<f64>(instance, func)
            .await
            .unwrap_or_default()
            .to_bits()
    }
}
