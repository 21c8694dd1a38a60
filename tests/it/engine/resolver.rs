//! The world `resolver`: in the sandbox the resolver gives the same bytes as natively.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_domain::{Outcome, World};
use assay_engine::{Call, Prepared, Resolution};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::guest::{Host, root};

fn range(random: &mut ChaCha8Rng) -> Value {
    let ranges = ["*", "^1", "^2", ">=1.1.0", "<2.0.0", "=1.0.0"];
    json!(ranges[random.random_range(0..ranges.len())])
}

/// Up to six extensions that require, provide, use and refuse each other.
fn catalog(random: &mut ChaCha8Rng, count: u32) -> Value {
    let mut releases = Vec::new();
    for extension in 0..count {
        for version in ["1.0.0", "1.1.0", "2.0.0"] {
            if random.random_bool(0.4) {
                continue;
            }
            let other = |random: &mut ChaCha8Rng| {
                let step = random.random_range(1..count);
                format!("e{}", (extension + step) % count)
            };
            let mut requires = Vec::new();
            for _ in 0..random.random_range(0..3) {
                let range = range(random);
                let optional = random.random_bool(0.2);
                requires.push(if random.random_bool(0.6) {
                    json!({"extension": other(random), "range": range, "optional": optional})
                } else {
                    json!({"capability": "cap", "range": range, "optional": optional})
                });
            }
            let mut provides = Vec::new();
            if random.random_bool(0.4) {
                let policy = ["strict", "lenient"][random.random_range(0..2)];
                let exclusive = random.random_bool(0.2);
                provides.push(
                    json!({"capability": "cap", "version": version, "policy": policy, "exclusive": exclusive}),
                );
            }
            let mut conflicts = Vec::new();
            if random.random_bool(0.3) {
                let severity = ["error", "warning"][random.random_range(0..2)];
                conflicts.push(
                    json!({"extension": other(random), "range": range(random), "scope": "global",
                    "severity": severity, "reason": "both write the ledger"}),
                );
            }
            releases.push(
                json!({"id": format!("e{extension}"), "version": version, "yanked": random.random_bool(0.1),
                "requires": requires, "provides": provides, "conflicts": conflicts}),
            );
        }
    }
    json!({ "extensions": releases })
}

fn request(random: &mut ChaCha8Rng, count: u32) -> Value {
    let mut requested = Vec::new();
    for extension in 0..count {
        if random.random_bool(0.4) {
            requested.push(json!({"id": format!("e{extension}"), "range": range(random)}));
        }
    }
    let prefer = ["newest", "minimal-change"][random.random_range(0..2)];
    let installed = json!([{"id": "e0", "version": "1.0.0"}]);
    json!({"site": "s", "requested": requested, "installed": installed, "prefer": prefer})
}

async fn told(host: &Host, settings: &str) -> Prepared {
    let bytes = std::fs::read(root().join("plugins/built/extension_resolver.wasm")).unwrap();
    let (_, plugin) = host.take(bytes).await.unwrap();
    Prepared::new(Arc::clone(&plugin), World::Resolver, settings, "null")
}

async fn ask(host: &Host, settings: &str, catalog: &str, request: &str) -> Call<Resolution> {
    let told = told(host, settings).await;
    host.engine
        .resolve(&told, &host.context(), catalog, request)
        .await
}

#[tokio::test]
async fn the_sandbox_gives_the_same_bytes_as_the_crate() {
    let host = Host::new();
    let mut statuses = BTreeMap::<String, u32>::new();
    let told = told(&host, "{}").await;
    for seed in 0..200 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let count = random.random_range(2..7);
        let catalog = catalog(&mut random, count).to_string();
        let request = request(&mut random, count).to_string();
        let options = assay_resolver::Options::default();
        let native = assay_resolver::resolve_json(catalog.as_bytes(), request.as_bytes(), options).unwrap();
        let native = String::from_utf8(native).unwrap();
        let call = host
            .engine
            .resolve(&told, &host.context(), &catalog, &request)
            .await;
        assert_eq!(
            call.outcome,
            Outcome::Done(Resolution {
                answer: native.clone()
            }),
            "seed {seed}"
        );
        assert_eq!(call.output, native.as_bytes());
        let answer: Value = serde_json::from_str(&native).unwrap();
        *statuses
            .entry(answer["status"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    assert!(
        statuses["resolved"] > 50 && statuses["conflict"] > 20,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn what_is_no_catalog_is_declined_with_its_places() {
    let host = Host::new();
    let catalog = r#"{"extensions": [{"id": "Not Kebab", "version": "1.0.0"}]}"#;
    let call = ask(
        &host,
        "{}",
        catalog,
        r#"{"site": "s", "requested": [{"id": "a", "range": "!"}]}"#,
    )
    .await;
    let Outcome::Declined { case, message } = call.outcome else {
        panic!("{:?}", call.outcome)
    };
    assert_eq!(case, "invalid");
    assert!(message.contains("catalog `/extensions/0/id`"), "{message}");
    assert!(message.contains("Not Kebab"), "{message}");
}

#[tokio::test]
async fn a_budget_of_one_decision_is_unknown_and_not_a_conflict() {
    let host = Host::new();
    let either = r#"{"extensions": [
        {"id": "a", "version": "1.0.0", "requires": [{"capability": "c"}, {"capability": "d"}]},
        {"id": "b", "version": "1.0.0", "provides": [{"capability": "c"}]},
        {"id": "e", "version": "1.0.0", "provides": [{"capability": "c"}, {"capability": "d"}]},
        {"id": "f", "version": "1.0.0", "provides": [{"capability": "d"}]}]}"#;
    let request = r#"{"site": "s", "requested": [{"id": "a"}]}"#;
    for (settings, status) in [("{}", "resolved"), (r#"{"budget":1}"#, "unknown")] {
        let call = ask(&host, settings, either, request).await;
        let Outcome::Done(resolution) = call.outcome else {
            panic!("{:?}", call.outcome)
        };
        let answer: Value = serde_json::from_str(&resolution.answer).unwrap();
        assert_eq!(answer["status"], status, "{answer}");
    }
}
