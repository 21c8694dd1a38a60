use super::*;

fn cursor() -> Cursor {
    Cursor {
        at: DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap(),
        id: Uuid::from_u128(7 << 90),
    }
}

#[test]
fn a_cursor_comes_back_from_its_text_for_its_list_alone() {
    let (list, other) = (Digest::of(b"list"), Digest::of(b"other"));
    let text = cursor().to_text(list);
    assert_eq!(Cursor::of_text(&text, list), Ok(cursor()));
    assert_eq!(Cursor::of_text(&text, other), Err(CursorError));
    for place in 0..text.len() {
        let mut tampered = text.clone().into_bytes();
        tampered[place] = if tampered[place] == b'0' { b'1' } else { b'0' };
        let tampered = String::from_utf8(tampered).unwrap();
        assert_eq!(Cursor::of_text(&tampered, list), Err(CursorError), "{tampered}");
    }
}

#[test]
fn other_text_is_refused() {
    let list = Digest::of(b"list");
    let made_up = |place: String| format!("{place}{}", check(&place, list));
    for wrong in [
        String::new(),
        "1".to_owned(),
        "ä".repeat(40),
        "f".repeat(48),
        "f".repeat(64),
        made_up("f".repeat(48)),
        // Times that no row has and Postgres can't read.
        made_up(format!("{:016x}{:032x}", i64::MAX, 0)),
        made_up(format!("{:016x}{:032x}", -1_i64, 0)),
    ] {
        assert_eq!(Cursor::of_text(&wrong, list), Err(CursorError), "{wrong}");
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
