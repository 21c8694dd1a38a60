//! Compiled components on disk: used when they are this host's own, compiled again when they are anything else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use assay_domain::Digest;
use assay_engine::{CacheOptions, EngineOptions, Registered};

use super::guest::{Host, done, told};

fn host(dir: &Path, key: u8) -> Host {
    Host::with(EngineOptions {
        cache: Some(CacheOptions {
            dir: dir.join("artifacts"),
            key: [key; 32],
        }),
        concurrent_calls: 2,
        ..EngineOptions::default()
    })
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir.join("artifacts")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Loads on a new host; whether the component's bytes were needed, which is to say whether it was compiled.
async fn loads(dir: &Path, key: u8, registered: &Registered) -> bool {
    let host = host(dir, key);
    let compiled = Arc::new(AtomicBool::new(false));
    let (fetched, bytes) = (Arc::clone(&compiled), registered.component.clone());
    let bytes = move || {
        fetched.store(true, Ordering::SeqCst);
        async { Ok::<_, std::io::Error>(bytes) }
    };
    let plugin = host.engine.load(registered.digest, bytes).await.unwrap();
    let plugin = told(plugin, "{}");
    done(host.engine.validate(&plugin, &host.context(), "{}").await);
    compiled.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_restart_does_not_compile() {
    let dir = tempfile::tempdir().unwrap();
    let registered = host(dir.path(), 1).register("fine").await;
    assert!(!loads(dir.path(), 1, &registered).await);
    let mode = std::fs::metadata(dir.path().join("artifacts"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(entries(dir.path()).len(), 1, "no temporary file is left");
}

#[tokio::test]
async fn what_was_changed_at_any_place_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let registered = host(dir.path(), 1).register("fine").await;
    let [path] = entries(dir.path()).try_into().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let length = whole.len();
    for at in [0, 31, 32, length / 2, length - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, changed).unwrap();
        assert!(loads(dir.path(), 1, &registered).await, "changed at {at}");
        assert!(!loads(dir.path(), 1, &registered).await, "it was replaced");
    }
    for cut in [0, 10, 32, length / 2] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(loads(dir.path(), 1, &registered).await, "cut at {cut}");
    }
}

#[tokio::test]
async fn what_another_key_wrote_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let registered = host(dir.path(), 1).register("fine").await;
    assert!(loads(dir.path(), 2, &registered).await);
}

#[tokio::test]
async fn an_artifact_under_another_digest_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let host = host(dir.path(), 1);
    let (fine, trap) = (host.register("fine").await, host.register("trap").await);
    let named = |digest: Digest| {
        let found = entries(dir.path()).into_iter();
        found
            .into_iter()
            .find(|path| path.to_string_lossy().contains(&digest.to_string()))
            .unwrap()
    };
    std::fs::copy(named(trap.digest), named(fine.digest)).unwrap();
    assert!(loads(dir.path(), 1, &fine).await);
}
