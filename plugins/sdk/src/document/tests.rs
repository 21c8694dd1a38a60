use serde_json::json;

use super::*;

#[test]
fn what_is_missing_has_a_pointer() {
    let data = Data::from(json!({"lines": [{"a/b~c": 1}, null], "none": null}));
    assert_eq!(data.at("/none").value(), None);
    let items: Vec<_> = data.at("/lines").items().collect();
    assert_eq!(items[0].field("a/b~c").pointer(), "/lines/0/a~1b~0c");
    assert_eq!(
        data.at(items[0].field("a/b~c").pointer()).value(),
        Some(&json!(1))
    );
    assert!(items[1].is_missing());
    assert_eq!(items[1].field("amount").pointer(), "/lines/1/amount");
    assert_eq!(items[1].field("amount").amount(), Ok(None));
}

#[test]
fn amounts_are_exact() {
    let data = Data::parse(
        r#"{"a": 0.10, "b": "12.3", "c": 1e3, "d": "12,30", "e": 12345678901234567890123456789}"#,
    )
    .unwrap();
    assert_eq!(data.at("/a").amount().unwrap(), Some(Decimal::new(1, 1)));
    assert_eq!(data.at("/b").amount().unwrap(), Some(Decimal::new(123, 1)));
    assert_eq!(data.at("/c").amount().unwrap(), Some(Decimal::new(1000, 0)));
    assert_eq!(data.at("/d").amount().unwrap_err().pointer, "/d");
    let long = data.at("/e").amount().unwrap_err();
    assert!(long.message.contains("28 digits"), "{long}");
    assert!(long.actual.unwrap().is_string());
}

#[test]
fn only_days_of_the_calendar_are_dates() {
    let data = Data::from(json!([
        "2024-02-29",
        "2025-02-29",
        "2025-2-1",
        "+2025-01-1",
        7,
        null
    ]));
    let dates: Vec<_> = data.root().items().map(|item| item.date().ok()).collect();
    assert_eq!(
        dates,
        [
            Some(NaiveDate::from_ymd_opt(2024, 2, 29)),
            None,
            None,
            None,
            None,
            Some(None)
        ]
    );
}

#[test]
fn a_wrong_type_is_said_with_its_place() {
    let data = Data::from(json!({"lines": {"a": 1}, "name": 7, "long": "x".repeat(500)}));
    assert_eq!(
        data.at("/lines").list().unwrap_err().message,
        "lines is an object, but must be a list"
    );
    assert_eq!(
        data.at("/name").text().unwrap_err().message,
        "name is 7, but must be text"
    );
    let shown = data.at("/long").shown().unwrap();
    assert_eq!(shown.as_str().unwrap().chars().count(), MAX_SHOWN_CHARS + 1);
}

#[test]
fn text_that_is_no_json_is_refused() {
    assert!(Data::parse("{").unwrap_err().starts_with("the data is not JSON"));
    assert!(Data::parse(&"[".repeat(10_000)).is_err());
}
