use serde_json::json;

use super::*;

#[test]
fn what_is_marked_is_hidden_and_nothing_else() {
    let schema = json!({
        "type": "object",
        "properties": {
            "key": {"type": "string", "x-assay-secret": true},
            "open": {"type": "string", "x-assay-secret": false},
            "x-assay-secret": {"type": "boolean"},
            "servers": {"items": {"properties": {"password": {"x-assay-secret": true}}}}
        },
        "additionalProperties": {"x-assay-secret": true}
    });
    assert_eq!(problems(&schema), []);
    let value = json!({
        "key": "k", "open": "o", "x-assay-secret": true, "other": 1,
        "servers": [{"host": "h", "password": "p"}, 3]
    });
    assert_eq!(
        Secrets::of(&schema).redacted(&value),
        json!({
            "key": HIDDEN, "open": "o", "x-assay-secret": true, "other": HIDDEN,
            "servers": [{"host": "h", "password": HIDDEN}, 3]
        })
    );
    assert!(!Secrets::of(&json!({"properties": {"a": {"default": {"x-assay-secret": true}}}})).some());
}

#[test]
fn a_mark_that_would_be_overlooked_is_refused_with_its_place() {
    let schema = json!({
        "anyOf": [{"properties": {"a": {"x-assay-secret": true}}}],
        "$defs": {"a/b": {"x-assay-secret": true}},
        "properties": {"n": {"x-assay-secret": "yes"}}
    });
    let found = problems(&schema);
    let mut places: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/$defs/a~1b/x-assay-secret",
            "/anyOf/0/properties/a/x-assay-secret",
            "/properties/n/x-assay-secret"
        ]
    );
}
