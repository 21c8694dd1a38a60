//! Time as a guest sees it: the wall clock stands at the document's received time, and the monotonic clock is virtual.
//!
//! Invariant: the monotonic clock depends only on what the guest did. Looking at it moves it by a microsecond, so that a
//! busy wait ends; a sleep moves it to the sleep's end and does not wait. Of several sleeps that a guest polls at once
//! the earliest ends first, and none ends while something else is ready.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};

use crate::state::State;

/// Nanoseconds that looking at the clock takes.
const LOOK: u64 = 1_000;
/// Where the clock starts: not at zero, which some programs take for "never".
const START: u64 = 1_000_000_000;

/// The monotonic clock of one call, in nanoseconds. Only one thread at a time runs a call; the atomics are for `Send`.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    now: AtomicU64,
    /// The earliest end among the sleeps that are polled right now.
    earliest: AtomicU64,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self {
            now: AtomicU64::new(START),
            earliest: AtomicU64::new(u64::MAX),
        }
    }
}

impl VirtualClock {
    /// Where it started: a call's clock does not show how long preparing took.
    pub(crate) fn restart(&self) {
        self.now.store(START, Ordering::Relaxed);
    }

    fn look(&self) -> u64 {
        let now = self.now.load(Ordering::Relaxed).saturating_add(LOOK);
        self.now.store(now, Ordering::Relaxed);
        now
    }
}

struct Sleep {
    clock: Arc<VirtualClock>,
    until: u64,
}

#[async_trait]
impl Pollable for Sleep {
    async fn ready(&mut self) {
        Waking {
            clock: &self.clock,
            until: self.until,
            announced: false,
        }
        .await;
    }
}

/// Announces its end when first polled, and the second time it is over if no other sleep announced an earlier one.
struct Waking<'a> {
    clock: &'a VirtualClock,
    until: u64,
    announced: bool,
}

impl Future for Waking<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.announced {
            self.announced = true;
            if self.until <= self.clock.look() {
                return Poll::Ready(());
            }
            self.clock.earliest.fetch_min(self.until, Ordering::Relaxed);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.until > self.clock.earliest.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        self.clock.now.fetch_max(self.until, Ordering::Relaxed);
        Poll::Ready(())
    }
}

impl Drop for Waking<'_> {
    fn drop(&mut self) {
        // All sleeps of one poll are dropped together.
        self.clock.earliest.store(u64::MAX, Ordering::Relaxed);
    }
}

impl State {
    fn sleep_until(&mut self, until: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let sleep = self.table.push(Sleep {
            clock: Arc::clone(&self.clock),
            until,
        })?;
        subscribe(&mut self.table, sleep)
    }
}

impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.clock.look())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(LOOK)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.sleep_until(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let until = self.clock.look().saturating_add(duration);
        self.sleep_until(until)
    }
}

impl wall_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: u64::try_from(self.received.timestamp()).unwrap_or(0),
            nanoseconds: self.received.timestamp_subsec_nanos().min(999_999_999),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1_000,
        })
    }
}

#[cfg(test)]
mod tests;
