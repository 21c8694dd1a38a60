//! Held against chrono, and at the edges.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_date_time_says_why() {
    for (text, error) in [
        ("", DateTimeError::Form),
        ("2025-01-31", DateTimeError::Form),
        ("2025-01-31 10:00:00Z", DateTimeError::Form),
        ("2025-01-31T10:00Z", DateTimeError::Form),
        ("2025-1-31T10:00:00Z", DateTimeError::Form),
        ("2025-01-31T10:00:00.Z", DateTimeError::Form),
        ("é025-01-31T10:00:00Z", DateTimeError::Form),
        ("2025-02-29T10:00:00Z", DateTimeError::Day),
        ("2025-01-31T24:00:00Z", DateTimeError::Time),
        ("2025-01-31T10:60:00Z", DateTimeError::Time),
        ("2025-01-31T10:00:61Z", DateTimeError::Time),
        ("2016-12-31T23:59:60Z", DateTimeError::LeapSecond),
        ("2025-01-31T10:00:00.0000000001Z", DateTimeError::TooManyDigits),
        ("2025-01-31T10:00:00", DateTimeError::NoOffset),
        ("2025-01-31T10:00:00.5", DateTimeError::NoOffset),
        ("2025-01-31T10:00:00+24:00", DateTimeError::Offset),
        ("2025-01-31T10:00:00+01:60", DateTimeError::Offset),
        ("2025-01-31T10:00:00+0100", DateTimeError::Offset),
        ("2025-01-31T10:00:00+01", DateTimeError::Offset),
        ("2025-01-31T10:00:00 CET", DateTimeError::Offset),
        ("2025-01-31T10:00:00é", DateTimeError::Offset),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
    }
}

#[test]
fn equal_instants_are_equal_however_written() {
    let instants = [
        "2025-01-31T10:00:00Z",
        "2025-01-31t10:00:00.000z",
        "2025-01-31T10:00:00.00000000000000000000-00:00",
        "2025-01-31T11:30:00+01:30",
        "2025-02-01T09:59:00+23:59",
        "2025-01-30T10:01:00-23:59",
    ]
    .map(|text| parse(text).unwrap());
    assert!(instants.iter().all(|one| *one == instants[0]));
}

#[test]
fn a_day_is_whole_at_its_offset() {
    let day = Moment::parse("2025-03-01").unwrap();
    let at = |text: &str| parse(text).unwrap();
    let (first, last) = day.span(Offset::parse("+02:00").unwrap());
    assert_eq!(first, at("2025-02-28T22:00:00Z"));
    assert_eq!(last, at("2025-03-01T21:59:59.999999999Z"));
    assert_eq!(
        Moment::parse("0000-01-01").unwrap().span(Offset::default()).0,
        at("0000-01-01T00:00:00Z")
    );
}

proptest! {
    #[test]
    fn the_order_is_that_of_chrono(
        one in "20[0-9]{2}-(0[1-9]|1[0-2])-[0-2][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])",
        other in "20[0-9]{2}-(0[1-9]|1[0-2])-[0-2][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])",
    ) {
        let (ours, theirs) = (parse(&one), DateTime::parse_from_rfc3339(&one));
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", one);
        if let (Ok(ours), Ok(theirs), Ok(our_other), Ok(their_other)) =
            (ours, theirs, parse(&other), DateTime::parse_from_rfc3339(&other))
        {
            prop_assert_eq!(ours.cmp(&our_other), theirs.cmp(&their_other));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Moment::parse(&text);
        let _ = Offset::parse(&text);
    }
}
