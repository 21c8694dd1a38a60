//! Prepared instances: calls that start from a snapshot give the same bytes as calls that prepare for themselves, and
//! what can't be snapshotted says why and is called all the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Digest, ErrorCode, Limits, Outcome, Phase, World};
use assay_engine::{Call, CallContext, Engine, EngineOptions, Prepared, Report};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::guest::{Host, done, packed, packed_fixture, root};

/// One plugin told the same twice: prepared per call, and from a snapshot.
struct Twins {
    host: Host,
    each: Arc<Prepared>,
    once: Arc<Prepared>,
}

impl Twins {
    async fn of(component: Vec<u8>, settings: &str, rules: &str) -> Self {
        let host = Host::new();
        let (candidate, plugin) = host.take(component).await.unwrap();
        let bytes = candidate.component.to_vec();
        let told = || {
            Arc::new(Prepared::new(
                Arc::clone(&plugin),
                World::Validator,
                settings,
                rules,
            ))
        };
        let (each, once) = (told(), told());
        let bytes = || async { Ok::<_, std::io::Error>(bytes) };
        host.engine.snapshot(&once, bytes).await.unwrap();
        assert_eq!(once.snapshot(), Some(Ok(())), "a snapshot");
        Self { host, each, once }
    }

    async fn call(&self, data: &str) -> [Call<Report>; 2] {
        let context = || CallContext {
            seed: Digest::of(data.as_bytes()),
            ..self.host.context()
        };
        [
            self.host.engine.validate(&self.each, &context(), data).await,
            self.host.engine.validate(&self.once, &context(), data).await,
        ]
    }

    #[track_caller]
    fn assert_same([each, once]: &[Call<Report>; 2], data: &str) {
        assert_eq!(each.outcome, once.outcome, "{data}");
        assert_eq!(each.output, once.output, "{data}");
        assert_eq!(each.log, once.log, "{data}");
        assert_eq!(once.usage.prepare_us, 0, "it is not prepared again");
    }
}

fn built(name: &str) -> Vec<u8> {
    std::fs::read(root().join(format!("plugins/built/{name}.wasm"))).unwrap()
}

/// The plugin's fixtures that need no settings: their data by rules.
fn fixtures(name: &str) -> BTreeMap<String, Vec<String>> {
    let folder = root().join("plugins").join(name).join("fixtures");
    let mut cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        if case.join("settings.json").exists() {
            continue;
        }
        let rules = std::fs::read_to_string(case.join("rules.json")).unwrap_or_else(|_| "[]".to_owned());
        let data = std::fs::read_to_string(case.join("input.json")).unwrap();
        cases.entry(rules).or_default().push(data);
    }
    cases
}

#[tokio::test]
async fn every_fixture_gives_the_same_bytes() {
    for name in ["payroll_standard_validator", "invoice_standard_validator"] {
        let mut called = 0;
        for (rules, documents) in fixtures(name) {
            let twins = Twins::of(built(name), "{}", &rules).await;
            for data in documents {
                Twins::assert_same(&twins.call(&data).await, &data);
                called += 1;
            }
        }
        assert!(called >= 8, "{name} has {called} fixtures");
    }
}

/// A document with one of its values replaced by another.
fn changed(document: &Value, place: usize, by: &Value) -> Value {
    fn walk(value: &mut Value, left: &mut usize, by: &Value) {
        if *left == 0 {
            *value = by.clone();
            *left = usize::MAX;
            return;
        }
        *left = left.saturating_sub(1);
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, left, by)),
            Value::Object(fields) => fields.values_mut().for_each(|item| walk(item, left, by)),
            _ => {}
        }
    }
    let mut document = document.clone();
    walk(&mut document, &mut place.clone(), by);
    document
}

#[test]
fn any_document_gives_the_same_bytes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rules = r#"[{"field":"pay_period_start","rule":"date_before","compare_to":"pay_period_end"},
        {"field":"lines[*].code","rule":"pattern","pattern":"^[0-9]{3}$"},
        {"field":"total_net","rule":"less_than_or_equal","compare_to":"total_gross"}]"#;
    let twins = runtime.block_on(Twins::of(built("payroll_standard_validator"), "{}", rules));
    any_change_of_a_payroll(&runtime, &twins, 256);
}

fn any_change_of_a_payroll(runtime: &tokio::runtime::Runtime, twins: &Twins, cases: u32) {
    let good = root().join("plugins/payroll_standard_validator/fixtures/good/input.json");
    let good: Value = serde_json::from_slice(&std::fs::read(good).unwrap()).unwrap();
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[0-9]{4}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        "-?[0-9]{1,12}\\.[0-9]{1,8}".prop_map(Value::from),
    ];
    let mut runner = TestRunner::new(Config::with_cases(cases));
    let run = runner.run(&(0_usize..40, value), |(place, value)| {
        let data = changed(&good, place, &value).to_string();
        let calls = runtime.block_on(twins.call(&data));
        Twins::assert_same(&calls, &data);
        Ok(())
    });
    run.unwrap();
}

/// What `componentize-qjs` leaves is composed: the engine, and stubs of what it would import, are components within one.
#[tokio::test]
async fn javascript_gives_the_same_bytes() {
    let settings = r#"{"limit":"100"}"#;
    let twins = Twins::of(built("fixtures/two_rules_js"), settings, "[]").await;
    for data in [
        r#"{"id":"a","total":100.01}"#,
        r#"{"id":"a","total":99}"#,
        r#"{"total":"much"}"#,
        r#"{"id":"","total":1e2}"#,
        "null",
        "[",
        r#"{"id":"a","total":100.01}"#,
    ] {
        Twins::assert_same(&twins.call(data).await, data);
    }
}

#[test]
fn any_document_gives_javascript_the_same_bytes() {
    let rules = r#"[{"id":"period","field":"pay_period_start","rule":"pattern","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        {"id":"code","field":"lines[*].code","rule":"pattern","pattern":"^[A-Z]{1,4}$"},
        {"id":"name","field":"employee.name","rule":"pattern","pattern":"^\\p{L}[\\p{L} .-]*$"}]"#;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let twins = runtime.block_on(Twins::of(packed_fixture("rules_js"), "{}", rules));
    any_change_of_a_payroll(&runtime, &twins, 128);
}

#[tokio::test]
async fn time_and_chance_are_the_same_either_way() {
    let twins = Twins::of(packed("wasip1_dice_early"), "{}", "[]").await;
    let calls = twins.call("{}").await;
    Twins::assert_same(&calls, "{}");
    let other = twins.call("{\"another\":1}").await;
    Twins::assert_same(&other, "another");
    let message = |call: &Call<Report>| done(call.clone()).findings[0].message.clone();
    let (one, two) = (message(&calls[1]), message(&other[1]));
    assert_eq!(
        one[..64],
        two[..64],
        "what was thrown while preparing is the same for all"
    );
    assert_ne!(
        one[64..96],
        two[64..96],
        "what is thrown in the call is the input's"
    );
    assert_ne!(
        one[32..48],
        one[96..112],
        "the wall clock stands at the received time only in the call"
    );
}

#[tokio::test]
async fn what_a_call_leaves_behind_is_not_in_the_next() {
    // From the snapshot too: its memory is copied on write.
    let twins = Twins::of(packed("echo"), "{}", "[]").await;
    for data in ["[1]", "[2]", "[1]"] {
        Twins::assert_same(&twins.call(data).await, data);
    }
}

#[tokio::test]
async fn a_snapshot_survives_a_restart_and_another_key_makes_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let engine = |key: u8| {
        let cache = assay_engine::CacheOptions {
            dir: dir.path().join("artifacts"),
            key: [key; 32],
            most_bytes: u64::MAX,
        };
        Engine::new(EngineOptions {
            cache: Some(cache),
            concurrent_calls: 2,
            ..EngineOptions::default()
        })
        .unwrap()
    };
    let component = built("payroll_standard_validator");
    let digest = Digest::of(&component);
    for (key, rules, asked) in [
        (1, "[]", true),
        (1, "[]", false),
        (2, "[]", true),
        (2, "[ ]", true),
    ] {
        let engine = engine(key);
        let mut fetched = false;
        let bytes = component.clone();
        let plugin = engine
            .load(digest, || async { Ok::<_, std::io::Error>(bytes) })
            .await
            .unwrap();
        let told = Arc::new(Prepared::new(plugin, World::Validator, "{}", rules));
        let bytes = || {
            fetched = true;
            let bytes = component.clone();
            async { Ok::<_, std::io::Error>(bytes) }
        };
        engine.snapshot(&told, bytes).await.unwrap();
        assert_eq!(told.snapshot(), Some(Ok(())));
        assert_eq!(fetched, asked, "key {key}, rules {rules}");
    }
}

/// Why there is no snapshot of a guest, having seen that it is called as well without.
async fn refused(guest: &str) -> String {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 2,
        maximum: Limits {
            deadline_ms: 300,
            ..Limits::MAXIMUM
        },
        ..EngineOptions::default()
    });
    host.limits.deadline_ms = 300;
    let registered = host.register(guest).await;
    let told = host.plugin(guest).await;
    let alone = host.engine.validate(&told, &host.context(), "{}").await;
    let bytes = || async { Ok::<_, std::io::Error>(registered.component.to_vec()) };
    let start = std::time::Instant::now();
    host.engine.snapshot(&told, bytes).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(30));
    let reason = told
        .snapshot()
        .expect("it was tried")
        .expect_err("no snapshot")
        .to_string();
    let after = host.engine.validate(&told, &host.context(), "{}").await;
    assert_eq!(alone.outcome, after.outcome);
    assert_eq!(alone.log, after.log);
    host.is_fine().await;
    reason
}

#[tokio::test]
async fn what_cannot_be_snapshotted_says_why_and_is_called_all_the_same() {
    for (guest, why) in [
        ("logs_early", "logs or prints while it prepares"),
        ("wasip1_opens_early", "keeps handles of the host open"),
        ("makes_resource_early", "makes a resource of its own"),
        ("refuses_settings", "refuses these settings or rules"),
        ("remembers", "table.set"),
        ("fills_memory_early", "bytes; 33554432 are kept at most"),
    ] {
        let reason = refused(guest).await;
        assert!(reason.contains(why), "{guest}: {reason}");
    }
}

#[tokio::test]
async fn preparing_ends_at_a_deadline_too() {
    let reason = refused("loop_in_prepare").await;
    assert!(reason.contains("deadline"), "{reason}");
    let mut host = Host::new();
    host.limits.deadline_ms = 100;
    let call = host.call("loop_in_prepare", "{}").await;
    let Outcome::Failed(failure) = call.outcome else {
        panic!("it ended")
    };
    super::guest::assert_failed(&failure, ErrorCode::Deadline, Phase::Prepare);
}
