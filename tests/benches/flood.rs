//! `flood`: the 99th percentile of what a client waits for that sends a document now and then, while another client keeps
//! 200 submissions in flight, against what it waits for when it is alone.
//!
//! Payroll with its sample configuration, through the router and without a socket, judged and stored. The quiet client
//! sends every 20 ms whether or not it was answered (open loop), and its time counts from when it would send: a host
//! that keeps it from sending is not excused. Each of the 200 sends its next document when it has the whole answer, one
//! millisecond later when it was refused. The quiet client alone, both, and the flood alone take turns.
//!
//! `flood-busy` is the same with 32 in flight of a thousand lines each, which keep the plugin computing for a while; who is
//! refused waits for a tenth of a second.
//!
//! `ASSAY_BENCH_PLACES` says how many submissions are worked on at one time; the host's default when it is not set.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assay_service::QueueLimits;
use assay_store::ConnectOptions;
use assay_store::embedded::Embedded;
use axum::http::StatusCode;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::host::{Host, Setup, analyze, database};
use crate::measure::{Better, Row, quantile};
use crate::sample;

const ROUNDS: usize = 6;
const PHASE: Duration = Duration::from_secs(3);
/// How long a flood runs before anything is measured.
const RISE: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_millis(20);
/// As often as the program does, a worker looks at its sockets.
const EVENT_INTERVAL: u32 = 16;

/// Lines of a document of the busy flood.
const LINES: usize = 1_000;

const PATH: &str = "/v1/processes";

/// What a flood consists of.
#[derive(Clone, Copy)]
struct Kind {
    body: &'static str,
    in_flight: usize,
    /// How soon who was refused tries again, whatever the answer says of it.
    again: Duration,
}

/// What became of the flood's submissions.
#[derive(Default)]
struct Counted {
    taken: AtomicU64,
    refused: AtomicU64,
}

impl Counted {
    fn now(&self) -> [u64; 2] {
        [&self.taken, &self.refused].map(|count| count.load(Ordering::Relaxed))
    }
}

/// One client's submissions, until it is told to stop.
struct Flood {
    counted: Arc<Counted>,
    stop: Arc<AtomicBool>,
    senders: JoinSet<()>,
}

impl Flood {
    fn start(host: &Arc<Host>, kind: Kind) -> Self {
        let (counted, stop) = (Arc::<Counted>::default(), Arc::<AtomicBool>::default());
        let mut senders = JoinSet::new();
        for _ in 0..kind.in_flight {
            let (host, counted, stop) = (Arc::clone(host), Arc::clone(&counted), Arc::clone(&stop));
            senders.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let status = host.send(PATH, kind.body).await;
                    if status == StatusCode::TOO_MANY_REQUESTS {
                        tokio::time::sleep(kind.again).await;
                        counted.refused.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    assert_eq!(status, StatusCode::CREATED);
                    counted.taken.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self {
            counted,
            stop,
            senders,
        }
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(sender) = self.senders.join_next().await {
            sender.unwrap();
        }
    }
}

/// How long each of the quiet client's documents took, in milliseconds. The clock is a thread's of its own, which no
/// plugin keeps from running.
async fn quiet(host: &Arc<Host>) -> Vec<f64> {
    let (host, runtime) = (Arc::clone(host), Handle::current());
    let sent = tokio::task::spawn_blocking(move || {
        let (begun, mut sent, mut due) = (Instant::now(), JoinSet::new(), Instant::now());
        while begun.elapsed() < PHASE {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let host = Arc::clone(&host);
            sent.spawn_on(
                async move {
                    host.post(PATH, sample::PAYROLL, StatusCode::CREATED).await;
                    due.elapsed().as_secs_f64() * 1e3
                },
                &runtime,
            );
            due += EVERY;
        }
        sent
    });
    sent.await.unwrap().join_all().await
}

/// What was measured, over all rounds.
#[derive(Default)]
struct Figures {
    alone: Vec<f64>,
    flooded: Vec<f64>,
    /// Documents per second that were taken from the flood, by round, beside the quiet client and alone.
    beside: Vec<f64>,
    unhindered: Vec<f64>,
    /// Refusals per second.
    refused: Vec<f64>,
}

/// What a flood got per second while something went on: taken and refused.
async fn during(flood: &Flood, act: impl Future<Output = ()>) -> [f64; 2] {
    let (begun, before) = (Instant::now(), flood.counted.now());
    act.await;
    let (elapsed, after) = (begun.elapsed().as_secs_f64(), flood.counted.now());
    #[expect(clippy::cast_precision_loss, reason = "no such many")]
    [0, 1].map(|which| (after[which] - before[which]) as f64 / elapsed)
}

async fn measure(database: &Embedded, [calm, loud]: [&Arc<Host>; 2], kind: Kind) -> Figures {
    let mut figures = Figures::default();
    // The first round warms up.
    for round in 0..=ROUNDS {
        analyze(database).await;
        let mut alone = quiet(calm).await;

        let flood = Flood::start(loud, kind);
        tokio::time::sleep(RISE).await;
        let mut flooded = Vec::new();
        let beside = during(&flood, async { flooded = quiet(calm).await }).await;
        flood.end().await;

        // The quiet client counts as gone.
        tokio::time::sleep(PHASE).await;
        let flood = Flood::start(loud, kind);
        tokio::time::sleep(RISE).await;
        let unhindered = during(&flood, tokio::time::sleep(PHASE)).await;
        flood.end().await;

        if round > 0 {
            eprintln!(
                "  round {round}: p99 {:.1} ms alone, {:.1} ms beside the flood",
                quantile(&mut alone, 990),
                quantile(&mut flooded, 990)
            );
            figures.alone.append(&mut alone);
            figures.flooded.append(&mut flooded);
            figures.beside.push(beside[0]);
            figures.refused.push(beside[1]);
            figures.unhindered.push(unhindered[0]);
        }
    }
    figures
}

pub(crate) fn run() -> Row {
    let kind = Kind {
        body: sample::PAYROLL,
        in_flight: 200,
        again: Duration::from_millis(1),
    };
    row("flood", kind)
}

pub(crate) fn run_busy() -> Row {
    let kind = Kind {
        body: Box::leak(busy().into_boxed_str()),
        in_flight: 32,
        again: Duration::from_millis(100),
    };
    row("flood-busy", kind)
}

/// A payroll of many lines.
fn busy() -> String {
    let mut body: Value = serde_json::from_str(sample::PAYROLL).unwrap();
    let lines = body
        .pointer_mut("/lines")
        .and_then(Value::as_array_mut)
        .expect("the sample has lines");
    let line = lines[0].clone();
    lines.resize(LINES, line);
    body.to_string()
}

fn row(name: &'static str, kind: Kind) -> Row {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let configuration = sample::repository("host/cli/samples/configurations/acme-corp/payroll_v1.json");
    let configuration = std::fs::read(configuration).expect("the samples are in the repository");
    let configuration: Value = serde_json::from_slice(&configuration).unwrap();
    let mut figures = runtime.block_on(async {
        let database = database(folder.path()).await;
        let connections = ConnectOptions::default().connections;
        let setup = Setup::new(&database, connections, QueueLimits::default()).await;
        let (calm, _) = setup.client("calm", &configuration).await;
        let (loud, _) = setup.client("loud", &configuration).await;
        let (calm, loud) = (Arc::new(calm), Arc::new(loud));
        let figures = measure(&database, [&calm, &loud], kind).await;
        drop((calm, loud, setup));
        database.stop().await.unwrap();
        figures
    });
    let mean =
        |figures: &[f64]| figures.iter().sum::<f64>() / f64::from(u32::try_from(figures.len()).unwrap());
    let p99 = (
        quantile(&mut figures.flooded, 990),
        quantile(&mut figures.alone, 990),
    );
    Row::new(name, "ms", p99, 2.0, Better::Lower)
        .beside("p50 beside the flood (ms)", quantile(&mut figures.flooded, 500))
        .beside("p50 alone (ms)", quantile(&mut figures.alone, 500))
        .beside("flood, beside the other (docs/s)", mean(&figures.beside))
        .beside("flood, alone (docs/s)", mean(&figures.unhindered))
        .beside("flood, refused (429/s)", mean(&figures.refused))
}
