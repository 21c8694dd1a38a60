use super::*;

#[test]
fn names_are_snake_case() {
    for good in ["a", "payroll_standard_validator", "x1"] {
        assert_eq!(good.parse::<PluginName>().unwrap().as_str(), good);
    }
    for bad in [
        "",
        "1x",
        "_x",
        "Payroll",
        "a-b",
        "a b",
        "ä",
        "a\u{0}",
        &"a".repeat(64),
    ] {
        assert!(bad.parse::<PluginName>().is_err(), "{bad:?}");
    }
}

#[test]
fn errors_escape_what_was_given() {
    let error = "\u{1b}[31mred".parse::<PluginName>().unwrap_err().to_string();
    assert!(!error.contains('\u{1b}'), "{error}");
}

#[test]
fn extension_ids_map_one_to_one() {
    let name: PluginName = "payroll_standard_validator".parse().unwrap();
    assert_eq!(name.extension_id(), "payroll-standard-validator");
}
