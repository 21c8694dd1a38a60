//! Every example of the reference is tried, so that the page made of it cannot be wrong.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::page::tried;
use crate::{COMMON_KEYS, reference};

#[test]
fn every_example_does_what_the_reference_says() {
    for kind in reference() {
        let rule: Value = serde_json::from_str(kind.example).unwrap();
        assert_eq!(rule["rule"], kind.name);
        let kept = tried(kind, kind.kept).unwrap();
        assert!(kept.is_empty(), "{}: {kept:?}", kind.name);
        let broken = tried(kind, kind.broken).unwrap();
        assert_eq!(broken.len(), 1, "{}: {broken:?}", kind.name);
        assert!(!broken[0].1.message.is_empty());
    }
}

#[test]
fn names_are_unique_and_operands_are_documented_once() {
    let mut names = HashSet::new();
    for kind in reference() {
        assert!(names.insert(kind.name), "{} stands twice", kind.name);
        let keys = COMMON_KEYS
            .iter()
            .chain(kind.operands)
            .map(|operand| operand.name);
        let mut seen = HashSet::new();
        for key in keys {
            assert!(seen.insert(key), "{} has {key} twice", kind.name);
        }
    }
    assert!(names.len() >= 20);
}

#[test]
fn a_required_operand_is_missed() {
    for kind in reference() {
        for operand in kind.operands.iter().filter(|operand| operand.required) {
            let mut rule: Value = serde_json::from_str(kind.example).unwrap();
            rule.as_object_mut().unwrap().remove(operand.name);
            let problems = crate::check(&json!([rule]));
            let pointer = format!("/0/{}", operand.name);
            assert!(
                problems.iter().any(|problem| problem.pointer == pointer),
                "{}: {problems:?}",
                kind.name
            );
        }
    }
}
