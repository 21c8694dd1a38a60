use super::*;

#[test]
fn order_and_repetition_do_not_matter() {
    let parse = |json: &str| Request::parse(json.as_bytes(), Dialect::Cargo).unwrap();
    let one = parse(
        r#"{"requested":[{"id":"b"},{"id":"a","range":"^1"},{"id":"b"}],"pins":[{"id":"x","version":"v1.0.0"},{"id":"x","version":"1.0.0"}]}"#,
    );
    let other = parse(
        r#"{"pins":[{"id":"x","version":"1.0.0"}],"requested":[{"id":"a","range":"^1"},{"id":"b","range":null}],"prefer":"newest"}"#,
    );
    assert_eq!(one, other);
}

#[test]
fn contradictions_are_refused() {
    let json = r#"{"pins":[{"id":"x","version":"1.0.0"},{"id":"x","version":"2.0.0"}],"prefer":"old","requested":[{}],
        "policies":[{"capability":"c","policy":"p"},{"capability":"c","policy":"q"},{"capability":"c"}],"wish":1}"#;
    let errors = Request::parse(json.as_bytes(), Dialect::Cargo).unwrap_err();
    let places: Vec<_> = errors.problems.iter().map(|p| p.pointer.as_str()).collect();
    assert_eq!(
        places,
        ["/pins/1/version", "/policies/1/policy", "/policies/2/policy", "/prefer", "/requested/0/id", "/wish"]
    );
}
