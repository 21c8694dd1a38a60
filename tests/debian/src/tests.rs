use std::collections::BTreeSet;

use crate::compare::{check, converted};
use crate::control::packages;
use crate::convert::{Shape, id};

/// Names of what can't be installed, the same in every shape of versions.
fn broken(index: &str) -> Vec<String> {
    let all = packages(index);
    let mut shapes = [Shape::Major, Shape::Minor, Shape::Patch, Shape::Build].map(|shape| {
        let (json, ids) = converted(&all, shape).unwrap();
        check(&json, &ids).unwrap().broken
    });
    for other in &shapes[1..] {
        assert_eq!(&shapes[0], other);
    }
    std::mem::take(&mut shapes[0]).into_iter().collect()
}

#[test]
fn ids_are_kebab_case_and_tell_names_apart() {
    let names = [
        "libstdc++6",
        "g++",
        "python3.11",
        "a--b",
        "a-b",
        "rts-1.0.2-",
        "rts-1.0.2",
        "x+-dev",
        "x.y",
    ];
    let ids: BTreeSet<String> = names.iter().map(|name| id(name)).collect();
    assert_eq!(ids.len(), names.len());
    for id in &ids {
        assert!(
            !id.contains("--") && !id.starts_with('-') && !id.ends_with('-'),
            "{id}"
        );
    }
    assert_eq!(id("libstdc++6"), "libstdc-plus-plus-6");
}

#[test]
fn versions_alternatives_and_providers_keep_their_meaning() {
    let index = "Package: app\nVersion: 1\nDepends: lib (>= 1.0~rc1), mta | cron\n\n\
        Package: lib\nVersion: 1.0~rc2-1\n\n\
        Package: old\nVersion: 1\nDepends: lib (>> 1.0)\n\n\
        Package: postfix\nVersion: 3:3\nProvides: mta\nConflicts: mta\n\n\
        Package: exim\nVersion: 4\nProvides: mta (= 4)\nConflicts: mta\n\n\
        Package: both\nVersion: 1\nDepends: postfix, exim\n\n\
        Package: newer\nVersion: 1\nDepends: mta (>= 4)\n\n\
        Package: unversioned\nVersion: 1\nDepends: postfix, mta (>= 1)\n\n\
        Package: breaker\nVersion: 1\nBreaks: lib (<< 1.0)\nDepends: app\n\n\
        Package: itself\nVersion: 1\nDepends: itself (>= 1) | nothing\nBreaks: itself (<< 1)\n";
    assert_eq!(broken(index), ["both", "breaker", "old", "unversioned"]);
}
