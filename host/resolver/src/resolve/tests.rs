use serde_json::{Value, json};

use super::*;
use crate::random::{Dice, case};

fn answer(catalog: &Value, request: &Value) -> Value {
    let bytes = resolve_json(catalog.to_string().as_bytes(), request.to_string().as_bytes()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn kinds(answer: &Value) -> Vec<&str> {
    let conflicts = answer["conflicts"].as_array().unwrap();
    conflicts.iter().map(|conflict| conflict["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_site_is_resolved_in_levels_with_reasons() {
    let catalog = json!({"extensions": [
        {"id": "portal", "version": "v1.0.0", "requires": [{"extension": "forms", "range": "^2"}, {"capability": "mail"}]},
        {"id": "forms", "version": "2.1.0"}, {"id": "forms", "version": "3.0.0"},
        {"id": "postbox", "version": "1.0.0", "provides": [{"capability": "mail", "version": "1.2.0"}]}]});
    let answer = answer(&catalog, &json!({"site": "s", "requested": [{"id": "portal"}]}));
    assert_eq!(answer["status"], "resolved");
    assert_eq!(answer["activation"], json!([["forms", "postbox"], ["portal"]]));
    assert_eq!(answer["extensions"][0]["because"], json!(["`portal` 1.0.0 requires it (^2)"]));
    assert_eq!(answer["dependencies"][0]["resolved_provider"], "postbox");
    assert_eq!(answer["dependencies"][0]["resolved_version"], "1.2.0");
}

#[test]
fn three_missing_requirements_are_three_conflicts() {
    let catalog = json!({"extensions": [{"id": "a", "version": "1.0.0",
        "requires": [{"extension": "x"}, {"capability": "y"}, {"extension": "b", "range": "^2"}]},
        {"id": "b", "version": "1.0.0"}, {"id": "b", "version": "2.0.0-rc.1"}]});
    let answer = answer(&catalog, &json!({"requested": [{"id": "a"}]}));
    assert_eq!(answer["status"], "conflict");
    let mut found = kinds(&answer);
    found.sort_unstable();
    assert_eq!(found, ["missing", "missing", "out-of-range"]);
    assert!(answer["explanation"].to_string().contains("only because pre-releases are not asked for"), "{answer:#}");
    assert_eq!(answer["fixes"][0]["kind"], "drop");
}

#[test]
fn unknown_ids_are_conflicts_with_near_names() {
    let catalog = json!({"extensions": [{"id": "portal", "version": "1.0.0"}]});
    let answer = answer(&catalog, &json!({"requested": [{"id": "portl"}], "installed": [{"id": "old", "version": "1.0.0"}]}));
    assert_eq!(kinds(&answer), ["missing"]);
    let text = answer["explanation"].to_string();
    assert!(text.contains("the catalog does not have `portl` (it has `portal`)"), "{text}");
    assert!(answer["warnings"].to_string().contains("it can't be kept"));
}

#[test]
fn a_cycle_quarantines_its_members_and_who_depends_on_them() {
    let requires = |id: &str| json!([{"extension": id}]);
    let catalog = json!({"extensions": [
        {"id": "a", "version": "1.0.0", "requires": requires("b")}, {"id": "b", "version": "1.0.0", "requires": requires("a")},
        {"id": "c", "version": "1.0.0", "requires": requires("a")}, {"id": "d", "version": "1.0.0"}]});
    let answer = answer(&catalog, &json!({"requested": [{"id": "c"}, {"id": "d"}]}));
    assert_eq!(answer["status"], "resolved");
    assert_eq!(answer["quarantined"], json!(["a", "b", "c"]));
    assert_eq!(answer["activation"], json!([["d"]]));
    assert_eq!(kinds(&answer), ["cycle"]);
}

#[test]
fn a_budget_that_is_used_up_is_unknown() {
    let mut extensions = Vec::new();
    for pigeon in 0..9 {
        extensions.push(json!({"id": format!("p{pigeon}"), "version": "1.0.0",
            "requires": [{"capability": format!("hole-for-{pigeon}")}]}));
        for hole in 0..8 {
            extensions.push(json!({"id": format!("p{pigeon}-in-{hole}"), "version": "1.0.0",
                "provides": [{"capability": format!("hole-for-{pigeon}")}],
                "resources": [{"resource": format!("hole-{hole}"), "mode": "exclusive"}]}));
        }
    }
    let catalog = Catalog::parse(json!({"extensions": extensions}).to_string().as_bytes()).unwrap();
    let requested: Vec<Value> = (0..9).map(|pigeon| json!({"id": format!("p{pigeon}")})).collect();
    let request = Request::parse(json!({"requested": requested}).to_string().as_bytes(), catalog.dialect()).unwrap();
    let answer = resolve(&catalog, &request, Options { budget: 50 });
    assert_eq!(answer.status, Status::Unknown);
    assert!(answer.decisions <= 50, "{}", answer.decisions);
}

#[test]
fn the_same_bytes_for_any_order_of_the_input() {
    for seed in 0..150 {
        let mut dice = Dice::new(300_000 + seed);
        let (mut catalog, mut request) = case(&mut dice, 3 + seed % 4);
        let before = resolve_json(catalog.to_string().as_bytes(), request.to_string().as_bytes()).unwrap();
        shuffle(&mut catalog, &mut dice);
        shuffle(&mut request, &mut dice);
        let after = resolve_json(catalog.to_string().as_bytes(), request.to_string().as_bytes()).unwrap();
        assert_eq!(String::from_utf8(before), String::from_utf8(after), "seed {seed}");
    }
}

fn shuffle(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Array(items) => {
            for at in (1..items.len()).rev() {
                items.swap(at, usize::try_from(dice.below(at as u64 + 1)).unwrap());
            }
            items.iter_mut().for_each(|item| shuffle(item, dice));
        }
        Value::Object(map) => map.values_mut().for_each(|value| shuffle(value, dice)),
        _ => {}
    }
}

#[test]
fn a_chain_of_200_000_fits_a_small_stack() {
    let run = || {
        let count = 200_000;
        let extensions: Vec<String> = (0..count)
            .map(|at| match at + 1 {
                next if next == count => format!(r#"{{"id":"e{at}","version":"1.0.0"}}"#),
                next => format!(r#"{{"id":"e{at}","version":"1.0.0","requires":[{{"extension":"e{next}"}}]}}"#),
            })
            .collect();
        let catalog = format!(r#"{{"extensions":[{}]}}"#, extensions.join(","));
        let catalog = Catalog::parse(catalog.as_bytes()).unwrap();
        let request = Request::parse(br#"{"requested":[{"id":"e0"}]}"#, catalog.dialect()).unwrap();
        let answer = resolve(&catalog, &request, Options::default());
        assert_eq!(answer.status, Status::Resolved);
        assert_eq!(answer.activation.len(), count);
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}
