//! What the benchmarks run: the first-party validators on small documents.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Digest, Limits, World};
use assay_engine::{CallContext, Engine, Plugin, Prepared};
use chrono::{DateTime, Utc};

pub(crate) const SETTINGS: &str = "{}";

pub(crate) const RULES: &str = r#"[{"field":"pay_period_start","rule":"date_before","compare_to":"pay_period_end"},
{"field":"total_net","rule":"less_than_or_equal","compare_to":"total_gross"}]"#;

pub(crate) const PAYROLL: &str = r#"{"employee":{"id":"E-7","name":"A. Sample"},"employer":{"name":"Acme"},
"currency":"EUR","pay_period_start":"2026-10-01","pay_period_end":"2026-10-31","pay_date":"2026-10-31",
"lines":[{"code":"BASE","description":"Salary","kind":"earning","amount":2500.00},
{"code":"TAX","description":"Income tax","kind":"deduction","amount":400.00}],
"total_gross":2500.00,"total_deductions":400.00,"total_net":2100.00}"#;

pub(crate) fn received() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// What every call is given.
pub(crate) fn context(seed: Digest) -> CallContext<'static> {
    CallContext {
        limits: Limits::DEFAULT,
        received: received(),
        deadline: tokio::time::Instant::now() + Duration::from_secs(2),
        seed,
        history: None,
        granted: &[],
    }
}

/// The built component of the payroll validator.
pub(crate) fn component() -> Vec<u8> {
    built("payroll_standard_validator")
}

/// A built component.
pub(crate) fn built(name: &str) -> Vec<u8> {
    std::fs::read(repository(&format!("plugins/built/{name}.wasm")))
        .expect("the built plugins are in the repository")
}

/// An invoice in which nearly everything is missing.
pub(crate) fn almost_empty_invoice() -> String {
    let path = "plugins/invoice_standard_validator/fixtures/almost_empty/input.json";
    std::fs::read_to_string(repository(path)).expect("the plugins' fixtures are in the repository")
}

/// A path in the repository.
pub(crate) fn repository(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The component with settings and rules, and whether its calls start from a snapshot.
pub(crate) async fn prepared(
    engine: &Engine,
    component: &[u8],
    rules: &str,
    snapshot: bool,
) -> Arc<Prepared> {
    prepared_as(engine, component, World::Validator, SETTINGS, rules, snapshot).await
}

/// A plugin of a world, told its settings and rules.
pub(crate) async fn prepared_as(
    engine: &Engine,
    component: &[u8],
    world: World,
    settings: &str,
    rules: &str,
    snapshot: bool,
) -> Arc<Prepared> {
    let plugin = load(engine, component).await;
    let prepared = Arc::new(Prepared::new(plugin, world, settings, rules));
    if snapshot {
        let bytes = component.to_vec();
        engine
            .snapshot(
                &prepared,
                || async move { Ok::<_, std::convert::Infallible>(bytes) },
            )
            .await
            .unwrap();
        assert_eq!(prepared.snapshot(), Some(Ok(())));
    }
    prepared
}

/// The component as the engine runs it.
pub(crate) async fn load(engine: &Engine, component: &[u8]) -> Arc<Plugin> {
    let bytes = component.to_vec();
    engine
        .load(Digest::of(component), || async move {
            Ok::<_, std::convert::Infallible>(bytes)
        })
        .await
        .expect("a first-party plugin loads")
}
