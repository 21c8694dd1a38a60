use super::*;

#[test]
fn names_go_before_bytes() {
    for (name, content, expected) in [
        ("a.json", "<x/>", "application/json"),
        ("a.XML", "", "application/xml"),
        ("a", " {}", "application/json"),
        ("a", "\u{feff}<x/>", "application/xml"),
        ("a.bin", "%PDF-1.7", "application/pdf"),
        ("a", "", "application/octet-stream"),
    ] {
        assert_eq!(
            type_of(name.as_ref(), content.as_bytes()),
            expected,
            "{name} {content}"
        );
    }
}
