use super::*;

fn written(text: &str) -> Option<String> {
    plain(text).map(|number| number.to_string())
}

#[test]
fn numbers_keep_their_digits_in_plain_form() {
    for (text, number) in [
        ("12.30", "12.30"),
        ("+5", "5"),
        ("-.5", "-0.5"),
        ("7.", "7"),
        ("007", "7"),
        ("0.00", "0.00"),
        ("000", "0"),
        ("-0", "-0"),
        ("1234567890123456789012345678", "1234567890123456789012345678"),
        ("0.100000000000000000000000000000000", "0.1"),
    ] {
        assert_eq!(written(text).as_deref(), Some(number), "{text}");
    }
    for text in [
        "",
        ".",
        "-",
        "1e3",
        "1,5",
        "1.2.3",
        "--1",
        "+-1",
        "NaN",
        "12345678901234567890123456789",
        "1 000",
        "٣",
    ] {
        assert_eq!(written(text), None, "{text}");
    }
}

#[test]
fn dates_lose_their_zone_and_nothing_else() {
    assert_eq!(day("2015-01-09"), Some("2015-01-09"));
    assert_eq!(day("2015-01-09Z"), Some("2015-01-09"));
    for zone in ["+01:00", "-13:59", "+14:00"] {
        assert_eq!(day(&format!("2015-01-09{zone}")), Some("2015-01-09"));
    }
    for text in [
        "2015-01-09+14:01",
        "2015-01-09+0100",
        "2015-01-09+ab:cd",
        "2015-01-09 01:00",
        "2015-02-30",
        "09/01/2015",
        "2015-1-9",
        "2015-01-09T10:00:00",
        "",
        "٢٠١٥-٠١-٠٩",
    ] {
        assert_eq!(day(text), None, "{text}");
    }
}
