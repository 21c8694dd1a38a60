//! Prepared instances: `prepare` runs once, and the memory that it leaves becomes a component of its own, from whose
//! copy-on-write image every call starts.
//!
//! Invariant: a call from the snapshot gives the same bytes as one that prepares for itself. Both prepare under the same
//! conditions ([`State::begin`]), and what would tell them apart (log lines, handles that stay open, a state that the
//! rewriting can't hold) is a reason not to make a snapshot, never a different answer.
//! Deliberately absent: when snapshots are made and for whom.

mod composition;
mod resources;

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
use composition::Composition;

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
    let composition = Composition::of(component)?;
    let (mut contexts, mut parts) = (Vec::new(), Vec::new());
    for part in composition.parts() {
        let (context, part) = wizer
            .instrument_component(part)
            .map_err(|error| NoSnapshot::new(format!("its form can't be rewritten: {error:#}")))?;
        contexts.push(context);
        parts.push(part);
    }
    let mut instrumented = composition.instrumented(&parts);
    resources::refuse_new(&mut instrumented)
        .map_err(|error| NoSnapshot::new(format!("its form can't be read: {error}")))?;
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
        let mut parts = Vec::new();
        for (part, context) in contexts.iter().enumerate() {
            let mut access = Access {
                store: &mut store,
                instance,
                exported: composition.access(part),
                error: None,
            };
            let rewritten = wizer.snapshot_component(context, &mut access).await;
            if let Some(error) = access.error {
                return Err(NoSnapshot::new(format!("its state can't be read: {error:#}")));
            }
            let kept = |error| NoSnapshot::new(format!("its state can't be kept: {error:#}"));
            parts.push(rewritten.map_err(kept)?);
        }
        Ok(composition.rewritten(&parts))
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
        if resources::is_refused(error) {
            return NoSnapshot::new(
                "while it prepares it makes a resource of its own, which would be lost, or uses a handle that is not there",
            );
        }
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

/// Reads the state of one part through the functions that the instrumentation added.
struct Access<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
    /// The instance that has the part's functions.
    exported: String,
    /// The first thing that went wrong: the trait has no room for errors.
    error: Option<wasmtime::Error>,
}

impl Access<'_> {
    fn function<R>(&mut self, name: &str) -> wasmtime::Result<TypedFunc<(), (R,)>>
    where
        (R,): ComponentNamedList + Lift + 'static,
    {
        let exported = &self.exported;
        let missing = || wasmtime::format_err!("the instrumentation lacks `{exported}#{name}`");
        let interface = self
            .instance
            .get_export_index(&mut *self.store, None, exported)
            .ok_or_else(missing)?;
        let function = self
            .instance
            .get_export_index(&mut *self.store, Some(&interface), name)
            .ok_or_else(missing)?;
        self.instance.get_typed_func(&mut *self.store, function)
    }

    async fn get<R>(&mut self, name: &str) -> Option<R>
    where
        (R,): ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let got = match self.function::<R>(name) {
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
    async fn call_func_ret_list_u8(&mut self, _: &str, func: &str, contents: impl FnOnce(&[u8]) + Send) {
        if let Some(list) = self.get::<WasmList<u8>>(func).await {
            contents(list.as_le_slice(&*self.store));
        }
    }

    async fn call_func_ret_s32(&mut self, _: &str, func: &str) -> i32 {
        self.get(func).await.unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, _: &str, func: &str) -> i64 {
        self.get(func).await.unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, _: &str, func: &str) -> u32 {
        self.get::<f32>(func).await.unwrap_or_default().to_bits()
    }

    async fn call_func_ret_f64(&mut self, _: &str, func: &str) -> u64 {
        self.get::<f64>(func).await.unwrap_or_default().to_bits()
    }
}
