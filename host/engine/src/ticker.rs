//! The thread that advances the epoch, so that a spinning guest comes to a halt.
//!
//! Invariant: while a call runs, the epoch advances every millisecond, whatever the async runtime is doing. With no
//! call running the thread sleeps. It holds the engine weakly and ends with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::EngineWeak;

const TICK: Duration = Duration::from_millis(1);
/// Ticks without a call before the thread parks: waking it costs a system call, which a busy host does not pay.
const IDLE_TICKS: u32 = 50;

#[derive(Debug)]
struct Shared {
    running: AtomicU32,
    parked: AtomicBool,
    ended: AtomicBool,
}

/// Handle of the thread; dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

impl Ticker {
    pub(crate) fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicU32::new(0),
            parked: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let inner = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("assay-epoch".into())
            .spawn(move || tick(&inner, &engine))?;
        Ok(Self {
            shared,
            thread: thread.thread().clone(),
        })
    }

    /// Ticks until the guard is dropped.
    pub(crate) fn enter(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        // Sequentially consistent with the check in `tick`: either this sees the flag or the thread sees the count.
        if self.shared.parked.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// While one of these lives, the epoch advances.
#[derive(Debug)]
pub(crate) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(shared: &Shared, engine: &EngineWeak) {
    let mut idle = 0;
    while !shared.ended.load(Ordering::SeqCst) {
        idle = if shared.running.load(Ordering::SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle >= IDLE_TICKS {
            shared.parked.store(true, Ordering::SeqCst);
            while shared.running.load(Ordering::SeqCst) == 0 && !shared.ended.load(Ordering::SeqCst) {
                std::thread::park();
            }
            shared.parked.store(false, Ordering::SeqCst);
            idle = 0;
        }
        std::thread::sleep(TICK);
        let Some(engine) = engine.upgrade() else { return };
        engine.increment_epoch();
    }
}
