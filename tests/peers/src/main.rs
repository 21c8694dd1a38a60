//! The resolver against pubgrub and resolvo: the p50 of each on the same problem, in turn within the same rounds.
//!
//! What is measured is not the same: the others give the first set that they find, without reasons; ours proves its set to be the
//! best and puts the whole answer into words. The problem is read beforehand by each.
#![expect(clippy::print_stdout, reason = "a program for people")]

mod forms;
#[path = "../../benches/sites.rs"]
mod sites;

use std::time::Instant;

use assay_resolver::{Catalog, Options, Request, Status, resolve};
use forms::Package;
use sites::Site;

fn main() {
    println!(
        "{:<24} {:>12} {:>12} {:>12}  us",
        "site", "assay", "pubgrub", "resolvo"
    );
    for (extensions, requested, rounds) in [(50, 50, 2_000), (2_000, 2_000, 15), (2_000, 100, 15)] {
        let [ours, pubgrub, resolvo] = medians(&Site::new(extensions, requested), rounds);
        let name = format!("{requested} of {extensions} × {}", sites::RELEASES);
        println!("{name:<24} {ours:>12.1} {pubgrub:>12.1} {resolvo:>12.1}");
    }
}

fn medians(site: &Site, rounds: usize) -> [f64; 3] {
    let (catalog, request) = site.json();
    let catalog = Catalog::parse(catalog.as_bytes()).expect("the catalog is valid");
    let request = Request::parse(request.as_bytes(), catalog.dialect()).expect("the request is valid");
    let (pubgrub, resolvo) = (forms::pubgrub(site), forms::resolvo(site));
    let mut figures = [const { Vec::new() }; 3];
    for round in 0..rounds + rounds / 4 {
        let times = [
            timed(|| {
                let answer = resolve(&catalog, &request, Options::default());
                assert_eq!(answer.status, Status::Resolved);
            }),
            timed(|| pubgrub::resolve(&pubgrub, Package::Root, 0_u32).expect("the site has a solution")),
            timed(|| resolvo.solve()),
        ];
        if round >= rounds / 4 {
            for (figures, time) in figures.iter_mut().zip(times) {
                figures.push(time);
            }
        }
    }
    figures.map(|mut figures| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    })
}

/// Microseconds.
fn timed<T>(act: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    std::hint::black_box(act());
    start.elapsed().as_secs_f64() * 1e6
}
