//! Compiled components on disk: used when they are this host's own, compiled again when they are anything else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use assay_domain::Digest;
use assay_engine::{CacheOptions, Candidate, EngineOptions, LoadError};

use super::guest::{Host, done, told};

fn host(dir: &Path, key: u8) -> Host {
    bounded(dir, key, u64::MAX)
}

fn bounded(dir: &Path, key: u8, most_bytes: u64) -> Host {
    Host::with(EngineOptions {
        cache: Some(CacheOptions {
            dir: dir.join("artifacts"),
            key: [key; 32],
            most_bytes,
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
async fn loads(dir: &Path, key: u8, registered: &Candidate) -> bool {
    let host = host(dir, key);
    let compiled = Arc::new(AtomicBool::new(false));
    let (fetched, bytes) = (Arc::clone(&compiled), registered.component.to_vec());
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
#[tokio::test]
async fn what_was_not_used_longest_makes_room() {
    let dir = tempfile::tempdir().unwrap();
    let (fine, remembers) = {
        let host = host(dir.path(), 1);
        (host.register("fine").await, host.register("remembers").await)
    };
    let bytes: u64 = entries(dir.path())
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .sum();
    // Room for two of about this size and not for three. What is read last was written first.
    let room = bytes + 4096;
    assert!(!loads(dir.path(), 1, &fine).await);
    let echo = bounded(dir.path(), 1, room).register("echo").await;
    let left = entries(dir.path());
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(!loads(dir.path(), 1, &fine).await);
    assert!(!loads(dir.path(), 1, &echo).await);
    assert!(loads(dir.path(), 1, &remembers).await);

    // A host with less room begins by making it; what does not fit at all is not kept, and runs.
    let small = bounded(dir.path(), 1, 100);
    assert_eq!(entries(dir.path()), Vec::<PathBuf>::new());
    small.is_fine().await;
    assert_eq!(entries(dir.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_a_killed_host_was_writing_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    host(dir.path(), 1).register("fine").await;
    let leave = |name: &str, age: u64| {
        let path = dir.path().join("artifacts").join(name);
        let file = std::fs::File::create(&path).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age))
            .unwrap();
        path
    };
    let (old, new) = (leave(".old.tmp", 3_600), leave(".new.tmp", 1));
    let other = leave("notes.txt", 3_600);
    drop(host(dir.path(), 1));
    assert!(!old.exists());
    assert!(new.exists(), "somebody may be writing it");
    assert!(other.exists(), "it is not ours");
}

/// What is checked and compiled is nobody's yet: the caller commits first.
#[tokio::test]
async fn only_what_is_published_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let host = host(dir.path(), 1);
    let candidate = host
        .engine
        .check(super::guest::packed("fine").into())
        .await
        .unwrap();
    let compiled = host.engine.compile(&candidate).await.unwrap();
    assert_eq!(entries(dir.path()), Vec::<PathBuf>::new());
    let nowhere = || async { Err::<Vec<u8>, _>(std::io::Error::other("asked for")) };
    let missing = host.engine.load(candidate.digest, nowhere).await.unwrap_err();
    assert!(matches!(missing, LoadError::Bytes(_)), "{missing}");
    host.engine.publish(compiled).await;
    assert_eq!(entries(dir.path()).len(), 1);
    host.engine.load(candidate.digest, nowhere).await.unwrap();
}
