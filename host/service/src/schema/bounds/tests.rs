use serde_json::json;

use super::*;

fn refused(schema: &Value, pointer: &str, says: &str) {
    let problem = check(schema).expect_err(&schema.to_string().chars().take(200).collect::<String>());
    assert_eq!(problem.pointer, pointer, "{}", problem.message);
    assert!(problem.message.contains(says), "{}", problem.message);
}

/// Definitions of which each applies the next one twice.
fn doubling(levels: usize, by: &str) -> Value {
    let mut definitions = serde_json::Map::new();
    for level in 0..levels {
        let next = json!({"$ref": format!("#/$defs/a{}", level + 1)});
        definitions.insert(format!("a{level}"), json!({by: [next, next]}));
    }
    definitions.insert(format!("a{levels}"), json!({"type": "object"}));
    json!({"$ref": "#/$defs/a0", "$defs": definitions})
}

#[test]
fn doubling_is_refused_where_it_becomes_too_much() {
    for by in ["allOf", "anyOf", "oneOf"] {
        assert!(check(&doubling(30, by)).is_err());
        let problem = check(&doubling(20, by)).unwrap_err();
        assert!(problem.pointer.starts_with("/$defs/a"), "{problem:?}");
        assert!(problem.message.contains("2000 are allowed"), "{problem:?}");
        assert!(check(&doubling(6, by)).is_ok());
    }
}

#[test]
fn what_leads_back_to_itself_is_refused() {
    refused(&json!({"$ref": "#"}), "/$ref", "leads back to itself");
    refused(
        &json!({"anyOf": [{"type": "string"}, {"$ref": "#"}]}),
        "/anyOf/1/$ref",
        "leads back",
    );
    refused(
        &json!({"$dynamicAnchor": "n", "not": {"$dynamicRef": "#n"}}),
        "/not/$dynamicRef",
        "leads back",
    );
    refused(
        &json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}}),
        "/$defs/b/$ref",
        "leads back",
    );
}

#[test]
fn recursion_into_the_value_is_fine() {
    let tree = json!({"type": "object", "properties": {"children": {"items": {"$ref": "#"}}}});
    let cost = check(&tree).unwrap();
    assert_eq!((cost.nested, cost.patterns), (2, false));
    assert!(cost.idle <= 2);
    let sum = json!({"oneOf": [
        {"type": "number"},
        {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}
    ]});
    assert!(check(&sum).is_ok());
    let anchored = json!({"$dynamicAnchor": "node", "items": {"$dynamicRef": "#node"}});
    assert!(check(&anchored).is_ok());
}

#[test]
fn unevaluated_counts_what_is_gone_through_again() {
    let mut schema = json!({"properties": {"a": true}});
    for _ in 0..12 {
        schema = json!({"allOf": [schema], "unevaluatedProperties": false});
    }
    let problem = check(&schema).unwrap_err();
    assert!(problem.message.contains("subschemas here"), "{problem:?}");
    let usual = json!({"allOf": [{"properties": {"a": true}}, {"properties": {"b": true}}], "unevaluatedProperties": false});
    assert!(check(&usual).is_ok());
}

#[test]
fn references_stay_within() {
    refused(
        &json!({"items": {"$ref": "https://example.com/a"}}),
        "/items/$ref",
        "nothing is fetched",
    );
    refused(
        &json!({"$ref": "https://json-schema.org/draft/2020-12/schema"}),
        "/$ref",
        "outside",
    );
    refused(&json!({"$ref": "#/$defs/none"}), "/$ref", "leads to no subschema");
    refused(
        &json!({"$ref": "#/enum/0", "enum": [{"type": "object"}]}),
        "/$ref",
        "under `$defs`",
    );
    refused(
        &json!({"$defs": {"a": {"$id": "https://example.com/a"}}}),
        "/$defs/a/$id",
        "`#/$defs/NAME`",
    );
    refused(
        &json!({"$anchor": "x", "items": {"$anchor": "x"}}),
        "/items/$anchor",
        "twice",
    );
    let odd = json!({"$defs": {"a b/~": {"type": "string"}}, "items": {"$ref": "#/$defs/a%20b~1~0"}});
    assert!(check(&odd).is_ok());
}

#[test]
fn size_is_bounded() {
    let mut deep = json!(true);
    for _ in 0..=MOST_DEPTH {
        deep = json!({"items": deep});
    }
    assert!(check(&deep).unwrap_err().message.contains("within one another"));
    let mut nested = json!({"type": "string"});
    for _ in 0..MOST_NESTED {
        nested = json!({"not": nested});
    }
    assert!(
        check(&nested)
            .unwrap_err()
            .message
            .contains("each by the one before")
    );
    let wide: Vec<_> = (0..MOST_SUBSCHEMAS).map(|_| json!(true)).collect();
    assert!(
        check(&json!({"prefixItems": wide}))
            .unwrap_err()
            .message
            .contains("more than 10000 subschemas")
    );
    refused(
        &json!({"pattern": "a".repeat(MOST_PATTERN + 1)}),
        "/pattern",
        "make it shorter",
    );
    let patterns: serde_json::Map<_, _> = (0..=MOST_PATTERNS)
        .map(|n| (format!("^{n}"), json!(true)))
        .collect();
    refused(
        &json!({"patternProperties": patterns}),
        "",
        "more than 1000 patterns",
    );
}

#[test]
fn what_decides_nothing_has_a_price() {
    let idle: Vec<_> = (0..50).map(|_| json!({"description": "anything"})).collect();
    assert_eq!(check(&json!({"anyOf": idle})).unwrap().idle, 51);
    let looking: Vec<_> = (0..50).map(|_| json!({"type": "string"})).collect();
    assert_eq!(check(&json!({"anyOf": looking})).unwrap().idle, 1);
}
