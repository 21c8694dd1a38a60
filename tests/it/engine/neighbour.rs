//! Somebody else's healthy calls, which go on whatever a hostile plugin does.
//!
//! Invariant: each of them gives its own right answer, or the test fails. How long they took is printed beside, and held
//! to bounds that only a call that was kept waiting exceeds: machines are noisy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::guest::{Host, message_of};
use assay_engine::Prepared;
use tokio::task::JoinHandle;

/// Calls one after the other until it is stopped.
pub(super) struct Neighbour {
    stop: Arc<AtomicBool>,
    calls: JoinHandle<Vec<Duration>>,
}

/// What its calls took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantiles {
    pub(super) calls: usize,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

impl Neighbour {
    /// Begins to call the guest `echo` on the host that is attacked; needs a runtime of several threads.
    pub(super) async fn beside(host: &Host) -> Self {
        Self::calling(host, &host.plugin("echo").await)
    }

    /// The same with a plugin that is loaded: some version of `echo`.
    pub(super) fn calling(host: &Host, echo: &Arc<Prepared>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (host, echo, stopped) = (host.clone(), Arc::clone(echo), Arc::clone(&stop));
        let calls = tokio::spawn(async move {
            let mut took = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let data = took.len().to_string();
                let start = Instant::now();
                let call = host.engine.validate(&echo, &host.context(), &data).await;
                took.push(start.elapsed());
                assert_eq!(message_of(&call), Some(data));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            took
        });
        Self { stop, calls }
    }

    /// Ends after the call that is under way.
    pub(super) async fn stop(self) -> Quantiles {
        self.stop.store(true, Ordering::Relaxed);
        Quantiles::of(self.calls.await.expect("a neighbour's call was not right"))
    }
}

impl Quantiles {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
        Self {
            calls: took.len(),
            p50: at(50),
            p99: at(99),
        }
    }
}

impl std::fmt::Display for Quantiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let us = |duration: Duration| duration.as_micros();
        let (p50, p99) = (us(self.p50), us(self.p99));
        write!(f, "{} calls, p50 {p50} us, p99 {p99} us", self.calls)
    }
}
