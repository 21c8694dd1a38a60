//! The direction of knowledge (design.md, section 2) and who may know which dependency.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Who may depend on whom.
const ALLOWED: &[(&str, &[&str])] = &[
    ("assay-domain", &[]),
    ("assay-rules", &[]),
    ("assay-resolver", &[]),
    ("assay-engine", &["assay-domain"]),
    ("assay-store", &["assay-domain"]),
    (
        "assay-service",
        &[
            "assay-domain",
            "assay-engine",
            "assay-resolver",
            "assay-rules",
            "assay-store",
        ],
    ),
    ("assay-api", &["assay-domain", "assay-service"]),
    (
        "assay-cli",
        &[
            "assay-api",
            "assay-domain",
            "assay-engine",
            "assay-resolver",
            "assay-rules",
            "assay-service",
            "assay-store",
        ],
    ),
    ("assay-labelled", &[]),
    ("xtask", &["assay-labelled", "assay-rules"]),
];

/// What is measured and tested may be known to who measures and tests it.
const OUTSIDE: [&str; 3] = ["assay-benches", "assay-debian", "assay-tests"];

/// Who alone may name a dependency.
const FENCED: &[(&str, &[&str])] = &[
    ("axum", &["assay-api"]),
    ("sqlx", &["assay-store"]),
    ("wasmtime", &["assay-engine"]),
    ("wasmtime-wasi", &["assay-engine"]),
    ("wasmtime-wizer", &["assay-engine"]),
    ("petgraph", &["assay-resolver"]),
    ("ring", &["assay-service"]),
    ("reqwest", &["assay-egress"]),
    ("hyper", &["assay-egress"]),
];

/// What a pure crate must do without.
const PURE: &[&str] = &["assay-domain", "assay-rules", "assay-resolver"];
const IMPURE: &[&str] = &[
    "tokio", "sqlx", "axum", "wasmtime", "reqwest", "rand", "tracing", "metrics",
];

/// The direct dependencies of each workspace member, those for tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
            "--manifest-path",
        ])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter()
            .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
            .map(name)
            .collect()
    };
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (name(package), of(package)))
        .collect()
}

#[test]
fn crates_know_each_other_in_one_direction() {
    let dependencies = dependencies();
    let known: BTreeSet<_> = ALLOWED.iter().map(|(name, _)| *name).chain(OUTSIDE).collect();
    for (package, dependencies) in &dependencies {
        assert!(
            known.contains(package.as_str()),
            "{package} has no place in the picture"
        );
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == package) else {
            continue;
        };
        for dependency in dependencies.iter().filter(|name| known.contains(name.as_str())) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{package} must not know {dependency}"
            );
        }
    }
    for (package, _) in ALLOWED {
        assert!(dependencies.contains_key(*package), "{package} is gone");
    }
}

#[test]
fn fenced_dependencies_stay_behind_their_fence() {
    for (package, dependencies) in dependencies() {
        for (fenced, owners) in FENCED {
            let allowed = owners.contains(&package.as_str()) || OUTSIDE.contains(&package.as_str());
            assert!(
                allowed || !dependencies.contains(*fenced),
                "{package} must not depend on {fenced}"
            );
        }
        if PURE.contains(&package.as_str()) {
            for impure in IMPURE {
                assert!(
                    !dependencies.contains(*impure),
                    "{package} is pure and must not depend on {impure}"
                );
            }
        }
    }
}

/// What of the service calls guests.
const CALL_GUESTS: [&str; 6] = [
    "judge.rs",
    "settings.rs",
    "evaluate.rs",
    "replay/call.rs",
    "plugins/selftest.rs",
    "sites/ask.rs",
];

#[test]
fn transactions_are_not_open_while_a_guest_runs() {
    // Only these call guests, and they have no way to a transaction: they never name the store.
    let service = concat!(env!("CARGO_MANIFEST_DIR"), "/../host/service/src");
    for file in CALL_GUESTS.iter().chain(&["standalone.rs"]) {
        let text = std::fs::read_to_string(format!("{service}/{file}")).unwrap();
        assert!(
            !text.contains("assay_store"),
            "{file} calls guests and must not know the store"
        );
    }
    for entry in walk(std::path::Path::new(service)) {
        let text = std::fs::read_to_string(&entry).unwrap();
        let calls = [".validate(&", ".score(&", ".extract(&", "engine.resolve(&"]
            .iter()
            .any(|call| text.contains(call));
        assert!(
            !calls || CALL_GUESTS.iter().any(|file| entry.ends_with(file)),
            "{} calls a guest; only {CALL_GUESTS:?} do",
            entry.display()
        );
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
