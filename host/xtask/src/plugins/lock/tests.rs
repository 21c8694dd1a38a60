use super::{Lock, Locked, disagreement};
use crate::scratch::Scratch;

fn locked() -> Locked {
    Locked {
        file: "payroll.wasm".into(),
        source: "sha256:aa".into(),
        component: "sha256:bb".into(),
        toolchain: "rustc 1.95.0 (x), \"quoted\"".into(),
    }
}

#[test]
fn a_lock_survives_writing_and_a_missing_one_is_empty() {
    let folder = Scratch::new("lock").unwrap();
    assert_eq!(Lock::read(folder.path()).unwrap(), Lock::default());
    let lock = Lock {
        plugin: [("payroll".to_owned(), locked())].into(),
    };
    lock.write(folder.path()).unwrap();
    assert_eq!(Lock::read(folder.path()).unwrap(), lock);
}

#[test]
fn a_lock_with_unknown_fields_is_refused() {
    let folder = Scratch::new("lock-unknown").unwrap();
    std::fs::write(folder.path().join("plugins.lock"), "[plugins.x]\n").unwrap();
    let error = format!("{:#}", Lock::read(folder.path()).unwrap_err());
    assert!(error.contains("cargo xtask plugins"), "{error}");
}

#[test]
fn agreement_is_silent_and_every_disagreement_names_plugin_and_remedy() {
    let locked = locked();
    assert_eq!(
        disagreement("payroll", Some(&locked), "sha256:aa", Some("sha256:bb")),
        None
    );
    for (case, what) in [
        (disagreement("payroll", None, "sha256:aa", None), "never built"),
        (
            disagreement("payroll", Some(&locked), "sha256:cc", Some("sha256:bb")),
            "sources changed",
        ),
        (
            disagreement("payroll", Some(&locked), "sha256:aa", None),
            "missing",
        ),
        (
            disagreement("payroll", Some(&locked), "sha256:aa", Some("sha256:cc")),
            "not what was built",
        ),
    ] {
        let sentence = case.unwrap();
        assert!(
            sentence.starts_with("payroll: ") && sentence.contains(what),
            "{sentence}"
        );
        assert!(sentence.contains("`cargo xtask plugins payroll`"), "{sentence}");
    }
}

#[test]
fn a_plugin_without_sources_is_named() {
    let lock = Lock {
        plugin: [("gone".to_owned(), locked()), ("here".to_owned(), locked())].into(),
    };
    let sentences = lock.strangers(["here"].into_iter());
    assert_eq!(sentences.len(), 1);
    assert!(sentences[0].starts_with("gone: "), "{sentences:?}");
}
