//! Small random catalogs and requests for the tests, and the answers that trying every set gives.

use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use proptest::prelude::Rng;

use crate::check::check;
use crate::{Catalog, Request};

/// Numbers from a seed.
pub(crate) struct Dice(TestRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let at = self.below(all.len() as u64);
        all[usize::try_from(at).unwrap()]
    }
}

const VERSIONS: [&str; 5] = ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0", "2.1.0"];
const RANGES: [&str; 7] = ["^1", ">=1.1.0", "^2", "*", "=2.0.0-rc.1", "<2.0.0", ">=2.0.0-rc.1"];

/// A catalog of so many extensions and a request on it.
pub(crate) fn case(dice: &mut Dice, extensions: u64) -> (Value, Value) {
    let mut releases = Vec::new();
    let id = |number: u64| format!("e{number}");
    for number in 0..extensions {
        let versions: Vec<&str> = VERSIONS.into_iter().filter(|_| dice.chance(42)).collect();
        for version in versions {
            releases.push(release(dice, number, extensions, version));
        }
    }
    let mut requested = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let mut wanted = json!({"id": id(dice.below(extensions))});
        if dice.chance(25) {
            wanted["range"] = json!(dice.of(&RANGES));
        }
        requested.push(wanted);
    }
    let mut versions = |percent: u64| -> Vec<Value> {
        let chosen: Vec<u64> = (0..extensions).filter(|_| dice.chance(percent)).collect();
        chosen.into_iter().map(|number| json!({"id": id(number), "version": dice.of(&VERSIONS)})).collect()
    };
    let (installed, pins) = (versions(30), versions(6));
    let mut policies = Vec::new();
    if dice.chance(20) {
        policies.push(json!({"capability": "c0", "policy": dice.of(&["p", "q"])}));
    }
    let prefer = dice.of(&["newest", "minimal-change"]);
    let request = json!({"site": "s", "requested": requested, "installed": installed, "pins": pins,
        "policies": policies, "prefer": prefer});
    (json!({"extensions": releases}), request)
}

fn release(dice: &mut Dice, own: u64, extensions: u64, version: &str) -> Value {
    let other = |dice: &mut Dice| format!("e{}", (own + 1 + dice.below(extensions)) % (extensions + 1));
    let capability = |dice: &mut Dice| format!("c{}", dice.below(3));
    let mut requires = Vec::new();
    for _ in 0..dice.below(3) {
        let mut entry = if dice.chance(60) {
            json!({"extension": other(dice)})
        } else {
            json!({"capability": capability(dice)})
        };
        if dice.chance(60) {
            entry["range"] = json!(dice.of(&RANGES));
        }
        entry["optional"] = json!(dice.chance(25));
        if entry.get("capability").is_some() && dice.chance(20) {
            entry["policy"] = json!(dice.of(&["p", "q"]));
        }
        if entry["extension"] != json!(format!("e{own}")) {
            requires.push(entry);
        }
    }
    let mut provides = Vec::new();
    for _ in 0..dice.below(2) {
        let mut entry = json!({"capability": capability(dice), "exclusive": dice.chance(15)});
        if dice.chance(60) {
            entry["version"] = json!(dice.of(&VERSIONS));
        }
        if dice.chance(30) {
            entry["policy"] = json!(dice.of(&["p", "q"]));
        }
        provides.push(entry);
    }
    let mut conflicts = Vec::new();
    if dice.chance(20) {
        let severity = if dice.chance(70) { "error" } else { "warning" };
        let mut entry = match dice.below(3) {
            0 => json!({"capability": capability(dice)}),
            1 => json!({"resource": "r0"}),
            _ => json!({"extension": other(dice)}),
        };
        entry["severity"] = json!(severity);
        entry["reason"] = json!("they do not get along");
        if entry.get("resource").is_none() && dice.chance(50) {
            entry["range"] = json!(dice.of(&RANGES));
        }
        if entry["extension"] != json!(format!("e{own}")) {
            conflicts.push(entry);
        }
    }
    let resources: Vec<Value> = if dice.chance(15) {
        vec![json!({"resource": "r0", "mode": dice.of(&["shared", "exclusive"])})]
    } else {
        Vec::new()
    };
    json!({"id": format!("e{own}"), "version": version, "yanked": dice.chance(8), "requires": requires,
        "provides": provides, "resources": resources, "conflicts": conflicts})
}

pub(crate) fn parse(case: &(Value, Value)) -> (Catalog, Request) {
    let catalog = Catalog::parse(case.0.to_string().as_bytes()).unwrap();
    let request = Request::parse(case.1.to_string().as_bytes(), catalog.dialect()).unwrap();
    (catalog, request)
}

/// Every set of releases, at most one of each extension.
pub(crate) fn sets(catalog: &Catalog) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for extension in 0..u32::try_from(catalog.extensions.len()).unwrap() {
        let mut more = Vec::new();
        for release in catalog.releases_of(extension) {
            more.extend(all.iter().map(|set: &Vec<u32>| {
                let mut set = set.clone();
                set.push(release);
                set
            }));
        }
        all.extend(more);
    }
    all
}

/// Every set that satisfies a request.
pub(crate) fn solutions(catalog: &Catalog, request: &Request) -> Vec<Vec<u32>> {
    let fine = |set: &Vec<u32>| check(catalog, request, set).is_ok();
    sets(catalog).into_iter().filter(fine).collect()
}
