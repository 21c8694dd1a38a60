use super::*;

#[test]
fn terminals_obey_nobody_else() {
    for (text, shown) in [
        ("plain ä 漢", "plain ä 漢"),
        ("\u{1b}[2J", "\\u{1b}[2J"),
        ("a\r\nb", "a\\r\\nb"),
        ("\u{202e}live", "\\u{202e}live"),
        ("\u{9b}1m", "\\u{9b}1m"),
    ] {
        assert_eq!(visible(text), shown);
    }
}

#[test]
fn sizes_for_people() {
    for (bytes, shown) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_250_000, "1.2 MB"),
        (3_000_000_000, "3.0 GB"),
    ] {
        assert_eq!(size(bytes), shown);
    }
}
