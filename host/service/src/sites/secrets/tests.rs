use std::sync::Arc;

use super::*;
use crate::Problem;
use crate::vault::{SystemRandomness, WrittenKeys};

fn schema() -> Secrets {
    Secrets::of(&json!({"properties": {
        "key": {MARK: true},
        "all": {MARK: true, "type": "object"},
        "users": {"items": {"properties": {"password": {MARK: true}}}},
    }}))
}

fn sealer() -> Sealer {
    Sealer {
        client: ClientId(uuid::Uuid::nil()),
        vault: Vault::new(
            Arc::new(WrittenKeys::one("k", &[1; 32])),
            Arc::new(SystemRandomness),
        ),
        hash: Ok(HashKey::new(&[2; 32])),
    }
}

fn with(value: Value) -> (Form, Plain) {
    let (sealer, id) = (sealer(), "a".parse().unwrap());
    let form = sealer.form(&id, &Plain::given(value), &schema()).unwrap();
    let (site, version) = (SiteId(uuid::Uuid::nil()), VersionId(uuid::Uuid::nil()));
    let stored = sealer.sealed(site, &id, version, &form).unwrap();
    let plain = sealer
        .opened(version, &form.configuration, &form.places, &stored)
        .unwrap();
    (form, plain)
}

fn kept(there: &Value, mut given: Value) -> Value {
    let (_, there) = with(there.clone());
    let mut plain = Plain::given(given.take());
    plain.keep(|| Ok(there)).unwrap();
    plain.value
}

#[test]
fn a_form_holds_digests_and_opens_to_what_was_given() {
    let value =
        json!({"key": "hunter2", "all": {"x": 1}, "users": [{"name": "n", "password": "pw"}], "size": 3});
    let (form, plain) = with(value.clone());
    assert_eq!(form.places, ["/all", "/key", "/users/0/password"]);
    assert_eq!(plain.value, value);
    assert!(
        !form.canonical.contains("hunter2") && !form.canonical.contains("\"pw\""),
        "{}",
        form.canonical
    );
    assert!(!format!("{form:?} {plain:?}").contains("hunter2"));
    // The same secret, the same digest; another place, another one.
    assert_eq!(with(value.clone()).0.canonical, form.canonical);
    assert_ne!(
        with(json!({"key": "hunter3"})).0.canonical,
        with(json!({"key": "hunter2"})).0.canonical
    );
    let twice = with(json!({"users": [{"password": "x"}, {"password": "x"}]}))
        .0
        .configuration;
    assert_ne!(twice["users"][0], twice["users"][1]);
}

#[test]
fn marks_keep_what_is_there_and_are_never_given_to_another_one() {
    let there = json!({"key": "k", "users": [{"name": "a", "password": "pa"}, {"name": "b", "password": "pb"}], "size": 1});
    assert_eq!(
        kept(&there, json!({"key": HIDDEN, "size": 2})),
        json!({"key": "k", "size": 2})
    );
    // Without the first one, or in another order: each keeps its own.
    let b = json!({"name": "b", "password": HIDDEN});
    let a = json!({"name": "a", "password": HIDDEN});
    assert_eq!(kept(&there, json!({"users": [b]}))["users"][0]["password"], "pb");
    assert_eq!(
        kept(&there, json!({"users": [b, a]})),
        json!({"users": [
        {"name": "b", "password": "pb"}, {"name": "a", "password": "pa"}]})
    );
    // Nobody who was there: nothing is kept.
    let c = json!({"users": [{"name": "c", "password": HIDDEN}]});
    assert_eq!(kept(&there, c.clone()), c);
    let two = json!({"users": [{"name": "x", "password": "1"}, {"name": "x", "password": "2"}]});
    let moved = json!({"users": [{"name": "y"}, {"name": "z"}, {"name": "x", "password": HIDDEN}]});
    assert_eq!(kept(&two, moved.clone()), moved, "either could be meant");
}

#[test]
fn what_was_secret_stays_so_under_a_release_that_does_not_say_it() {
    let (_, plain) = with(json!({"key": "hunter2", "size": 1}));
    let form = sealer()
        .form(&"a".parse().unwrap(), &plain, &Secrets::default())
        .unwrap();
    assert_eq!(form.places, ["/key"]);
    let outer = Secrets::of(&json!({MARK: true}));
    let form = sealer().form(&"a".parse().unwrap(), &plain, &outer).unwrap();
    assert_eq!(form.places, [""], "the outer one holds the inner one");
}

#[test]
fn digests_can_not_be_forged_and_keys_are_needed() {
    let forged = Plain::given(json!({"a": [{"b": {MARK: "00"}}]}));
    assert_eq!(forged.forged().as_deref(), Some("/a/0/b/x-assay-secret"));
    let mut none = sealer();
    none.vault = Vault::default();
    let id = "a".parse().unwrap();
    let secret = Plain::given(json!({"key": "x"}));
    assert_eq!(
        none.form(&id, &secret, &schema()).unwrap_err(),
        SecretError::NoKey
    );
    assert!(
        none.form(&id, &Plain::given(json!({"size": 1})), &schema())
            .is_ok()
    );
}

#[test]
fn what_holds_a_part_of_a_secret_is_not_said() {
    let plain = Plain::given(json!({"key": "Tr0ub4dor&3\n", "all": {"inner-name": 71_828_182}}));
    let unsaid = plain.unsaid(&schema());
    for leak in [
        "the key Tr0ub4dor&3 is wrong",
        "tr0ub4",
        "cut at Tr0ub4d",
        "VHIwdWI0ZG9yJjMK",
        "547230756234646f72",
        "Tr0ub4dor%263",
        "3&rod4bu0rT",
        "is 71828182",
        "unexpected `inner-name`",
    ] {
        assert!(unsaid.is_in(leak), "{leak}");
        let problem = unsaid.problem(Problem::new("/size", leak));
        assert_eq!(
            (problem.pointer.as_str(), problem.message.as_str()),
            ("/size", UNSAID)
        );
    }
    assert!(!unsaid.is_in("is too short, or is no key"));
    let deep = unsaid.problem(Problem::new("/all/inner-name", "is too large"));
    assert_eq!(
        (deep.pointer.as_str(), deep.message.as_str()),
        ("/all", "is too large")
    );
    let told = unsaid.problem(Problem::new("/Tr0ub4dor&3", "is wrong"));
    assert_eq!(told.pointer, "");
    assert!(!format!("{unsaid:?}").contains("ub4"));
}

#[test]
fn many_secrets_are_refused_and_take_no_time() {
    let users: Vec<_> = (0..20_000)
        .map(|n| json!({"name": n, "password": format!("password {n}")}))
        .collect();
    let (sealer, id) = (sealer(), "a".parse().unwrap());
    let start = std::time::Instant::now();
    let plain = Plain::given(json!({"users": users}));
    let refused = sealer.form(&id, &plain, &schema()).unwrap_err();
    assert_eq!(refused, SecretError::TooMany(1_000));
    let unsaid = plain.unsaid(&schema());
    assert!(unsaid.is_in("anything: there is too much to look for"));
    // The same with marks, backwards: each is looked for once.
    let marked: Vec<_> = (0..20_000)
        .rev()
        .map(|n| json!({"name": n, "password": HIDDEN}))
        .collect();
    let there = plain.also(&schema());
    let mut given = Plain::given(json!({"users": marked}));
    given.keep(|| Ok(there)).unwrap();
    assert_eq!(given.value["users"][0]["password"], "password 19999");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
