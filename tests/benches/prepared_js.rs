//! `prepared-js`: a validator of JavaScript on `QuickJS`, each call in a fresh instance: one that prepares for itself
//! against one that starts from the snapshot.
//!
//! As long as there can be no snapshot, the row has no limit, says why, and shows against one instance of bare
//! wasmtime that was prepared once and is used again and again what a snapshot could save at most.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Digest, Outcome, World};
use assay_engine::{Engine, EngineOptions, Prepared};
use tokio::runtime::Runtime;

use crate::bare::{Bare, Warm};
use crate::measure::{Better, Pair, Row, alternate, timed};
use crate::sample;

const SETTINGS: &str = r#"{"limit":"100"}"#;
const RULES: &str = "[]";
const DATA: &str = r#"{"id":"E-7","total":100.01}"#;

/// What a call that prepares is measured against.
enum Floor {
    Snapshot(Arc<Prepared>),
    Warm(Box<Warm>),
}

struct PreparedJs {
    runtime: Runtime,
    engine: Engine,
    unprepared: Arc<Prepared>,
    floor: Floor,
}

impl PreparedJs {
    fn call(&self, plugin: &Prepared) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                let context = sample::context(Digest::of(b"prepared-js"));
                let call = self.engine.validate(plugin, &context, DATA).await;
                assert!(matches!(call.outcome, Outcome::Done(_)), "{:?}", call.outcome);
            });
        })
    }
}

impl Pair for PreparedJs {
    fn value(&mut self) -> Duration {
        self.call(&self.unprepared)
    }

    fn floor(&mut self) -> Duration {
        match &mut self.floor {
            Floor::Snapshot(prepared) => {
                let prepared = Arc::clone(prepared);
                self.call(&prepared)
            }
            Floor::Warm(warm) => timed(|| self.runtime.block_on(warm.call(DATA))),
        }
    }
}

pub(crate) fn run() -> Row {
    let component = sample::built("fixtures/two_rules_js");
    let runtime = Runtime::new().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let plugin = runtime.block_on(sample::load(&engine, &component));
    let told = || {
        Arc::new(Prepared::new(
            Arc::clone(&plugin),
            World::Validator,
            SETTINGS,
            RULES,
        ))
    };
    let (unprepared, prepared) = (told(), told());
    let bytes = component.clone();
    let made = engine.snapshot(
        &prepared,
        || async move { Ok::<_, std::convert::Infallible>(bytes) },
    );
    runtime.block_on(made).unwrap();
    let none = prepared.snapshot().unwrap().err().map(ToString::to_string);
    let floor = if none.is_none() {
        Floor::Snapshot(prepared)
    } else {
        let bare = Bare::new(&component);
        Floor::Warm(Box::new(runtime.block_on(bare.warm(SETTINGS, RULES))))
    };
    let mut pair = PreparedJs {
        runtime,
        engine,
        unprepared,
        floor,
    };
    let figures = alternate(&mut pair, 5, 400);
    let row = Row::new("prepared-js", "us", figures, 5.0, Better::Higher);
    match none {
        None => row,
        Some(reason) => row.without_limit(format!(
            "unprepared against one warm instance used again; no snapshot: {reason}"
        )),
    }
}
