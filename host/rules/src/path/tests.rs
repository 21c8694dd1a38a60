//! The syntax of paths, and where they lead.

use serde_json::{Value, json};

use super::{Bound, Path, PathError};

fn pointers(path: &str, data: &Value) -> Vec<String> {
    Path::parse(path)
        .unwrap()
        .resolve(data)
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect()
}

#[test]
fn paths_lead_to_their_places_in_order() {
    let data = json!({
        "seller": {"name": "A", "größe": 1},
        "lines": [{"tags": [1, 2]}, {"tags": []}, {"tags": null}, {}, {"tags": [3]}],
        "odd name": {"a.b": 1, "x/y~z": 2, "": 3, "q\"": 4},
    });
    assert_eq!(pointers("seller.name", &data), ["/seller/name"]);
    assert_eq!(pointers("seller.größe", &data), ["/seller/größe"]);
    assert_eq!(pointers("[\"seller\"][\"name\"]", &data), ["/seller/name"]);
    assert_eq!(pointers("lines[0].tags[1]", &data), ["/lines/0/tags/1"]);
    assert_eq!(pointers("lines[9]", &data), [""; 0]);
    assert_eq!(
        pointers("lines[*].tags[*]", &data),
        ["/lines/0/tags/0", "/lines/0/tags/1", "/lines/4/tags/0"]
    );
    assert_eq!(pointers("lines[*].tags", &data).len(), 4);
    assert_eq!(pointers("[\"odd name\"][\"a.b\"]", &data), ["/odd name/a.b"]);
    assert_eq!(
        pointers("[\"odd name\"][\"x/y~z\"]", &data),
        ["/odd name/x~1y~0z"]
    );
    assert_eq!(pointers("[\"odd name\"][\"\"]", &data), ["/odd name/"]);
    assert_eq!(pointers("[\"odd name\"][\"q\\\"\"]", &data), ["/odd name/q\""]);
    assert_eq!(pointers("seller[*]", &data), [""; 0]);
    assert_eq!(pointers("seller.name.first", &data), [""; 0]);
    assert_eq!(
        pointers("[*].a", &json!([{"a": 1}, {}, {"a": null}])),
        ["/0/a", "/2/a"]
    );
    for pointer in pointers("lines[*].tags[*]", &data) {
        assert!(data.pointer(&pointer).is_some());
    }
}

#[test]
fn what_is_no_path_is_refused() {
    use PathError as E;
    for (text, error) in [
        ("", E::Empty),
        ("/a/b", E::JsonPointer),
        (".a", E::EmptySegment { at: 1 }),
        ("a.", E::EmptySegment { at: 3 }),
        ("a..b", E::EmptySegment { at: 3 }),
        ("a.[0]", E::EmptySegment { at: 3 }),
        ("a b", E::Character { found: ' ', at: 2 }),
        ("ä.b*", E::Character { found: '*', at: 4 }),
        ("a]", E::Character { found: ']', at: 2 }),
        ("a[", E::Bracket { at: 2 }),
        ("a[]", E::Bracket { at: 2 }),
        ("a[-1]", E::Bracket { at: 2 }),
        ("a[1", E::Bracket { at: 2 }),
        ("a[1:2]", E::Bracket { at: 2 }),
        ("a[**]", E::Bracket { at: 2 }),
        ("a['b']", E::Bracket { at: 2 }),
        ("a[\"b]", E::Bracket { at: 2 }),
        ("a[\"b\"", E::Bracket { at: 2 }),
        ("a[4294967296]", E::Bracket { at: 2 }),
        ("a[0]b", E::AfterBracket { at: 5 }),
    ] {
        assert_eq!(Path::parse(text), Err(error), "{text:?}");
    }
    assert_eq!(Path::parse(&"a".repeat(257)), Err(E::TooLong));
    assert_eq!(Path::parse(&["a"; 33].join(".")), Err(E::TooManySteps));
    assert_eq!(Path::parse("a[*][*][*][*][*]"), Err(E::TooManyWildcards));
    assert!(Path::parse(&["a"; 32].join(".")).is_ok());
    assert!(Path::parse("a[*][*][*][*]").is_ok());
}

#[test]
fn pairing_follows_the_lists_that_both_go_through() {
    let paired = |field: &str, other: &str| {
        let bound = Bound::new(Path::parse(other).unwrap(), &Path::parse(field).unwrap());
        (bound.shared() > 0, bound.is_single())
    };
    assert_eq!(paired("lines[*].start", "lines[*].end"), (true, true));
    assert_eq!(paired("[\"lines\"][*].start", "lines[*].end"), (true, true));
    assert_eq!(paired("lines[*].start", "from"), (false, true));
    assert_eq!(paired("from", "lines[*].start"), (false, false));
    assert_eq!(paired("lines[*].a", "others[*].a"), (false, false));
    assert_eq!(paired("lines[*].taxes[*].rate", "lines[*].rate"), (true, true));
    assert_eq!(paired("lines[*].rate", "lines[*].taxes[*].rate"), (true, false));
    assert_eq!(paired("lines[0].a", "lines[*].a"), (false, false));
}
