//! `prepared-js`: forty patterns as rules of a validator in JavaScript on `QuickJS`, on a payroll of two kilobytes, each
//! call in a fresh instance: one that prepares for itself against one that starts from the snapshot. The patterns allow
//! what names are written with in any script, which takes `QuickJS` long to compile. Beside it, in microseconds, one
//! instance of bare wasmtime that was prepared once and is used again and again, and both ways of calling with patterns
//! of ASCII alone, of which preparing is a lesser part.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Digest, Outcome};
use assay_engine::{Engine, EngineOptions, Prepared};
use tokio::runtime::Runtime;

use crate::bare::Bare;
use crate::measure::{Better, Pair, Row, alternate, median, timed};
use crate::prepared_rules::{ASCII, payroll, rules};
use crate::sample;

const WARM_CALLS: usize = 400;

struct PreparedJs {
    runtime: Runtime,
    engine: Engine,
    unprepared: Arc<Prepared>,
    prepared: Arc<Prepared>,
    payroll: String,
}

impl PreparedJs {
    fn call(&self, plugin: &Prepared) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                let context = sample::context(Digest::of(b"prepared-js"));
                let call = self.engine.validate(plugin, &context, &self.payroll).await;
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
        self.call(&self.prepared)
    }
}

/// Letters, marks and digits of any script, as JSON writes the pattern.
const NAMES: &str = r"\\p{L}\\p{M}\\p{N} .-";

pub(crate) fn run() -> Row {
    let (mut pair, warm) = set_up(NAMES);
    let figures = alternate(&mut pair, 5, 400);
    let (mut ascii, _) = set_up(ASCII);
    let (unprepared, prepared) = alternate(&mut ascii, 3, 200);
    Row::new("prepared-js", "us", figures, 5.0, Better::Higher)
        .beside("warm", warm)
        .beside("ascii, each", unprepared)
        .beside("ascii, once", prepared)
}

/// The two ways of calling, and what a call of a warm instance takes.
fn set_up(characters: &str) -> (PreparedJs, f64) {
    let component = sample::built("fixtures/rules_js");
    let (rules, payroll) = (rules(characters), payroll());
    let runtime = Runtime::new().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let told = |snapshot| runtime.block_on(sample::prepared(&engine, &component, &rules, snapshot));
    let (unprepared, prepared) = (told(false), told(true));
    let mut warm = runtime.block_on(Bare::interruptible(&component).warm(sample::SETTINGS, &rules));
    let calls = (0..WARM_CALLS).map(|_| {
        let call = timed(|| runtime.block_on(warm.call(&payroll)));
        call.as_secs_f64() * 1e6
    });
    let warm = median(calls.collect());
    let pair = PreparedJs {
        runtime,
        engine,
        unprepared,
        prepared,
        payroll,
    };
    (pair, warm)
}
