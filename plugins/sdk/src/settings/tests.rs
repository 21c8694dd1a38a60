use rust_decimal::Decimal;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    #[serde(with = "super::decimal")]
    tolerance: Decimal,
    days: u32,
    nested: Nested,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Nested {
    list: Vec<bool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance: Decimal::new(1, 2),
            days: 31,
            nested: Nested::default(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Required {
    #[expect(dead_code, reason = "only its type matters")]
    name: String,
}

fn pointers<S: DeserializeOwned + std::fmt::Debug>(text: &str) -> Vec<String> {
    read::<S>(text)
        .unwrap_err()
        .into_iter()
        .map(|problem| problem.pointer)
        .collect()
}

#[test]
fn nothing_is_an_empty_object() {
    for text in ["", "null", "{}"] {
        assert_eq!(read::<Settings>(text).unwrap().days, 31);
    }
}

#[test]
fn amounts_are_exact_however_written() {
    assert_eq!(
        read::<Settings>(r#"{"tolerance": "0.05"}"#).unwrap().tolerance,
        Decimal::new(5, 2)
    );
    assert_eq!(
        read::<Settings>(r#"{"tolerance": 0.05}"#).unwrap().tolerance,
        Decimal::new(5, 2)
    );
    assert!(
        read::<Settings>(r#"{"days": 5, "nested": {"list": [true]}}"#)
            .unwrap()
            .nested
            .list[0]
    );
}

#[test]
fn every_problem_at_once_with_its_place() {
    let text = r#"{"tolerance": "a little", "days": -1, "nested": {"list": [true, 7]}, "more": 1}"#;
    let mut found = pointers::<Settings>(text);
    found.sort();
    assert_eq!(found, ["/days", "/more", "/nested/list/1", "/tolerance"]);
    assert_eq!(
        pointers::<Settings>(r#"{"nested": {"a/b": 1}}"#),
        ["/nested/a~1b"]
    );
    assert_eq!(pointers::<NoSettings>(r#"{"x": 1}"#), ["/x"]);
}

#[test]
fn a_required_field_is_reported_once() {
    assert_eq!(pointers::<Required>("{}"), [""]);
    assert_eq!(pointers::<Required>(r#"{"name": 7}"#), ["/name"]);
    assert_eq!(pointers::<Required>("[]").len(), 1);
    assert_eq!(pointers::<Required>("{").len(), 1);
}
