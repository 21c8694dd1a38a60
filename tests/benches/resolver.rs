//! The resolver. `resolve-site`: a site of 50 requested extensions among 500 releases on a parsed catalog, with the whole answer
//! in words, in at most 100 µs. `resolve-large`: 2,000 extensions with 20,000 releases, the slower of all requested and
//! 100 requested, in at most 100 ms. The floor of both is that time. tests/peers has pubgrub and resolvo on the same sites.
//! `resolve-sandbox`: from JSON to JSON through the plugin, at most three times the native JSON to JSON.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Digest, Outcome, World};
use assay_engine::{Engine, EngineOptions, Prepared};
use assay_resolver::{Catalog, Options, Request, Status, resolve, resolve_json};
use tokio::runtime::Runtime;

use crate::measure::{Better, Pair, Row, alternate, median, timed};
use crate::sample;
use crate::sites::Site;

/// The p50 of so many rounds in microseconds.
fn p50(site: &Site, rounds: usize) -> f64 {
    let (catalog, request) = site.json();
    let catalog = Catalog::parse(catalog.as_bytes()).expect("the catalog is valid");
    let request = Request::parse(request.as_bytes(), catalog.dialect()).expect("the request is valid");
    let round = || {
        timed(|| {
            let answer = resolve(&catalog, &request, Options::default());
            assert_eq!(answer.status, Status::Resolved);
        })
    };
    for _ in 0..rounds / 4 {
        round();
    }
    median((0..rounds).map(|_| round().as_secs_f64() * 1e6).collect())
}

pub(crate) fn run_site() -> Row {
    let ours = p50(&Site::new(50, 50), 2_000);
    Row::new("resolve-site", "us", (ours, 100.0), 1.0, Better::Lower)
}

pub(crate) fn run_large() -> Row {
    let (all, some) = (p50(&Site::new(2_000, 2_000), 15), p50(&Site::new(2_000, 100), 15));
    let slower = all.max(some);
    Row::new("resolve-large", "us", (slower, 100_000.0), 1.0, Better::Lower)
        .beside("all", all)
        .beside("100 of them", some)
}

struct Sandbox {
    runtime: Runtime,
    engine: Engine,
    plugin: Arc<Prepared>,
    catalog: String,
    request: String,
}

impl Pair for Sandbox {
    fn value(&mut self) -> Duration {
        timed(|| {
            self.runtime.block_on(async {
                let context = sample::context(Digest::of(b"resolve-sandbox"));
                let call = self
                    .engine
                    .resolve(&self.plugin, &context, &self.catalog, &self.request)
                    .await;
                assert!(matches!(call.outcome, Outcome::Done(_)), "{:?}", call.outcome);
            });
        })
    }

    fn floor(&mut self) -> Duration {
        timed(|| {
            resolve_json(
                self.catalog.as_bytes(),
                self.request.as_bytes(),
                Options::default(),
            )
            .expect("the inputs are valid")
        })
    }
}

pub(crate) fn run_sandbox() -> Row {
    let (catalog, request) = Site::new(50, 50).json();
    let runtime = Runtime::new().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let component = sample::built("extension_resolver");
    let mut pair = Sandbox {
        plugin: runtime.block_on(sample::prepared_as(
            &engine,
            &component,
            World::Resolver,
            "{}",
            "null",
            false,
        )),
        runtime,
        engine,
        catalog,
        request,
    };
    let figures = alternate(&mut pair, 7, 200);
    Row::new("resolve-sandbox", "us", figures, 3.0, Better::Lower)
}
