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
    let id = name.extension_id().unwrap();
    assert_eq!(id.as_str(), "payroll-standard-validator");
    assert_eq!(id.plugin_name(), Some(name));
    for none in ["a_", "a__b"] {
        let name: PluginName = none.parse().unwrap();
        assert!(name.extension_id().is_err(), "{none}");
    }
    assert_eq!("1-plugin".parse::<ExtensionId>().unwrap().plugin_name(), None);
}

#[test]
fn extensions_roles_and_aspects_are_kebab_case() {
    for good in ["a", "quality-manager", "21-cfr-part-11"] {
        assert_eq!(good.parse::<SiteRole>().unwrap().as_str(), good);
    }
    for bad in ["", "-", "a-", "-a", "a--b", "A", "a_b", "ä", &"a".repeat(33)] {
        assert!(bad.parse::<SiteRole>().is_err(), "{bad:?}");
    }
    let error = "a_b".parse::<Aspect>().unwrap_err().to_string();
    assert!(
        error.contains("compliance aspect") && error.contains("one `-`"),
        "{error}"
    );
}
