use super::*;

#[test]
fn control_characters_are_written_out() {
    assert_eq!(
        escape("a\n\u{1b}[31m\0\u{9b}é", 100).0,
        "a\\n\\u{1b}[31m\\u{0}\\u{9b}é"
    );
    assert_eq!(escape("\u{202e}gpj.exe", 100).0, "\\u{202e}gpj.exe");
}

#[test]
fn long_text_is_cut_at_a_character_and_counted() {
    assert_eq!(escape("ééé", 3), ("é".to_owned(), 4));
    assert_eq!(escape("ab\n", 3), ("ab".to_owned(), 1));
    assert_eq!(escape("abc", 3), ("abc".to_owned(), 0));
    assert!(message("x".repeat(1 << 20)).len() < 5 << 10);
}
