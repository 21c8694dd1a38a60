//! Core modules for wasip1 are wrapped when they are registered.

use assay_domain::{Digest, ErrorCode, Phase};

use super::guest::{Host, assert_failed, done, packed};

#[tokio::test]
async fn a_module_is_wrapped_and_both_digests_are_known() {
    let host = Host::new();
    let module = packed("wasip1_looks_around");
    let registered = host.engine.register(module.clone()).await.unwrap();
    assert!(registered.wrapped);
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
    let registered = host.engine.register(bytes).await.unwrap();
    assert!(
        registered.wrapped && registered.imports == ["assay:plugin/types@1.0.0"],
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
