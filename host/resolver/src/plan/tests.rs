use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::random::{Dice, case, parse};

fn told(catalog: &Value, request: &Value) -> Vec<String> {
    let options = crate::Options::default();
    let (catalog, request) = (catalog.to_string(), request.to_string());
    let bytes = crate::resolve_json(catalog.as_bytes(), request.as_bytes(), options).unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = answer["plan"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let parts = [&step["action"], &step["id"], &step["from"], &step["version"]].map(text);
            format!("{} {}", step["step"], parts.join(" "))
        })
        .collect()
}

#[test]
fn each_step_holds() {
    let catalog = json!({"extensions": [
        {"id": "portal", "version": "1.0.0", "requires": [{"extension": "forms", "range": "^1"}]},
        {"id": "portal", "version": "2.0.0", "requires": [{"extension": "forms", "range": "^2"}, {"extension": "mail"}]},
        {"id": "forms", "version": "1.0.0"}, {"id": "forms", "version": "2.0.0"},
        {"id": "mail", "version": "1.0.0"}, {"id": "fax", "version": "1.0.0"}]});
    let installed = json!([{"id": "portal", "version": "1.0.0"}, {"id": "forms", "version": "1.0.0"},
        {"id": "fax", "version": "1.0.0"}, {"id": "gone", "version": "1.0.0"}]);
    let request = json!({"requested": [{"id": "portal", "range": "^2"}], "installed": installed});
    let plan = told(&catalog, &request);
    assert_eq!(plan.first().unwrap(), "1 deactivate gone  1.0.0");
    let place = |step: &str| plan.iter().position(|told| told.ends_with(step)).unwrap();
    assert!(place("activate mail  1.0.0") < plan.len() - 1);
    assert!(
        plan.iter().any(|step| step.ends_with("deactivate fax  1.0.0")),
        "{plan:?}"
    );
    assert_eq!(told(&catalog, &json!({"requested": [{"id": "portal"}]})), [""; 0]);
}

#[test]
fn a_plan_ends_in_the_answer_and_breaks_nothing_on_the_way() {
    let mut walked = 0;
    for seed in 0..600 {
        let case = case(&mut Dice::new(500_000 + seed), 3 + seed % 4);
        let (catalog, request) = parse(&case);
        let answer = crate::resolve(&catalog, &request, crate::Options::default());
        if answer.status != crate::Status::Resolved || request.installed.is_empty() {
            assert!(answer.plan.is_empty());
            continue;
        }
        let situation = Situation::new(&catalog, &request);
        let find = |id: &str, version: &str| {
            let extension = catalog.extension(id)?;
            Some((extension, catalog.find(extension, &version.parse().unwrap())?))
        };
        let mut rules = Declared {
            catalog: &catalog,
            situation: &situation,
        };
        let mut active: BTreeMap<u32, u32> = situation.installed.iter().copied().collect();
        let chosen = answer.extensions.iter();
        let chosen = chosen.filter(|chosen| !answer.quarantined.contains(&chosen.id));
        let target: BTreeMap<u32, u32> = chosen.filter_map(|c| find(&c.id, &c.version)).collect();
        let mut allowed = rules.broken(&active);
        allowed.extend(rules.broken(&target));
        for together in answer.plan.chunk_by(|one, other| one.step == other.step) {
            for step in together {
                match (step.action, find(&step.id, &step.version)) {
                    ("deactivate", Some((extension, _))) => drop(active.remove(&extension)),
                    (_, Some((extension, release))) => drop(active.insert(extension, release)),
                    (_, None) => {}
                }
            }
            let broken = rules.broken(&active);
            assert!(
                broken.iter().all(|fact| allowed.contains(fact)),
                "seed {seed}\n{}\n{}",
                case.0,
                case.1
            );
            walked += 1;
        }
        assert_eq!(active, target, "seed {seed}");
    }
    assert!(walked > 200, "{walked}");
}
