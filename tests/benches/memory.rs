//! `memory`: what the service holds on to. Small documents are accepted, judged and stored over the router, one after
//! the other by eight callers, and the process's resident memory is printed ten times: it stays as it is after the first
//! tenth, in which caches and pools fill.
//!
//! `bench memory 100000` says how many documents; 10,000 when nobody says. The database is a process of its own.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::host::database;
use crate::measure::{Better, Row};
use crate::post_process::prepare;
use crate::sample;

const CALLERS: usize = 8;

/// Resident memory of this process in MiB.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096.0 / f64::from(1 << 20)
}

pub(crate) fn run(documents: usize) -> Row {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let figures = runtime.block_on(async {
        let database = database(folder.path()).await;
        let (host, _, plain) = prepare(&database, sample::RULES).await;
        let host = Arc::new(host);
        let mut figures = Vec::new();
        for tenth in 1..=10 {
            let mut callers = JoinSet::new();
            for _ in 0..CALLERS {
                let host = Arc::clone(&host);
                callers.spawn(async move {
                    for _ in 0..documents / 10 / CALLERS {
                        host.submit().await;
                    }
                });
            }
            while let Some(caller) = callers.join_next().await {
                caller.unwrap();
            }
            figures.push(resident());
            eprintln!(
                "  {:>8} documents {:>8.1} MiB",
                tenth * documents / 10,
                resident()
            );
        }
        drop((host, plain));
        database.stop().await.unwrap();
        (figures[9], figures[0])
    });
    Row::new("memory", "MiB", figures, 1.1, Better::Lower)
}
