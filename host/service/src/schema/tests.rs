use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

async fn compiled(schema: Value) -> Schema {
    Schema::compile(&schema).await.unwrap()
}

async fn problems(schema: &Schema, value: Value) -> Vec<Problem> {
    schema.problems(&Arc::new(value), 10).await.unwrap()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn problems_have_a_place_and_not_the_value() {
    let schema = compiled(json!({"properties": {"iban": {"type": "string", "maxLength": 3}}})).await;
    let problems = problems(&schema, json!({"iban": "secret"})).await;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].pointer, "/iban");
    assert!(!problems[0].message.contains("secret"), "{}", problems[0].message);
}

#[tokio::test]
async fn formats_are_asserted_and_numbers_exact() {
    let schema = compiled(json!({"format": "date"})).await;
    assert_eq!(problems(&schema, json!("2026-02-30")).await.len(), 1);
    let schema = compiled(read(r#"{"multipleOf": 0.01}"#)).await;
    assert!(problems(&schema, read("0.07")).await.is_empty());
    assert_eq!(problems(&schema, read("0.071")).await.len(), 1);
}

#[tokio::test]
async fn what_is_no_schema_is_refused() {
    for (schema, pointer) in [
        (json!({"type": "strange"}), "/type"),
        (json!({"pattern": "("}), ""),
        (json!({"$ref": "https://example.org/schema"}), "/$ref"),
        // Back references are not linear.
        (json!({"pattern": "(a)\\1"}), ""),
        // Repetitions are written out, so that a short pattern can be a large program.
        (json!({"pattern": "((a{99}){99}){99}"}), ""),
        (
            json!({"properties": {"a": {"$ref": "#/properties/a"}}}),
            "/properties/a/$ref",
        ),
    ] {
        let problem = Schema::compile(&schema).await.unwrap_err();
        assert!(problem.pointer.starts_with(pointer), "{schema}: {problem:?}");
    }
}

#[tokio::test]
async fn trees_and_sums_are_held_against_their_schema() {
    let tree = compiled(json!({
        "type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}}
    }))
    .await;
    let mut value = json!({"name": 7});
    for _ in 0..30 {
        value = json!({"name": "n", "children": [value, {"name": "m"}]});
    }
    let found = problems(&tree, value).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pointer, format!("{}/name", "/children/0".repeat(30)));
}

#[tokio::test]
async fn a_large_schema_and_a_large_document_go_together() {
    let fields: serde_json::Map<_, _> = (0..300)
        .map(|n| {
            (
                format!("field{n}"),
                json!({"$ref": format!("#/$defs/kind{}", n % 20)}),
            )
        })
        .collect();
    let kinds: serde_json::Map<_, _> = (0..20)
        .map(|n| (format!("kind{n}"), json!({"anyOf": [{"type": "string", "pattern": "^[A-Z]+$", "maxLength": n + 1}, {"type": "null"}]})))
        .collect();
    let schema = compiled(json!({
        "type": "object", "$defs": kinds,
        "properties": {"lines": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {
            "type": "object", "properties": fields, "additionalProperties": false, "required": ["field0"]
        }}}
    }))
    .await;
    let line = |n: usize| json!({"field0": "A", "field19": format!("{}", "B".repeat(n % 20 + 1)), "field1": null, "field2": "C", "field39": n.to_string().replace(|c: char| c.is_ascii_digit(), "D"), "field21": "EF"});
    let mut lines: Vec<_> = (0..40_000).map(line).collect();
    // They differ, for `uniqueItems`.
    for (n, line) in lines.iter_mut().enumerate() {
        let letters: String = (0..4)
            .map(|place| char::from(b'A' + u8::try_from(n / 26_usize.pow(place) % 26).unwrap()))
            .collect();
        line["field5"] = json!(letters);
    }
    let mut value = json!({"lines": lines});
    assert_eq!(problems(&schema, value.clone()).await, []);
    value["lines"][39_999]["field0"] = json!(1);
    let found = problems(&schema, value).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].pointer, "/lines/39999/field0");
}

/// Lists within one another, `width` in each.
fn lists(depth: usize, width: usize) -> Value {
    (0..depth).fold(json!("leaf"), |inner, _| Value::Array(vec![inner; width]))
}

#[tokio::test]
async fn a_hostile_check_is_given_up() {
    let references = |by: &str| {
        let mut definitions = serde_json::Map::new();
        for level in 0..40 {
            let next = json!({"items": {"$ref": format!("#/$defs/a{}", level + 1)}});
            definitions.insert(format!("a{level}"), json!({by: [next.clone(), next]}));
        }
        definitions.insert("a40".to_owned(), json!({"type": "number"}));
        json!({"$ref": "#/$defs/a0", "$defs": definitions})
    };
    let lengths: Vec<_> = (0..1_000).map(|n| json!({"items": {"minLength": n}})).collect();
    for (name, schema, value) in [
        ("alternatives by reference", references("anyOf"), lists(40, 1)),
        ("all of them by reference", references("allOf"), lists(40, 1)),
        (
            "items by everything",
            json!({"allOf": lengths}),
            json!(vec!["x"; 100_000]),
        ),
        (
            "a large enumeration",
            json!({"items": {"enum": (0..50_000).map(|n| json!([n])).collect::<Vec<_>>()}}),
            json!(vec![json!([50_000]); 10_000]),
        ),
        (
            "unevaluated",
            json!({"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {
                "anyOf": (0..300).map(|n| json!({"patternProperties": {format!("x{n}"): true}})).collect::<Vec<_>>(),
                "unevaluatedProperties": {"type": "string"}
            }}}),
            json!(vec![
                (0..1_000)
                    .map(|n| (format!("p{n}"), json!(1)))
                    .collect::<serde_json::Map<_, _>>();
                500
            ]),
        ),
    ] {
        let begun = Instant::now();
        let schema = compiled(schema).await;
        let result = schema.problems(&Arc::new(value), 10).await;
        match name {
            // Its first error ends each of them; that is found at once.
            "all of them by reference" => assert_eq!(result.unwrap().len(), 1),
            _ => assert_eq!(result, Err(TooMuch), "{name}"),
        }
        // Far above what it takes: work is bounded by counting, this only notices if it is not.
        assert!(begun.elapsed() < Duration::from_mins(1), "{name}");
    }
}

#[tokio::test]
async fn recursion_that_branches_is_counted() {
    let schema = compiled(
        json!({"anyOf": [{"items": {"$ref": "#"}, "minItems": 5}, {"items": {"$ref": "#"}, "maxItems": 0}]}),
    )
    .await;
    let value = Arc::new(lists(60, 1));
    let result = schema.problems(&value, 10).await;
    // Whether it is valid is found once for each list; writing down why not would double at each.
    assert_eq!(result.unwrap().len(), 1);
}

#[tokio::test]
async fn many_items_are_compared_once_each() {
    let schema = compiled(json!({"uniqueItems": true})).await;
    // Numbers that no double tells apart, which a hash of doubles puts into one place.
    let digits: Vec<_> = (0..100_000).map(|n| format!("9{n:027}")).collect();
    let value = read(&format!("[{}]", digits.join(",")));
    assert_eq!(problems(&schema, value).await, []);
}

#[tokio::test]
async fn more_errors_than_can_be_listed_end_with_the_first() {
    let schema = compiled(json!({"items": {"type": "string"}})).await;
    let found = problems(&schema, json!(vec![7; 200_000])).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pointer, "/0");
    let few = problems(&schema, json!(vec![7; 2_000])).await;
    assert_eq!(few.len(), 10);
    let schema =
        compiled(json!({"anyOf": [{"items": {"type": "string"}}, {"items": {"type": "null"}}]})).await;
    let found = problems(&schema, json!(vec![7; 200_000])).await;
    assert_eq!((found.len(), found[0].pointer.as_str()), (1, ""));
}

#[tokio::test]
async fn the_deepest_that_is_allowed_has_stack() {
    let mut applied = json!({"items": {"$ref": "#"}});
    for _ in 0..20 {
        applied = json!({"allOf": [applied], "not": {"type": "null"}});
    }
    let schema = compiled(applied).await;
    let mut value = json!(null);
    for _ in 0..64 {
        value = json!([value]);
    }
    let found = problems(&schema, value).await;
    assert!(!found.is_empty());
    let chain: serde_json::Map<_, _> = (0..4_000)
        .map(|n| {
            (
                format!("a{n}"),
                json!({"properties": {"x": {"$ref": format!("#/$defs/a{}", n + 1)}}}),
            )
        })
        .chain([("a4000".to_owned(), json!({"type": "string"}))])
        .collect();
    let schema = compiled(json!({"$ref": "#/$defs/a0", "$defs": chain})).await;
    assert_eq!(problems(&schema, json!({"x": {"x": 1}})).await, []);
    // Dropped here, on a thread with the usual stack.
    drop(schema);
}
