//! Measures the resolver by itself: a site of 50 extensions among 500 releases, and 2,000 extensions with 20,000 releases.
//!
//! The catalogs are made from a fixed seed. Printed are the median and the slowest of so many runs, on a parsed catalog and
//! from JSON to JSON. An argument like `50/50` runs only the row with so many requested of so many.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]
#![expect(clippy::indexing_slicing, reason = "the middle of a list that is not empty")]
#![expect(clippy::unwrap_used, reason = "a measurement that breaks should stop")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use assay_resolver::{Catalog, Options, Request, Status, resolve, resolve_json};

struct Dice(u64);

impl Dice {
    /// splitmix64
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// Extensions with ten releases each, 1.0.0 to 2.4.0. Each release requires up to three extensions with higher numbers, mostly by a caret;
/// every tenth requires a capability that two others provide. All of them at 2.0.0 is a solution, and not the best one.
fn catalog(extensions: u64, seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut out = String::from("{\"extensions\":[");
    for id in 0..extensions {
        for release in 0..10 {
            let version = format!("{}.{}.0", 1 + release / 5, release % 5);
            let mut requires = Vec::new();
            for _ in 0..dice.below(4) {
                if id + 1 < extensions {
                    let to = id + 1 + dice.below((extensions - id - 1).min(40));
                    let range = match dice.below(10) {
                        0 => ">=1.2.0, <2.2.0".to_owned(),
                        1 => "*".to_owned(),
                        n => format!("^{}", if release < 5 && n < 5 { 1 } else { 2 }),
                    };
                    requires.push(format!(r#"{{"extension":"e{to}","range":"{range}"}}"#));
                }
            }
            if id % 10 == 3 {
                requires.push(format!(r#"{{"capability":"c{}"}}"#, id / 10));
            }
            let provides = if id % 10 > 7 {
                format!(r#"{{"capability":"c{}","version":"{version}"}}"#, id / 10)
            } else {
                String::new()
            };
            let comma = if out.ends_with('[') { "" } else { "," };
            write!(
                out,
                r#"{comma}{{"id":"e{id}","version":"{version}","requires":[{}],"provides":[{provides}]}}"#,
                requires.join(",")
            )
            .unwrap();
        }
    }
    out.push_str("]}");
    out
}

fn request(extensions: u64, wanted: u64, seed: u64) -> String {
    let mut dice = Dice(seed);
    let wanted: Vec<String> = (0..wanted)
        .map(|at| {
            format!(
                r#"{{"id":"e{}"}}"#,
                (at * extensions / wanted + dice.below(2)).min(extensions - 1)
            )
        })
        .collect();
    format!(r#"{{"site":"s","requested":[{}]}}"#, wanted.join(","))
}

fn measure(what: &str, runs: usize, mut run: impl FnMut()) {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("{what}: p50 {:?}, slowest {:?}", times[runs / 2], times[runs - 1]);
}

fn main() {
    let only = std::env::args().nth(1);
    for (extensions, wanted, runs) in [(50, 50, 2_000), (50, 8, 500), (2_000, 2_000, 9), (2_000, 100, 9)] {
        if only
            .as_ref()
            .is_some_and(|only| *only != format!("{wanted}/{extensions}"))
        {
            continue;
        }
        // The first seed whose site has a solution.
        let found = (0..1).find_map(|seed| {
            let (catalog, request) = (catalog(extensions, seed), request(extensions, wanted, seed));
            let parsed = Catalog::parse(catalog.as_bytes()).unwrap();
            let asked = Request::parse(request.as_bytes(), parsed.dialect()).unwrap();
            let answer = resolve(&parsed, &asked, Options::default());
            (answer.status == Status::Resolved).then_some((catalog, request, parsed, asked, answer))
        });
        let Some((catalog, request, parsed, asked, answer)) = found else {
            println!("{extensions} extensions, {wanted} requested: no seed has a solution");
            continue;
        };
        println!(
            "{extensions} extensions with {} releases, {wanted} requested: {} chosen in {} decisions",
            parsed.releases(),
            answer.extensions.len(),
            answer.decisions
        );
        measure("  parsed", runs, || {
            resolve(&parsed, &asked, Options::default());
        });
        measure("  JSON to JSON", runs.min(101), || {
            resolve_json(catalog.as_bytes(), request.as_bytes(), Options::default()).unwrap();
        });
    }
}
