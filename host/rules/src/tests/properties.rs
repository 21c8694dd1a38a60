//! What holds for all input: no panic, the same answer twice, bounded output.

use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

use crate::limits::{MAX_FINDINGS, MAX_PROBLEMS, WORK_REACHED};
use crate::{Path, RuleSet, check, reference};

/// Names that rules and data share, so that paths often lead somewhere.
const NAMES: [&str; 6] = ["a", "b", "lines", "total", "odd name", "é"];

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,25})?"
            .prop_map(|text| Value::Number(text.parse::<Number>().unwrap())),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "-?[0-9]{1,40}(\\.[0-9]{0,5})?",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "[a-z]{0,3}",
        Just("a{1000}{1000}".to_owned()),
        Just("(".repeat(200)),
    ]
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name =
            prop_oneof![4 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        Just(".a".to_owned()),
        Just(".b".to_owned()),
        Just("[*]".to_owned()),
        Just("[0]".to_owned()),
        Just("[\"odd name\"]".to_owned()),
        Just(".total".to_owned()),
        text(),
    ];
    (
        prop::sample::select(&NAMES[..4]),
        prop::collection::vec(step, 0..4),
    )
        .prop_map(|(first, rest)| format!("{first}{}", rest.concat()))
}

/// An operand: often of the right kind, sometimes anything.
fn operand(key: &'static str) -> BoxedStrategy<Value> {
    let fit: BoxedStrategy<Value> = match key {
        "compare_to" | "within" => path().prop_map(Value::from).boxed(),
        "of" | "minus" => prop_oneof![
            path().prop_map(Value::from),
            prop::collection::vec(path(), 1..3).prop_map(|paths| json!(paths)),
        ]
        .boxed(),
        "with" | "divided_by" | "rate" => prop_oneof![path().prop_map(Value::from), number()].boxed(),
        "offset" => Just(json!("+01:00")).boxed(),
        "places" | "length" => (0..12).prop_map(Value::from).boxed(),
        "where" => condition().boxed(),
        "values" => prop::collection::vec(number(), 1..4)
            .prop_map(Value::from)
            .boxed(),
        "days" | "min" => (0..5).prop_map(Value::from).boxed(),
        "max" => (5..9).prop_map(Value::from).boxed(),
        "type" => prop::sample::select(vec!["integer", "decimal", "date", "array"])
            .prop_map(Value::from)
            .boxed(),
        "tolerance" => Just(json!(0.01)).boxed(),
        _ => prop_oneof![number(), text().prop_map(Value::from)].boxed(),
    };
    prop_oneof![6 => fit, 1 => data()].boxed()
}

/// A condition on what stands under a list, for the quantifiers.
fn condition() -> impl Strategy<Value = Value> {
    let field = (
        prop::sample::select(&NAMES[..4]),
        prop::sample::select(vec!["", ".a", ".b", "[*]"]),
    )
        .prop_map(|(list, rest)| format!("{list}[*]{rest}"));
    let leaf = prop_oneof![
        field
            .clone()
            .prop_map(|field| json!({"field": field, "rule": "required"})),
        (field.clone(), number())
            .prop_map(|(field, value)| json!({"field": field, "rule": "equal", "value": value})),
        field.prop_map(|field| json!({"field": field, "rule": "unique"})),
    ];
    leaf.prop_recursive(3, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| json!({"not": part})),
            (prop::sample::select(&NAMES[..4]), inner.clone())
                .prop_map(|(list, part)| json!({"field": list, "rule": "any", "where": part})),
            prop::collection::vec(inner, 1..3).prop_map(|parts| json!({"all": parts})),
        ]
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let kinds: Vec<_> = reference().collect();
    let body = (prop::sample::select(kinds), path()).prop_flat_map(|(kind, field)| {
        let keys: Vec<_> = kind.operands.iter().map(|operand| operand.name).collect();
        // compare_to and value exclude each other.
        let skipped = if keys.contains(&"compare_to") {
            vec!["compare_to", "value"]
        } else {
            vec!["none"]
        };
        prop::sample::select(skipped).prop_flat_map(move |skipped| {
            let keys: Vec<_> = keys.iter().copied().filter(|key| *key != skipped).collect();
            let values: Vec<_> = keys.iter().map(|key| operand(key)).collect();
            let field = field.clone();
            values.prop_map(move |values| {
                let mut rule = Map::new();
                rule.insert("field".to_owned(), json!(field));
                rule.insert("rule".to_owned(), json!(kind.name));
                rule.extend(keys.iter().map(|key| (*key).to_owned()).zip(values));
                Value::Object(rule)
            })
        })
    });
    let body = body.boxed();
    let when = body.clone().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| json!({"not": part})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({"all": parts})),
            prop::collection::vec(inner, 1..3).prop_map(|parts| json!({"any": parts})),
        ]
    });
    (body, prop::option::of(when), any::<u16>()).prop_map(|(mut rule, when, id)| {
        rule["id"] = json!(format!("r{id}"));
        if let Some(when) = when {
            rule["when"] = when;
        }
        rule
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn anything_can_be_checked(rules in data()) {
        let problems = check(&rules);
        prop_assert!(problems.len() <= MAX_PROBLEMS + 1);
        prop_assert_eq!(&problems, &check(&rules));
    }

    #[test]
    fn rules_never_fail_on_any_data(rules in prop::collection::vec(rule(), 1..4), data in data()) {
        // One rule after the other, so that a wrong one does not hide the others.
        for rule in rules {
            if let Ok(set) = RuleSet::parse(&json!([rule])) {
                let findings = set.evaluate(&data);
                prop_assert!(findings.len() <= MAX_FINDINGS + 1);
                prop_assert_eq!(&findings, &set.evaluate(&data));
                let together = set.evaluate_together(&[&data, &Value::Null, &data], &|| None);
                prop_assert!(together.len() <= MAX_FINDINGS + 1);
                prop_assert!(together.iter().all(|(number, _)| *number < 3));
                prop_assert!(together.is_empty() || set.spans_documents());
            }
        }
    }

    #[test]
    fn a_resolved_pointer_leads_to_its_value(path in path(), data in data()) {
        if let Ok(path) = Path::parse(&path) {
            for (pointer, value) in path.resolve(&data) {
                prop_assert_eq!(data.pointer(&pointer), Some(value));
            }
        }
    }

    #[test]
    fn any_text_is_a_path_or_is_not(text in any::<String>()) {
        if let Ok(path) = Path::parse(&text) {
            prop_assert_eq!(path.as_str(), text);
        }
    }
}

#[test]
fn most_generated_rules_are_right() {
    // Otherwise the property above would hold for want of rules.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let right = (0..200)
        .filter(|_| {
            let rule = proptest::strategy::ValueTree::current(&rule().new_tree(&mut runner).unwrap());
            check(&json!([rule])).is_empty()
        })
        .count();
    assert!(right > 50, "only {right} of 200");
}

#[test]
fn too_much_work_ends_with_a_finding_that_says_so() {
    let lines: Vec<Value> = (0..3_000)
        .map(|number| json!({"a": number, "b": number}))
        .collect();
    // For each of 3,000 totals a sum over 3,000 lines.
    let rules =
        json!([{"field": "totals[*]", "rule": "sum_equals", "of": "lines[*].a", "tolerance": "1000000000"}]);
    let data = json!({"lines": lines, "totals": (0..3_000).collect::<Vec<_>>()});
    let findings = RuleSet::parse(&rules).unwrap().evaluate(&data);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, WORK_REACHED);
}

#[test]
fn the_work_of_patterns_is_bounded() {
    let rules: Vec<Value> = (0..200)
        .map(|number| json!({"id": format!("p{number}"), "field": "text", "rule": "pattern", "pattern": "(a|b|ab){1,200}c"}))
        .collect();
    let data = json!({"text": "ab".repeat(8_000)});
    let started = std::time::Instant::now();
    let findings = RuleSet::parse(&json!(rules)).unwrap().evaluate(&data);
    assert_eq!(findings.last().unwrap().rule, WORK_REACHED);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn the_work_of_quantifiers_within_quantifiers_is_bounded() {
    let inner =
        json!({"field": "b", "rule": "any", "where": {"field": "b[*]", "rule": "equal", "compare_to": "c"}});
    let outer = json!({"any": [{"field": "a[*]", "rule": "required"}, {"not": inner}]});
    let rules = json!([{"field": "a", "rule": "none", "where": {"all": [outer, inner]}}]);
    let many: Vec<u32> = (0..3_000).collect();
    let findings = RuleSet::parse(&rules)
        .unwrap()
        .evaluate(&json!({"a": many, "b": many, "c": -1}));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, WORK_REACHED);
}

#[test]
fn the_work_of_uniqueness_is_bounded_however_one_number_is_written() {
    let spellings: Vec<String> = (0..4_000)
        .map(|zeros| format!("{}1", "0".repeat(zeros)))
        .collect();
    let rules =
        json!([{"field": "n[*]", "rule": "unique"}, {"field": "n[*]", "rule": "unique_across_documents"}]);
    let set = RuleSet::parse(&rules).unwrap();
    let data = json!({"n": spellings});
    let findings = set.evaluate(&data);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, WORK_REACHED);
    let (number, finding) = set
        .evaluate_together(&[&json!({"n": [1]}), &data], &|| None)
        .pop()
        .unwrap();
    assert_eq!(
        (number, finding.rule.as_str()),
        (1, crate::limits::FINDINGS_REACHED)
    );
    // A long list of values that differ, or that are all the same, is within the bounds.
    for data in [
        json!({"n": (0..100_000).collect::<Vec<_>>()}),
        json!({"n": vec!["x"; 900]}),
    ] {
        let findings = set.evaluate(&data);
        assert!(findings.iter().all(|finding| finding.rule == "n[*].unique"));
        let together = set.evaluate_together(&[&data, &json!({})], &|| None);
        assert!(together.is_empty(), "{together:?}");
    }
}

#[test]
fn findings_are_cut_at_their_bound() {
    let data = json!({"lines": vec![Value::from("x"); 5_000]});
    let rules = json!([{"field": "lines[*]", "rule": "type", "type": "number"}]);
    let findings = RuleSet::parse(&rules).unwrap().evaluate(&data);
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    assert_eq!(findings.last().unwrap().rule, crate::limits::FINDINGS_REACHED);
}

#[test]
fn problems_are_cut_at_their_bound() {
    let problems = check(&json!(vec![json!({"rule": "required"}); 400]));
    assert_eq!(problems.len(), MAX_PROBLEMS + 1);
    assert!(problems.last().unwrap().message.contains("more than"));
}

#[test]
fn deep_data_and_deep_conditions_do_not_recurse() {
    let mut deep = json!(1);
    let mut when = json!({"field": "a", "rule": "required"});
    for _ in 0..2_000 {
        deep = json!([deep]);
        when = json!({"not": when});
    }
    let rules =
        json!([{"field": "a", "rule": "equal", "value": 1}, {"field": "a", "rule": "length", "min": 5}]);
    assert_eq!(
        RuleSet::parse(&rules)
            .unwrap()
            .evaluate(&json!({"a": deep}))
            .len(),
        2
    );
    let problems = check(&json!([{"field": "a", "rule": "required", "when": when}]));
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn a_set_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<RuleSet>();
}
