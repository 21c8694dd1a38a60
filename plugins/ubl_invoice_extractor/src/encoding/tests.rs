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

fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

#[test]
fn utf_16_is_read_in_both_orders() {
    for text in ["<a>é\u{1f600}</a>", "<?xml version='1.0' encoding='UTF-16'?><a/>"] {
        assert_eq!(decode(&wide(text, u16::to_be_bytes)).unwrap(), text);
        assert_eq!(decode(&wide(text, u16::to_le_bytes)).unwrap(), text);
    }
}

#[test]
fn what_is_not_in_the_encoding_is_refused_with_its_place() {
    assert_eq!(refusal(b"<a>\xE9</a>"), "byte 3 is not UTF-8");
    assert!(refusal(b"<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\xC3\xA9").contains("byte 41"));
    assert!(refusal(b"<\0a\0/\0>\0").contains("without a byte order mark"));
    assert!(refusal(b"\xFF\xFE\0\0<\0\0\0").contains("UTF-32"));
    assert!(refusal(b"\xFF\xFE<\0a").contains("half"));
    assert!(refusal(b"\xFF\xFE<\0\x00\xD8>\0").contains("character 1 is not UTF-16"));
    assert!(
        refusal(&wide(
            "<?xml version='1.0' encoding='utf-8'?><a/>",
            u16::to_le_bytes
        ))
        .contains("agree")
    );
    assert!(refusal(b"<?xml version=\"1.0\" encoding=\"EBCDIC-CP-FR\"?><a/>").contains("ebcdic-cp-fr"));
    assert!(
        refusal(b"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a/>")
            .contains("byte order mark")
    );
}
