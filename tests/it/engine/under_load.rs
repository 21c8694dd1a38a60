//! A host that is busy, and whose plugins are exchanged meanwhile: the healthy are not killed, deadlines still end the
//! others, and a call is of one version or the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assay_domain::{ErrorCode, Phase, World};
use assay_engine::{EngineOptions, Prepared};
use tokio::task::JoinSet;

use super::guest::{Host, assert_failed, done, failure, root};
use super::neighbour::Neighbour;

/// Threads that do nothing but keep the processors busy, until dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..4 * cores {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(stop)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_load_kills_no_healthy_plugin_and_deadlines_still_end_others() {
    let mut host = Host::new();
    let neighbour = Neighbour::beside(&host).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let quiet = neighbour.stop().await;
    let spinning = host.plugin("loop_in_validate").await;
    let busy = Busy::start();
    // The neighbour's own calls have the default deadline of two seconds: each must end well.
    let neighbour = Neighbour::beside(&host).await;
    host.limits.deadline_ms = 100;
    for _ in 0..5 {
        let start = Instant::now();
        let call = host.engine.validate(&spinning, &host.context(), "{}").await;
        let took = start.elapsed();
        assert_failed(&failure(call), ErrorCode::Deadline, Phase::Call);
        assert!(took < Duration::from_millis(1_500), "{took:?} of 100 ms");
    }
    let during = neighbour.stop().await;
    drop(busy);
    println!("quiet: {quiet}\n busy: {during}");
    assert!(during.calls >= 5, "{during}");
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A thousand callers of one plugin at the same time, each calling again until what happens meanwhile is over and then
/// once more; how many calls prepared for themselves, and how many started from its snapshot.
async fn thousand(
    host: &Host,
    told: &Arc<Prepared>,
    data: &str,
    meanwhile: impl Future<Output = ()>,
) -> (usize, usize) {
    let over = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for _ in 0..1_000 {
        let (host, told, data) = (host.clone(), Arc::clone(told), data.to_owned());
        let over = Arc::clone(&over);
        callers.spawn(async move {
            let (mut prepared, mut fresh, mut said) = (0, 0, None);
            loop {
                let last = over.load(Ordering::SeqCst);
                let call = host.engine.validate(&told, &host.context(), &data).await;
                *(if call.usage.prepare_us > 0 {
                    &mut prepared
                } else {
                    &mut fresh
                }) += 1;
                let output = call.output.clone();
                done(call);
                let before = said.get_or_insert_with(|| output.clone());
                assert_eq!(*before, output);
                if last {
                    return (prepared, fresh, said);
                }
            }
        });
    }
    meanwhile.await;
    over.store(true, Ordering::SeqCst);
    let (mut prepared, mut fresh, mut outputs) = (0, 0, Vec::new());
    while let Some(caller) = callers.join_next().await {
        let (one, other, said) = caller.unwrap();
        prepared += one;
        fresh += other;
        outputs.push(said);
    }
    assert_eq!(outputs.len(), 1_000);
    outputs.dedup();
    assert_eq!(outputs.len(), 1, "all say the same");
    (prepared, fresh)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_while_a_snapshot_takes_the_plugins_place() {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 4,
        ..EngineOptions::default()
    });
    host.limits.deadline_ms = 30_000;
    let folder = root().join("plugins");
    let built = std::fs::read(folder.join("built/payroll_standard_validator.wasm")).unwrap();
    let data = folder.join("payroll_standard_validator/fixtures/good/input.json");
    let data = std::fs::read_to_string(data).unwrap();
    let (candidate, plugin) = host.take(built).await.unwrap();
    let told = Arc::new(Prepared::new(plugin, World::Validator, "{}", "[]"));
    let neighbour = Neighbour::beside(&host).await;
    let swap = async {
        let bytes = || async { Ok::<_, std::io::Error>(candidate.component.to_vec()) };
        host.engine.snapshot(&told, bytes).await.unwrap();
        assert_eq!(told.snapshot(), Some(Ok(())));
    };
    let (prepared, fresh) = thousand(&host, &told, &data, swap).await;
    let during = neighbour.stop().await;
    println!(
        "{prepared} calls prepared for themselves, {fresh} started from the snapshot; the neighbour: {during}"
    );
    // Nobody waited for the snapshot, and nobody went on without it.
    assert!(prepared > 0 && fresh >= 1_000, "{prepared} and {fresh}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_take_no_file_descriptors() {
    let mut host = Host::with(EngineOptions {
        concurrent_calls: 4,
        ..EngineOptions::default()
    });
    host.limits.deadline_ms = 30_000;
    let told = host.plugin("wasip1_looks_around").await;
    host.call("wasip1_prints", "{}").await;
    let before = descriptors();
    let mut most = 0;
    let watch = async {
        for _ in 0..20 {
            most = most.max(descriptors());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    thousand(&host, &told, "{}", watch).await;
    // Reading the folder is one.
    assert!(most <= before + 1, "{before} before, {most} during");
    assert!(
        descriptors() <= before,
        "{before} before, {} after",
        descriptors()
    );
}
