use serde_json::json;

use super::*;

#[test]
fn problems_have_a_place_and_not_the_value() {
    let schema =
        Schema::compile(&json!({"properties": {"iban": {"type": "string", "maxLength": 3}}})).unwrap();
    let problems = schema.problems(&json!({"iban": "secret"}), 10);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].pointer, "/iban");
    assert!(!problems[0].message.contains("secret"), "{}", problems[0].message);
}

#[test]
fn formats_are_asserted_and_numbers_exact() {
    let schema = Schema::compile(&json!({"format": "date"})).unwrap();
    assert_eq!(schema.problems(&json!("2026-02-30"), 10).len(), 1);
    let cent: Value = serde_json::from_str(r#"{"multipleOf": 0.01}"#).unwrap();
    let schema = Schema::compile(&cent).unwrap();
    assert!(
        schema
            .problems(&serde_json::from_str("0.07").unwrap(), 10)
            .is_empty()
    );
    assert_eq!(
        schema.problems(&serde_json::from_str("0.071").unwrap(), 10).len(),
        1
    );
}

#[test]
fn what_is_no_schema_is_refused() {
    assert!(Schema::compile(&json!({"type": "strange"})).is_err());
    assert!(Schema::compile(&json!({"pattern": "("})).is_err());
    assert!(Schema::compile(&json!({"$ref": "https://example.org/schema"})).is_err());
    assert!(
        Schema::compile(&json!({"pattern": "(a)\\1"})).is_err(),
        "back references are not linear"
    );
}
