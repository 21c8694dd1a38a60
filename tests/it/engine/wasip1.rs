//! Core modules for wasip1 are wrapped when they are registered.

use std::sync::Arc;

use assay_domain::{Digest, ErrorCode, Phase};
use assay_engine::Plugin;

use super::guest::{Host, a_manifest, assert_failed, done, packed, root, told};

#[tokio::test]
async fn a_module_is_wrapped_and_both_digests_are_known() {
    let host = Host::new();
    let module = packed("wasip1_looks_around");
    let registered = host.engine.check(module.clone().into()).await.unwrap();
    assert_eq!(registered.original.as_deref(), Some(module.as_slice()));
    assert_eq!(registered.original_digest, Digest::of(&module));
    assert_eq!(registered.digest, Digest::of(&registered.component));
    assert_ne!(registered.digest, registered.original_digest);
    assert_eq!(registered.exports, ["assay:plugin/validation@1.0.0"]);
    assert!(
        registered
            .imports
            .iter()
            .any(|import| import.starts_with("wasi:cli/environment@0.2")),
        "{:?}",
        registered.imports
    );
}

#[tokio::test]
async fn a_module_that_needs_nothing_is_wrapped_too() {
    let host = Host::new();
    let bytes = super::guest::module("fine");
    let manifest = super::guest::a_manifest("\"validator\"", "");
    let bytes = assay_engine::manifest::embed(&bytes, &manifest).unwrap();
    let registered = host.engine.check(bytes.into()).await.unwrap();
    assert!(
        registered.original.is_some() && registered.imports == ["assay:plugin/types@1.0.0"],
        "{:?}",
        registered.imports
    );
}

#[tokio::test]
async fn there_is_nothing_to_look_at() {
    done(Host::new().call("wasip1_looks_around", "{}").await);
}

#[tokio::test]
async fn exiting_is_denied() {
    let failure = Host::new().failure("wasip1_exits").await;
    assert_failed(&failure, ErrorCode::Denied, Phase::Call);
}

/// A Rust plugin as cargo left it, but for its manifest, and whether it was wrapped.
async fn built(host: &Host, name: &str) -> (Arc<Plugin>, bool) {
    let file = root().join(format!("plugins/built/fixtures/{name}.wasm"));
    let bytes = std::fs::read(file).unwrap();
    let bytes = assay_engine::manifest::embed(&bytes, &a_manifest("\"validator\"", "")).unwrap();
    let (candidate, plugin) = host.take(bytes).await.unwrap();
    (plugin, candidate.original.is_some())
}

#[tokio::test]
async fn a_rust_module_says_what_its_twin_for_wasip2_says() {
    let host = Host::new();
    let (component, wrapped) = built(&host, "two_rules").await;
    assert!(!wrapped);
    let (module, wrapped) = built(&host, "two_rules_wasip1").await;
    assert!(wrapped);
    let context = host.context();
    let twins = |settings| [&component, &module].map(|plugin| told(Arc::clone(plugin), settings));
    let [one_told, other_told] = twins(r#"{"limit": "100.00"}"#);
    let documents = [
        (r#"{"id": "a", "total": 99.99}"#, 0),
        (r#"{"id": "", "total": 100.01}"#, 2),
        (r#"{"total": "much"}"#, 2),
        ("[]", 1),
    ];
    for (document, findings) in documents {
        let one = host.engine.validate(&one_told, &context, document).await;
        let other = host.engine.validate(&other_told, &context, document).await;
        assert_eq!(one.output, other.output, "{document}");
        assert_eq!(done(one), done(other.clone()));
        assert_eq!(done(other).findings.len(), findings, "{document}");
    }
    // What it refuses, it refuses with the same words.
    let [one_told, other_told] = twins(r#"{"limit": "much"}"#);
    let one = host.engine.validate(&one_told, &context, "{}").await;
    let other = host.engine.validate(&other_told, &context, "{}").await;
    assert_eq!(one.outcome, other.outcome);
    assert!(
        matches!(one.outcome, assay_domain::Outcome::Declined { .. }),
        "{one:?}"
    );
}
