use super::*;

fn read(text: &str) -> Result<Value, JsonError> {
    parse(text.as_bytes(), JsonLimits::bytes(1 << 20))
}

#[test]
fn what_is_fine_comes_back_as_written() {
    for text in [
        "null",
        "true",
        "[]",
        "{}",
        "[1,2.50,-300]",
        r#"{"a":{"b":[{"c":"x"}]}}"#,
        r#""\u00e9""#,
    ] {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }
    assert_eq!(read("0.10").unwrap().to_string(), "0.10");
}

#[test]
fn numbers_stand_as_postgres_writes_them() {
    for (written, kept) in [
        ("1E2", "100"),
        ("1e0", "1"),
        ("1.10", "1.10"),
        ("-1.5e-3", "-0.0015"),
        ("0.5e2", "50"),
        ("0.05e1", "0.5"),
        ("-0", "0"),
        ("-0.00", "0.00"),
        ("-0e5", "0"),
        ("1e27", "1000000000000000000000000000"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
    ] {
        assert_eq!(read(written).unwrap().to_string(), kept, "{written}");
    }
    assert!(read("1e400").is_err());
    assert!(read("1e28").is_err());
}

#[test]
fn each_defect_has_its_name_and_place() {
    let pointer = |text: &str| text.to_owned();
    assert_eq!(
        read(r#"{"a":{"b":1,"b":2}}"#),
        Err(JsonError::DuplicateKey {
            pointer: pointer("/a/b")
        })
    );
    assert_eq!(
        read(r#"{"a":1,"\u0061":2}"#),
        Err(JsonError::DuplicateKey {
            pointer: pointer("/a")
        })
    );
    assert_eq!(
        read(r#"[0,"x\u0000"]"#),
        Err(JsonError::Nul {
            pointer: pointer("/1")
        })
    );
    assert_eq!(
        read(r#"{"\u0000":1}"#),
        Err(JsonError::Nul { pointer: pointer("") })
    );
    assert_eq!(
        read(r#"{"a/b":[1e999]}"#),
        Err(JsonError::Number {
            pointer: pointer("/a~1b/0")
        })
    );
    assert_eq!(
        read("12345678901234567890123456789"),
        Err(JsonError::Number { pointer: pointer("") })
    );
    let reserved = r#"{"$serde_json::private::Number":"1"}"#;
    assert_eq!(
        read(reserved),
        Err(JsonError::ReservedKey {
            pointer: pointer("/$serde_json::private::Number")
        })
    );
    assert!(matches!(
        read(&reserved.replace('$', "\\u0024")),
        Err(JsonError::ReservedKey { .. })
    ));
    assert!(matches!(
        read(r#"{"a":}"#),
        Err(JsonError::Syntax {
            line: 1,
            column: 6,
            ..
        })
    ));
    assert!(matches!(read("1 2"), Err(JsonError::Syntax { .. })));
    assert!(matches!(read(""), Err(JsonError::Syntax { .. })));
    assert!(matches!(
        parse(b"\"\xff\"", JsonLimits::bytes(9)),
        Err(JsonError::NotUtf8 { offset: 1 })
    ));
    assert!(matches!(
        parse(b"[1,2]", JsonLimits::bytes(4)),
        Err(JsonError::TooLarge { actual: 5, limit: 4 })
    ));
}

#[test]
fn the_number_of_values_is_bounded_and_long_keys_are_cut() {
    let limits = JsonLimits {
        values: 10,
        ..JsonLimits::bytes(1 << 20)
    };
    assert!(parse(b"[1,2,3,4,5,6,7,8,9]", limits).is_ok());
    assert_eq!(
        parse(b"[[1,2,3,4],[5,6,7,8,9,0]]", limits),
        Err(JsonError::TooMany { limit: 10 })
    );
    let key = "k".repeat(10_000);
    let error = read(&format!(r#"{{"{key}":1,"{key}":2}}"#)).unwrap_err();
    assert_eq!(error.pointer().unwrap().len(), 1_024);
}

#[test]
fn depth_is_bounded_without_recursing_further() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(64)).is_ok());
    assert_eq!(read(&nested(66)), Err(JsonError::TooDeep { limit: 64 }));
    assert_eq!(read(&nested(10_000)), Err(JsonError::TooDeep { limit: 64 }));
}

#[test]
fn decimals_are_exact_or_none() {
    for (text, plain) in [
        ("1.10", "1.10"),
        ("1e2", "100"),
        ("-1.5e-3", "-0.0015"),
        ("0e999", "0"),
        ("100e-2", "1"),
        ("1E+5", "100000"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
    ] {
        assert_eq!(decimal(text).unwrap().to_string(), plain, "{text}");
    }
    for text in [
        "1e999",
        "1e-999",
        "1e29",
        "1e2147483647",
        "1e-2147483648",
        "x",
        "",
        "1e",
        "1e99999999999",
    ] {
        assert_eq!(decimal(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics_and_agrees_with_serde(text in ".{0,64}") {
        if let Ok(value) = read(&text) {
            proptest::prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}
