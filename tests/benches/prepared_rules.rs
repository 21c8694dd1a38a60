//! `prepared-rules`: forty rules with patterns on a payroll of two kilobytes, each call in a fresh instance that starts
//! from the snapshot, against one instance of bare wasmtime that was prepared once and is used again and again. What is
//! measured is what freshness costs, so the code is the same: both can be stopped when they spin, which a host of
//! strangers' code needs, warm or fresh (the checks compiled in for it cost a quarter of this call). Beside it the warm
//! instance that nothing can stop, and the same rules without a sandbox.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use assay_domain::Digest;
use assay_engine::{Engine, EngineOptions, Prepared};
use assay_rules::RuleSet;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::bare::{Bare, Warm};
use crate::measure::{Better, Pair, Row, alternate, median, timed};
use crate::sample;

const RULES: usize = 40;

struct PreparedRules {
    runtime: Runtime,
    engine: Engine,
    prepared: Arc<Prepared>,
    warm: Warm,
    payroll: String,
}

impl Pair for PreparedRules {
    fn value(&mut self) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                let context = sample::context(Digest::of(b"prepared-rules"));
                let call = self.engine.validate(&self.prepared, &context, &self.payroll);
                let call = call.await;
                assert!(
                    matches!(call.outcome, assay_domain::Outcome::Done(_)),
                    "{:?}",
                    call.outcome
                );
            });
        })
    }

    fn floor(&mut self) -> Duration {
        timed(|| self.runtime.block_on(self.warm.call(&self.payroll)))
    }
}

/// Twenty lines: about two kilobytes.
pub(crate) fn payroll() -> String {
    let mut lines = String::new();
    for line in 0..20 {
        let comma = if line == 0 { "" } else { "," };
        write!(
            lines,
            r#"{comma}{{"code":"{:03}","description":"Part {line} of the salary","kind":"earning","amount":125.50}}"#,
            100 + line
        )
        .unwrap();
    }
    format!(
        r#"{{"employee":{{"id":"E-7","name":"A. Sample"}},"employer":{{"name":"Acme","tax_id":"ESB58378431"}},
"currency":"EUR","pay_period_start":"2026-10-01","pay_period_end":"2026-10-31","pay_date":"2026-10-31",
"lines":[{lines}],"total_gross":2510.00,"total_deductions":0.00,"total_net":2510.00}}"#
    )
}

/// What the patterns allow.
pub(crate) const ASCII: &str = "A-Z0-9a-z .-";

/// Patterns that differ, each on a field that is there: between one and some of these characters.
pub(crate) fn rules(characters: &str) -> String {
    let fields = [
        "employee.id",
        "employee.name",
        "employer.tax_id",
        "currency",
        "lines[*].code",
    ];
    let rules: Vec<String> = (0..RULES)
        .map(|rule| {
            let field = fields[rule % fields.len()];
            format!(
                r#"{{"id":"r{rule}","field":"{field}","rule":"pattern","pattern":"^[{characters}]{{1,{}}}$"}}"#,
                40 + rule
            )
        })
        .collect();
    format!("[{}]", rules.join(","))
}

pub(crate) fn run() -> Row {
    let (component, rules, payroll) = (sample::component(), rules(ASCII), payroll());
    let runtime = Runtime::new().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let prepared = runtime.block_on(sample::prepared(&engine, &component, &rules, true));
    let warm = runtime.block_on(Bare::interruptible(&component).warm(sample::SETTINGS, &rules));
    let mut unstoppable = runtime.block_on(Bare::new(&component).warm(sample::SETTINGS, &rules));
    let native = native(&rules, &payroll);
    let unstoppable = (0..2_000).map(|_| {
        let call = timed(|| runtime.block_on(unstoppable.call(&payroll)));
        call.as_secs_f64() * 1e6
    });
    let unstoppable = median(unstoppable.collect());
    let mut pair = PreparedRules {
        runtime,
        engine,
        prepared,
        warm,
        payroll,
    };
    let figures = alternate(&mut pair, 7, 2_000);
    Row::new("prepared-rules", "us", figures, 1.3, Better::Lower)
        .beside("unstoppable", unstoppable)
        .beside("native", native)
}

/// The same rules on the same text in this process, in microseconds.
fn native(rules: &str, payroll: &str) -> f64 {
    let rules: Value = serde_json::from_str(rules).unwrap();
    let rules = RuleSet::parse(&rules).unwrap();
    let calls = (0..2_000).map(|_| {
        let call = timed(|| {
            let data: Value = serde_json::from_str(payroll).unwrap();
            rules.evaluate(&data)
        });
        call.as_secs_f64() * 1e6
    });
    median(calls.collect())
}
