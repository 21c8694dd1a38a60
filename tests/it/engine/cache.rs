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
    let (old_lock, new_lock) = (leave("old.lock", 3_600), leave("new.lock", 1));
    let other = leave("notes.txt", 3_600);
    drop(host(dir.path(), 1));
    assert!(!old.exists());
    assert!(new.exists(), "somebody may be writing it");
    assert!(!old_lock.exists());
    assert!(new_lock.exists());
    assert!(other.exists(), "it is not ours");
}

/// Two hosts that share the directory compile a component once: one waits for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_share_it_compile_once() {
    let dir = tempfile::tempdir().unwrap();
    let registered = Host::new().register("fine").await;
    let fetched = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let load = |host: &Host| {
        let (engine, digest) = (host.engine.clone(), registered.digest);
        let (fetched, bytes) = (Arc::clone(&fetched), registered.component.to_vec());
        tokio::spawn(async move {
            let bytes = move || async move {
                fetched.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                Ok::<_, std::io::Error>(bytes)
            };
            engine.load(digest, bytes).await.map(drop)
        })
    };
    let (one, two) = (host(dir.path(), 1), host(dir.path(), 1));
    let (first, second) = (load(&one), load(&two));
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    assert_eq!(entries(dir.path()).len(), 1, "no lock is left");
}

/// Who waits in vain for another host compiles for itself.
#[tokio::test]
async fn a_lock_that_is_never_let_go_of_is_not_waited_for_forever() {
    let dir = tempfile::tempdir().unwrap();
    let registered = host(dir.path(), 1).register("fine").await;
    let [path] = entries(dir.path()).try_into().unwrap();
    std::fs::remove_file(&path).unwrap();
    let lock = std::fs::File::create(path.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let impatient = Host::with(EngineOptions {
        cache: Some(CacheOptions {
            dir: dir.path().join("artifacts"),
            key: [1; 32],
            most_bytes: u64::MAX,
        }),
        compile: assay_engine::CompileLimits {
            wall: std::time::Duration::from_millis(300),
            ..assay_engine::CompileLimits::default()
        },
        concurrent_calls: 2,
        ..EngineOptions::default()
    });
    let bytes = registered.component.to_vec();
    let load = impatient
        .engine
        .load(registered.digest, || async { Ok::<_, std::io::Error>(bytes) });
    load.await.unwrap();
    assert!(path.exists());
}

/// What is not asked for goes from memory, and comes back from the cache; who calls it keeps it.
#[tokio::test]
async fn few_plugins_are_kept_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let cache = || CacheOptions {
        dir: dir.path().join("artifacts"),
        key: [1; 32],
        most_bytes: u64::MAX,
    };
    let by_count = EngineOptions {
        loaded_plugins: std::num::NonZeroUsize::new(2).unwrap(),
        ..EngineOptions::default()
    };
    let by_bytes = EngineOptions {
        loaded_bytes: 1,
        ..EngineOptions::default()
    };
    for (options, last) in [(by_count, 2), (by_bytes, 1)] {
        let host = Host::with(EngineOptions {
            cache: Some(cache()),
            concurrent_calls: 2,
            ..options
        });
        let held = host.loaded("echo").await;
        let mut kept = Vec::new();
        for name in ["fine", "remembers", "trap", "declines"] {
            kept.push(Arc::downgrade(&host.loaded(name).await));
        }
        let alive = kept.iter().filter(|plugin| plugin.strong_count() > 0).count();
        assert_eq!(alive, last);
        let digest = held.digest();
        let told = told(held, "{}");
        done(host.engine.validate(&told, &host.context(), "{}").await);
        let nowhere = || async { Err::<Vec<u8>, _>(std::io::Error::other("asked for")) };
        host.engine.load(digest, nowhere).await.unwrap();
    }
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
