use super::*;
use crate::{ExactFingerprint, FieldValue, NearFingerprint, clock, history, log, parse_date};

fn exact(value: &str) -> Observation {
    Observation::Exact(ExactFingerprint {
        name: "a".to_owned(),
        value: value.to_owned(),
    })
}

fn near(bits: u64) -> Observation {
    Observation::Near(NearFingerprint {
        name: "a".to_owned(),
        bits,
    })
}

fn value(value: &str) -> Observation {
    Observation::Value(FieldValue {
        subject: "s".to_owned(),
        field: "f".to_owned(),
        value: value.to_owned(),
    })
}

fn day(number: usize) -> String {
    format!("2026-01-{number:02}T00:00:00Z")
}

#[test]
fn exact_matches_are_the_newest_first_and_at_most_16() {
    let host = Host::new();
    for number in 1..=20 {
        host.remember(
            &number.to_string(),
            &day(number),
            &[exact("x"), exact("x"), exact("y")],
        );
    }
    let found = history::find_exact("a", "x").unwrap();
    assert_eq!((found.total, found.first_seen), (20, Some(day(1))));
    let ids: Vec<_> = found.newest.iter().map(|seen| seen.document.as_str()).collect();
    assert_eq!((ids.len(), ids[0], ids[15]), (16, "20", "5"));
    for (name, value) in [("a", "z"), ("b", "x")] {
        assert_eq!(history::find_exact(name, value).unwrap().total, 0);
    }
    assert!(matches!(
        history::find_exact("", "x"),
        Err(HistoryError::Invalid(_))
    ));
}

#[test]
fn near_matches_are_the_nearest_first() {
    let host = Host::new();
    for (id, bits) in [
        ("far", 0b1_1111),
        ("same", 0),
        ("near", 0b11),
        ("also near", 0b101),
    ] {
        host.remember(id, &day(1), &[near(bits), near(u64::MAX)]);
    }
    let found = history::find_near("a", 0, 4).unwrap();
    let seen: Vec<_> = found
        .newest
        .iter()
        .map(|seen| (seen.document.as_str(), seen.distance))
        .collect();
    assert_eq!(seen, [("same", 0), ("also near", 2), ("near", 2)]);
    assert!(matches!(
        history::find_near("a", 0, 17),
        Err(HistoryError::Invalid(_))
    ));
}

#[test]
fn known_values_are_the_most_frequent_first_and_at_most_64() {
    let host = Host::new();
    for number in 0..70 {
        host.remember("d", &day(1), &[value(&number.to_string())]);
    }
    host.remember("d", &day(2), &[value("69"), value("69")]);
    let known = history::known_values("s", "f").unwrap();
    assert_eq!(
        (known.len(), known[0].value.as_str(), known[0].count),
        (64, "69", 2)
    );
    assert_eq!(
        (known[0].first_seen.clone(), known[0].last_seen.clone()),
        (day(1), day(2))
    );
}

#[test]
fn it_fails_when_asked_to_and_is_gone_when_dropped() {
    let host = Host::new();
    host.fail_after(1, HistoryError::Denied);
    assert!(history::find_exact("a", "x").is_ok());
    assert_eq!(history::find_exact("a", "x").unwrap_err(), HistoryError::Denied);
    let date = parse_date("2026-02-28").unwrap();
    host.set_today(date);
    assert_eq!(clock::today(), Some(date));
    log::warn("a line");
    assert_eq!(host.logged(), [(log::Level::Warn, "a line".to_owned())]);
    drop(host);
    assert!(matches!(
        history::find_exact("a", "x"),
        Err(HistoryError::Unavailable(_))
    ));
    assert!(clock::today().is_some_and(|today| today != date));
}
