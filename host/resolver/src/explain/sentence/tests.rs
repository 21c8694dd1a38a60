use serde_json::{Value, json};

/// The explanation of a request that can't be satisfied, without the words that all begin with.
fn why(extensions: &Value, request: &Value) -> Vec<String> {
    let catalog = json!({ "extensions": extensions }).to_string();
    let request = request.to_string();
    let options = crate::Options::default();
    let bytes = crate::resolve_json(catalog.as_bytes(), request.as_bytes(), options).unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(answer["status"], "conflict", "{answer:#}");
    let sentences = answer["explanation"].as_array().unwrap().iter();
    let mut sentences: Vec<String> = sentences
        .map(|sentence| {
            let sentence = sentence.as_str().unwrap();
            sentence
                .strip_prefix("This can't all hold: ")
                .unwrap_or(sentence)
                .to_owned()
        })
        .collect();
    sentences.sort();
    sentences
}

fn asks(ids: &[&str]) -> Value {
    let requested: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    json!({ "requested": requested })
}

#[test]
fn what_is_missing() {
    let catalog = json!([{"id": "portal", "version": "1.0.0",
        "requires": [{"extension": "forms", "range": "^2"}, {"capability": "mail"}]}]);
    assert_eq!(
        why(&catalog, &asks(&["portal", "portl"])),
        [
            "you asked for `portal`; `portal` 1.0.0 requires `forms` (^2); the catalog does not have `forms`.",
            "you asked for `portal`; `portal` 1.0.0 requires the capability `mail` (any version); nothing in the catalog provides `mail`.",
            "you asked for `portl`; the catalog does not have `portl` (it has `portal`).",
        ]
    );
}

#[test]
fn what_is_out_of_range() {
    let catalog = json!([
        {"id": "portal", "version": "1.0.0", "requires": [{"extension": "forms", "range": "^2"}, {"capability": "mail", "range": "^2", "policy": "strict"}]},
        {"id": "forms", "version": "1.0.0"}, {"id": "forms", "version": "3.0.0"}, {"id": "forms", "version": "2.2.0-rc.1"},
        {"id": "forms", "version": "2.1.0", "yanked": true},
        {"id": "post", "version": "1.0.0", "provides": [{"capability": "mail", "version": "1.4.0", "policy": "strict"}]},
        {"id": "pigeon", "version": "1.0.0", "provides": [{"capability": "mail", "version": "2.0.0", "policy": "lenient"}]},
        {"id": "bottle", "version": "1.0.0", "provides": [{"capability": "mail", "policy": "strict"}]},
        {"id": "dove", "version": "1.0.0", "yanked": true, "provides": [{"capability": "mail", "version": "2.0.0", "policy": "strict"}]}]);
    assert_eq!(
        why(&catalog, &asks(&["portal"])),
        [
            "you asked for `portal`; `portal` 1.0.0 requires `forms` (^2); no version of `forms` can be chosen for it: there is only 3.0.0, 1.0.0; 2.1.0 would do, but it is yanked; 2.2.0-rc.1 is left out only because pre-releases are not asked for.",
            "you asked for `portal`; `portal` 1.0.0 requires the capability `mail` (^2) under policy `strict`; nothing provides `mail` like this: `bottle` 1.0.0 provides it without a version, `dove` 1.0.0 would do, but it is yanked, `pigeon` 1.0.0 provides it under policy `lenient`, `post` 1.0.0 provides 1.4.0.",
        ]
    );
}

#[test]
fn two_ranges_that_leave_nothing() {
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "requires": [{"extension": "c", "range": "^1"}]},
        {"id": "a", "version": "1.1.0", "requires": [{"extension": "c", "range": "^1"}]},
        {"id": "b", "version": "1.0.0", "requires": [{"extension": "c", "range": "^2"}]},
        {"id": "c", "version": "1.0.0"}, {"id": "c", "version": "1.5.0"}, {"id": "c", "version": "2.0.0"}]);
    assert_eq!(
        why(&catalog, &asks(&["a", "b"])),
        [
            "you asked for `a`; `a` in any version requires `c` (^1); you asked for `b`; `b` 1.0.0 requires `c` (^2); so no version of `c` is left: `a` leaves out 2.0.0, `b` leaves out 1.5.0, 1.0.0."
        ]
    );
}

#[test]
fn a_pin_against_a_range() {
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "requires": [{"extension": "c", "range": "^1"}]},
        {"id": "a", "version": "2.0.0", "requires": [{"extension": "c", "range": "^2"}]},
        {"id": "c", "version": "1.0.0"}, {"id": "c", "version": "2.0.0"}]);
    let request =
        json!({"requested": [{"id": "a", "range": "^2"}], "pins": [{"id": "c", "version": "1.0.0"}]});
    assert_eq!(
        why(&catalog, &request),
        [
            "you asked for `a` (^2); `a` 2.0.0 requires `c` (^2); `c` is pinned to 1.0.0; so no version of `c` is left: the pin leaves out 2.0.0, `a` leaves out 1.0.0."
        ]
    );
}

#[test]
fn policies_of_two_and_of_the_site() {
    let provides = |policy: &str| json!([{"capability": "mail", "policy": policy}]);
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "provides": provides("strict")},
        {"id": "b", "version": "1.0.0", "provides": provides("lenient")},
        {"id": "c", "version": "1.0.0", "requires": [{"capability": "mail"}]}]);
    assert_eq!(
        why(&catalog, &asks(&["a", "b"])),
        [
            "you asked for `a`; you asked for `b`; `a` 1.0.0 provides `mail` under policy `strict` and `b` 1.0.0 under `lenient`, which can't be together."
        ]
    );
    let request = json!({"requested": [{"id": "c"}], "policies": [{"capability": "mail", "policy": "calm"}]});
    assert_eq!(
        why(&catalog, &request),
        [
            "you asked for `c`; `c` 1.0.0 requires the capability `mail` (any version); the site's policy for `mail` is `calm`, which rules out `a` 1.0.0 (`strict`), `b` 1.0.0 (`lenient`)."
        ]
    );
}

#[test]
fn what_is_exclusive() {
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "provides": [{"capability": "mail", "exclusive": true}]},
        {"id": "b", "version": "1.0.0", "provides": [{"capability": "mail"}], "resources": [{"resource": "port", "mode": "exclusive"}]},
        {"id": "b", "version": "1.1.0", "provides": [{"capability": "mail"}], "resources": [{"resource": "port", "mode": "exclusive"}]},
        {"id": "c", "version": "1.0.0", "resources": [{"resource": "port", "mode": "exclusive"}]}]);
    assert_eq!(
        why(&catalog, &asks(&["a", "b", "c"])),
        [
            "you asked for `a`; you asked for `b`; `a` 1.0.0 provides `mail` and shares it with nobody, but `b` in any version provides it too.",
            "you asked for `b`; you asked for `c`; `b` in any version uses `port` and shares it with nobody, and neither does `c` 1.0.0.",
        ]
    );
}

#[test]
fn conflicts_of_each_scope() {
    let conflict = |target: &str, what: &str, range: Option<&str>| {
        let mut conflict = json!({"scope": "global", "severity": "error", "reason": "both write the ledger"});
        conflict[target] = json!(what);
        if let Some(range) = range {
            conflict["range"] = json!(range);
        }
        json!([conflict])
    };
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "conflicts": conflict("extension", "d", Some("^1"))},
        {"id": "b", "version": "1.0.0", "conflicts": conflict("capability", "mail", Some("^1"))},
        {"id": "c", "version": "1.0.0", "conflicts": conflict("resource", "port", None)},
        {"id": "d", "version": "1.0.0", "provides": [{"capability": "mail", "version": "1.0.0"}], "resources": [{"resource": "port", "mode": "shared"}]}]);
    assert_eq!(
        why(&catalog, &asks(&["a", "b", "c", "d"])),
        [
            "you asked for `a`; you asked for `d`; `a` 1.0.0 says that it conflicts with `d` (^1), so with `d` 1.0.0: both write the ledger.",
            "you asked for `b`; you asked for `d`; `b` 1.0.0 says that it conflicts with what else provides `mail` (^1), so with `d` 1.0.0: both write the ledger.",
            "you asked for `c`; you asked for `d`; `c` 1.0.0 says that it conflicts with what else uses `port`, so with `d` 1.0.0: both write the ledger.",
        ]
    );
}

#[test]
fn three_that_can_only_be_two_and_two() {
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "requires": [{"extension": "x", "range": "<3.0.0"}]},
        {"id": "b", "version": "1.0.0", "requires": [{"extension": "x", "range": ">=2.0.0"}]},
        {"id": "c", "version": "1.0.0", "requires": [{"extension": "y"}]},
        {"id": "y", "version": "1.0.0", "conflicts": [{"extension": "x", "range": "^2", "severity": "error", "scope": "global", "reason": ""}]},
        {"id": "x", "version": "1.0.0"}, {"id": "x", "version": "2.0.0"}, {"id": "x", "version": "3.0.0"}]);
    assert_eq!(
        why(&catalog, &asks(&["a", "b", "c"])),
        [
            "you asked for `a`; `a` 1.0.0 requires `x` (<3.0.0); you asked for `b`; `b` 1.0.0 requires `x` (>=2.0.0); you asked for `c`; `c` 1.0.0 requires `y` (any version); `y` 1.0.0 says that it conflicts with `x` (^2), so with `x` 2.0.0."
        ]
    );
}

#[test]
fn optional_and_still_in_the_way() {
    let catalog = json!([
        {"id": "a", "version": "1.0.0", "requires": [{"extension": "b", "range": "^2", "optional": true}]},
        {"id": "b", "version": "1.0.0"}]);
    assert_eq!(
        why(&catalog, &asks(&["a", "b"])),
        ["you asked for `a`; `a` 1.0.0 works only with `b` (^2), if with any; you asked for `b`."]
    );
}

#[test]
fn the_id_of_a_conflict_does_not_hang_on_other_releases() {
    let ids = |extra: &str| {
        let catalog = json!({"extensions": [
            {"id": "a", "version": "1.0.0", "requires": [{"extension": "c", "range": "^2"}]},
            {"id": "c", "version": "1.0.0"}, {"id": "c", "version": extra}]});
        let request = asks(&["a"]).to_string();
        let options = crate::Options::default();
        let bytes = crate::resolve_json(catalog.to_string().as_bytes(), request.as_bytes(), options).unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        answer["conflicts"][0]["id"].clone()
    };
    assert_eq!(ids("1.1.0"), ids("1.2.0"));
}
