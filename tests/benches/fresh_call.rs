//! `fresh-call`: a validator called in a fresh instance, with everything the host adds, against bare wasmtime on the
//! same component.

use std::time::Duration;

use assay_engine::{CallContext, Engine, EngineOptions, Plugin};
use tokio::runtime::Runtime;

use crate::bare::Bare;
use crate::measure::{Better, Pair, Row, alternate, timed};
use crate::sample;

struct FreshCall {
    runtime: Runtime,
    engine: Engine,
    plugin: std::sync::Arc<Plugin>,
    bare: Bare,
}

impl Pair for FreshCall {
    fn value(&mut self) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                let context = CallContext {
                    settings: sample::SETTINGS,
                    rules: sample::RULES,
                    limits: assay_domain::Limits::DEFAULT,
                    received: sample::received(),
                    deadline: tokio::time::Instant::now() + Duration::from_secs(2),
                    seed: assay_domain::Digest::of(b"fresh-call"),
                    history: None,
                    granted: &[],
                };
                let call = self
                    .engine
                    .validate(&self.plugin, &context, sample::PAYROLL)
                    .await;
                assert!(
                    matches!(call.outcome, assay_domain::Outcome::Done(_)),
                    "{:?}",
                    call.outcome
                );
            });
        })
    }

    fn floor(&mut self) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                self.bare
                    .call(sample::SETTINGS, sample::RULES, sample::PAYROLL)
                    .await;
            });
        })
    }
}

pub(crate) fn run() -> Row {
    let component = sample::component();
    let runtime = Runtime::new().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let plugin = runtime.block_on(sample::load(&engine, &component));
    let bare = Bare::new(&component);
    let figures = alternate(
        &mut FreshCall {
            runtime,
            engine,
            plugin,
            bare,
        },
        7,
        2_000,
    );
    Row::new("fresh-call", "us", figures, 1.3, Better::Lower)
}
