use super::*;

const FULL: &str = r#"
manifest = 1

[plugin]
name = "payroll_standard_validator"
version = "1.2.0"
description = "Checks payrolls."
authors = ["A"]
license = "Apache-2.0"
worlds = ["validator"]
rules = "1.0"
permissions = ["history"]

[settings]
type = "object"

[limits]
deadline_ms = 500

[extension]
requires = [{ extension = "tax-tables", range = "^2" }]
provides = [{ capability = "payroll-validation", version = "1.0.0", exclusive = true }]
resources = [{ resource = "ledger", mode = "shared" }]
conflicts = [{ extension = "old-payroll", scope = "global", severity = "error", reason = "same findings twice" }]

[[extension.signoff]]
aspect = "electronic-signature-validation"
role = "quality-manager"

[[extension.signoff]]
aspect = "tax-tables"
role = "quality-focal"
"#;

#[test]
fn the_embedded_form_says_the_same() {
    let manifest = Manifest::from_toml(FULL).unwrap();
    assert_eq!(Manifest::from_json(&manifest.to_json()).unwrap(), manifest);
    assert_eq!(manifest.limits.deadline_ms, Some(500));
    assert_eq!(manifest.extension.requires.len(), 1);
    let signed: Vec<_> = manifest
        .extension
        .signoff
        .iter()
        .map(|entry| (entry.aspect.as_str(), entry.role.as_str()))
        .collect();
    assert_eq!(
        signed,
        [
            ("electronic-signature-validation", "quality-manager"),
            ("tax-tables", "quality-focal")
        ]
    );
}

#[test]
fn signoffs_secrets_and_names_of_extensions_are_checked() {
    let text = FULL
        .replace(
            "aspect = \"tax-tables\"",
            "aspect = \"electronic-signature-validation\"",
        )
        .replace("role = \"quality-manager\"", "role = \"Manager\"\nsince = 1")
        .replace("payroll_standard_validator", "payroll__validator")
        .replace("[settings]", "[settings]\nnot = { x-assay-secret = true }");
    let problems = Manifest::from_toml(&text).unwrap_err();
    let pointers: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    for pointer in [
        "/extension/signoff/0/role",
        "/extension/signoff/0/since",
        "/extension",
        "/settings/not/x-assay-secret",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} is not among {pointers:?}");
    }
    let twice = FULL.replace(
        "aspect = \"tax-tables\"",
        "aspect = \"electronic-signature-validation\"",
    );
    let problems = Manifest::from_toml(&twice).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems.first().unwrap().pointer, "/extension/signoff/1");
}

#[test]
fn every_reason_at_once() {
    let text = FULL
        .replace("manifest = 1", "manifest = 7\nextra = 1")
        .replace("1.2.0", "one")
        .replace("\"history\"", "\"network\"")
        .replace("\"validator\"", "\"oracle\"")
        .replace("deadline_ms", "deadline")
        .replace("mode = \"shared\"", "mode = \"both\", more = 1");
    let problems = Manifest::from_toml(&text).unwrap_err();
    let pointers: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    for pointer in [
        "/manifest",
        "/extra",
        "/plugin/version",
        "/plugin/permissions/0",
        "/plugin/worlds/0",
        "/limits",
        "/extension/resources/0/mode",
        "/extension/resources/0/more",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} is not among {pointers:?}");
    }
}

#[test]
fn what_is_no_table_is_said() {
    assert_eq!(Manifest::from_toml("x = ").unwrap_err().len(), 1);
    assert!(
        Manifest::from_json(&Value::Null)
            .unwrap_err()
            .iter()
            .any(|problem| problem.pointer.is_empty())
    );
    let problems = Manifest::from_json(&serde_json::json!({"manifest": 1, "plugin": 3})).unwrap_err();
    assert!(
        problems.iter().any(|problem| problem.pointer == "/plugin"),
        "{problems:?}"
    );
}

#[test]
fn an_extractor_names_its_media_types() {
    let text = FULL.replace("[\"validator\"]", "[\"extractor\"]");
    let problems = Manifest::from_toml(&text).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems.first().unwrap().pointer, "/plugin/media_types");
}
