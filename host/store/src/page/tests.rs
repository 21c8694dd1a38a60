use super::*;

#[test]
fn a_cursor_comes_back_from_its_text() {
    let cursor = Cursor {
        at: DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap(),
        id: Uuid::from_u128(7 << 90),
    };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
}

#[test]
fn other_text_is_refused() {
    let text = "f".repeat(48);
    for wrong in [
        "",
        "1",
        "ä",
        text.as_str(),
        "+00000000000000000000000000000000000000000000000",
    ] {
        assert_eq!(wrong.parse::<Cursor>(), Err(CursorError), "{wrong}");
    }
}

#[test]
fn one_row_more_means_a_next_page() {
    let cursor = |id: &u128| Cursor {
        at: DateTime::UNIX_EPOCH,
        id: Uuid::from_u128(*id),
    };
    let request = PageRequest::new(2, None);
    assert_eq!(request.page(vec![3, 2, 1], cursor).next, Some(cursor(&2)));
    assert_eq!(request.page(vec![3, 2], cursor).next, None);
    assert_eq!(PageRequest::new(0, None).fetch(), 2);
    assert_eq!(PageRequest::new(9_999, None).fetch(), 201);
}
