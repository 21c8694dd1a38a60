//! `fresh-call`: a validator called in a fresh instance, with everything the host adds, against bare wasmtime on the
//! same component. `fresh-findings` is the same with a short document and many findings, since the host checks, parses
//! and writes each of them.
//!
//! Most of the difference is not the host's code but the epoch checks in the guest's, without which there is no deadline:
//! against a floor compiled with them the ratios are 1.03 and 1.09.

use std::time::Duration;

use assay_domain::Digest;
use assay_engine::{Engine, EngineOptions, Prepared};
use tokio::runtime::Runtime;

use crate::bare::Bare;
use crate::measure::{Better, Pair, Row, alternate, timed};
use crate::sample;

struct FreshCall {
    rules: &'static str,
    data: String,
    runtime: Runtime,
    engine: Engine,
    plugin: std::sync::Arc<Prepared>,
    bare: Bare,
}

impl Pair for FreshCall {
    fn value(&mut self) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                let context = sample::context(Digest::of(b"fresh-call"));
                let call = self.engine.validate(&self.plugin, &context, &self.data).await;
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
                self.bare.call(sample::SETTINGS, self.rules, &self.data).await;
            });
        })
    }
}

pub(crate) fn run() -> Row {
    let (component, data) = (sample::component(), sample::PAYROLL.to_owned());
    Row::new(
        "fresh-call",
        "us",
        figures(&component, sample::RULES, data),
        1.3,
        Better::Lower,
    )
}

pub(crate) fn run_findings() -> Row {
    let component = sample::built("invoice_standard_validator");
    let figures = figures(&component, "[]", sample::almost_empty_invoice());
    Row::new("fresh-findings", "us", figures, 1.3, Better::Lower)
}

fn figures(component: &[u8], rules: &'static str, data: String) -> (f64, f64) {
    let runtime = Runtime::new().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let mut pair = FreshCall {
        plugin: runtime.block_on(sample::prepared(&engine, component, rules, false)),
        bare: Bare::new(component),
        runtime,
        engine,
        rules,
        data,
    };
    alternate(&mut pair, 7, 2_000)
}
