//! Getting a plugin that was registered: once for all who want it, in bounded time, and never other bytes.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use assay_domain::Digest;
use assay_engine::{Candidate, EngineOptions, LoadError};

use super::guest::{Host, done, told};

/// A host whose callers wait so long for a plugin.
fn host(load_deadline: Duration) -> Host {
    Host::with(EngineOptions {
        concurrent_calls: 2,
        load_deadline,
        ..EngineOptions::default()
    })
}

/// The bytes of a component that take their time to come, and how often they were fetched.
struct Slow {
    component: Vec<u8>,
    takes: Duration,
    fetched: Arc<AtomicUsize>,
}

impl Slow {
    fn new(registered: &Candidate, takes: Duration) -> Self {
        Self {
            component: registered.component.to_vec(),
            takes,
            fetched: Arc::default(),
        }
    }

    fn fetch(&self) -> impl FnOnce() -> Fetch + Send + 'static {
        let (component, takes) = (self.component.clone(), self.takes);
        let fetched = Arc::clone(&self.fetched);
        move || {
            Box::pin(async move {
                fetched.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(takes).await;
                Ok(component)
            })
        }
    }
}

type Fetch = std::pin::Pin<Box<dyn Future<Output = Result<Vec<u8>, std::io::Error>> + Send>>;

#[tokio::test]
async fn many_who_want_one_plugin_wait_for_one_compilation() {
    let host = Host::new();
    let registered = Host::new().register("fine").await;
    let bytes = Slow::new(&registered, Duration::ZERO);
    let load = || host.engine.load(registered.digest, bytes.fetch());
    let (one, two, three) = tokio::join!(load(), load(), load());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(bytes.fetched.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn bytes_that_are_not_the_registered_ones_are_not_loaded() {
    let host = Host::new();
    let registered = Digest::of(b"registered");
    let changed = || async { Ok::<_, std::io::Error>(b"changed".to_vec()) };
    let error = host.engine.load(registered, changed).await.unwrap_err();
    assert!(matches!(error, LoadError::Digest { .. }), "{error}");
    let gone = || async { Err::<Vec<u8>, _>(std::io::Error::other("gone")) };
    let error = host.engine.load(registered, gone).await.unwrap_err();
    assert!(matches!(error, LoadError::Bytes(_)), "{error}");
    host.is_fine().await;
}

#[tokio::test]
async fn a_load_that_never_ends_is_given_up_and_tried_again() {
    let registered = Host::new().register("fine").await;
    let host = host(Duration::from_millis(200));
    let never = Slow::new(&registered, Duration::MAX);
    let start = Instant::now();
    let error = host
        .engine
        .load(registered.digest, never.fetch())
        .await
        .unwrap_err();
    assert!(matches!(error, LoadError::Deadline { .. }), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(199));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    // It does not stand in the way of the next.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let at_once = Slow::new(&registered, Duration::ZERO);
    let plugin = host
        .engine
        .load(registered.digest, at_once.fetch())
        .await
        .unwrap();
    let told = told(plugin, "{}");
    done(host.engine.validate(&told, &host.context(), "{}").await);
}

#[tokio::test]
async fn what_one_waited_for_in_vain_is_there_for_the_next() {
    let registered = Host::new().register("fine").await;
    let host = host(Duration::from_millis(400));
    let slow = Slow::new(&registered, Duration::from_millis(300));
    // The caller goes away before the bytes are there.
    let load = host.engine.load(registered.digest, slow.fetch());
    assert!(
        tokio::time::timeout(Duration::from_millis(50), load)
            .await
            .is_err()
    );
    let mut plugin = Err(LoadError::Deadline {
        limit: Duration::ZERO,
    });
    for _ in 0..20 {
        plugin = host.engine.load(registered.digest, slow.fetch()).await;
        if plugin.is_ok() {
            break;
        }
    }
    let told = told(plugin.unwrap(), "{}");
    done(host.engine.validate(&told, &host.context(), "{}").await);
    assert_eq!(slow.fetched.load(Ordering::SeqCst), 1);
}
