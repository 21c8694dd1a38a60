use super::*;

fn check(media_type: &str, content: &'static [u8]) -> Result<Intake, DocumentProblem> {
    let document = SubmittedDocument {
        file_name: None,
        media_type: media_type.into(),
        content: Bytes::from_static(content),
    };
    Intake::check(
        &document,
        &IntakeLimits {
            document_bytes: 64,
            ..IntakeLimits::default()
        },
    )
}

#[test]
fn data_is_an_object_that_all_read_alike() {
    assert!(
        check("Application/JSON; charset=utf-8", b"{\"a\":1}")
            .unwrap()
            .data
            .is_some()
    );
    assert!(check("application/vnd.x+json", b"{}").unwrap().data.is_some());
    assert!(check("application/xml", b"<a/>").unwrap().data.is_none());
    assert_eq!(
        check("application/json", b"[1]").unwrap_err(),
        DocumentProblem::NotAnObject
    );
    for bad in [
        b"{\"a\":1,\"a\":2}".as_slice(),
        b"{\"a\":1e999}",
        b"{\"a\":\"\\u0000\"}",
        b"{\"a\":\"\xff\"}",
        b"{",
    ] {
        assert!(
            matches!(check("application/json", bad), Err(DocumentProblem::Json(_))),
            "{bad:?}"
        );
    }
}

#[test]
fn size_type_and_name_are_held_to_bounds() {
    assert_eq!(
        check("application/json", b"").unwrap_err(),
        DocumentProblem::Empty
    );
    let large = check("application/xml", &[b'x'; 65]).unwrap_err();
    assert_eq!(
        large,
        DocumentProblem::TooLarge {
            limit: 64,
            actual: 65
        }
    );
    for bad in ["", "json", "a/", "/b", "a b/c", "a/b\u{0}"] {
        assert!(
            matches!(check(bad, b"x"), Err(DocumentProblem::MediaType { .. })),
            "{bad:?}"
        );
    }
    let document = SubmittedDocument {
        file_name: Some("a\nb".into()),
        media_type: "a/b".into(),
        content: Bytes::from_static(b"x"),
    };
    assert_eq!(
        Intake::check(&document, &IntakeLimits::default()).unwrap_err(),
        DocumentProblem::FileName
    );
}
