use axum::http::HeaderValue;

use super::*;

fn of(name: &HeaderName, values: &[&str]) -> Result<Preconditions, Problem> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    Preconditions::of(&headers)
}

#[test]
fn tags_are_compared_as_rfc_9110_says() {
    let (none, one) = (vec![], vec![r#""1-a""#.to_owned()]);
    // What is sent, whether If-Match holds for nothing and for one, and whether If-None-Match does.
    for (values, matches, differs) in [
        (&[][..], [true, true], [true, true]),
        (&["*"], [false, true], [true, false]),
        (&[r#""1-a""#], [false, true], [true, false]),
        (&[r#""2-b""#], [false, false], [true, true]),
        (&[r#""2-b",  "1-a""#], [false, true], [true, false]),
        (&[r#""2-b""#, r#""1-a""#], [false, true], [true, false]),
        (&[r#"W/"1-a""#], [false, false], [true, false]),
    ] {
        let given = of(&IF_MATCH, values).unwrap();
        assert_eq!([given.matches(&none), given.matches(&one)], matches, "{values:?}");
        assert!(given.differs(&none) && given.differs(&one));
        let given = of(&IF_NONE_MATCH, values).unwrap();
        assert_eq!([given.differs(&none), given.differs(&one)], differs, "{values:?}");
        assert!(given.matches(&none) && given.matches(&one));
        assert_eq!(given.given(), !values.is_empty());
    }
}

#[test]
fn what_is_no_tag_is_refused() {
    for wrong in ["", "1-a", "\"", "W/", r#"*, "1-a""#, r#""1-a","#] {
        assert_eq!(
            of(&IF_MATCH, &[wrong]).unwrap_err().code(),
            Code::RequestInvalid,
            "{wrong}"
        );
    }
}
