//! Every example of the reference is tried, so that the page made of it cannot be wrong.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::{COMMON_KEYS, Finding, RuleSet, reference};

#[test]
fn every_example_does_what_the_reference_says() {
    let today = NaiveDate::from_ymd_opt(2026, 1, 1);
    for kind in reference() {
        let rule: Value = serde_json::from_str(kind.example).unwrap();
        assert_eq!(rule["rule"], kind.name);
        let set =
            RuleSet::parse(&json!([rule])).unwrap_or_else(|problems| panic!("{}: {problems:?}", kind.name));
        let kept = findings(&set, kind.kept, today);
        assert!(kept.is_empty(), "{}: {kept:?}", kind.name);
        let broken = findings(&set, kind.broken, today);
        assert_eq!(broken.len(), 1, "{}: {broken:?}", kind.name);
        assert!(!broken[0].message.is_empty());
    }
}

fn findings(set: &RuleSet, data: &str, today: Option<NaiveDate>) -> Vec<Finding> {
    let data: Value = serde_json::from_str(data).unwrap();
    if !set.spans_documents() {
        return set.evaluate_on(&data, today);
    }
    let documents: Vec<&Value> = data.as_array().unwrap().iter().collect();
    for document in &documents {
        assert!(set.evaluate_on(document, today).is_empty(), "{document}");
    }
    let found = set.evaluate_together(&documents, today);
    found.into_iter().map(|(_, finding)| finding).collect()
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
