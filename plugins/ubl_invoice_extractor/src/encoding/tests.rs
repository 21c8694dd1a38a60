use super::*;

fn refusal(bytes: &[u8]) -> String {
    match decode(bytes) {
        Err(ExtractError::Encoding(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_declared_is_read() {
    assert_eq!(decode("<a>é</a>".as_bytes()).unwrap(), "<a>é</a>");
    assert_eq!(decode("\u{feff}<a>é</a>".as_bytes()).unwrap(), "<a>é</a>");
    let latin = decode(b"<?xml version='1.0' encoding = 'ISO-8859-1' ?><a>\xE9</a>").unwrap();
    assert!(latin.ends_with("<a>é</a>"), "{latin}");
    assert!(decode(b"<?xml version=\"1.0\" encoding=\"US-ASCII\"?><a/>").is_ok());
    assert!(decode(b"").is_ok());
}

#[test]
fn what_is_not_in_the_encoding_is_refused_with_its_place() {
    assert_eq!(refusal(b"<a>\xE9</a>"), "byte 3 is not UTF-8");
    assert!(refusal(b"<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\xC3\xA9").contains("byte 41"));
    assert!(refusal(b"\xFF\xFE<\0a\0").contains("UTF-16"));
    assert!(refusal(b"<\0a\0/\0>\0").contains("UTF-16"));
    assert!(refusal(b"<?xml version=\"1.0\" encoding=\"EBCDIC-CP-FR\"?><a/>").contains("ebcdic-cp-fr"));
    assert!(
        refusal(b"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a/>")
            .contains("byte order mark")
    );
}
