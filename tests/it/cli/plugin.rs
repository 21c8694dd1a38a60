//! `assay plugin inspect` and `pack`.

use super::binary::{Said, assay, root, run};
use crate::support::database::Database;

#[tokio::test]
async fn a_release_is_registered_and_yanked() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let plugin = |arguments: &[&str]| {
        let output = assay(["plugin"])
            .args(arguments)
            .args(["--format", "json"])
            .env("DATABASE_URL", database.owner_url())
            .env("ASSAY_DATA_DIR", folder.path())
            .output()
            .unwrap();
        Said::of(output)
    };
    let said = plugin(&["register", "plugins/built/ubl_invoice_extractor.wasm"]);
    assert_eq!(said.code, 0, "{said:?}");
    let version = said.json()["items"][0]["release"]["version"].clone();
    let version = version.as_str().unwrap();
    for wrong in [
        ["yank", "ubl_invoice_extractor", "9.9.9"],
        ["yank", "ubl_invoice_extractor", "newest"],
        ["yank", "nobody", version],
    ] {
        assert_eq!(plugin(&wrong).code, 2, "{wrong:?}");
    }
    let first = plugin(&["yank", "ubl_invoice_extractor", version]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.json()["yanked_at"].is_string(), "{first:?}");
    assert_eq!(
        plugin(&["yank", "ubl_invoice_extractor", version]).json(),
        first.json()
    );
    let listed = plugin(&["list"]).json();
    assert_eq!(listed["items"][0]["newest"], serde_json::Value::Null);
}

#[test]
fn a_built_plugin_is_shown_by_name_and_by_file() {
    let by_name = run(["plugin", "inspect", "ubl_invoice_extractor", "--format", "json"]);
    assert_eq!(by_name.code, 0, "{by_name:?}");
    let shown = by_name.json();
    assert_eq!(shown["worlds"][0], "extractor");
    assert_eq!(shown["problems"].as_array().map(Vec::len), Some(0));
    let file = run([
        "plugin",
        "inspect",
        "plugins/built/ubl_invoice_extractor.wasm",
        "--format",
        "json",
    ]);
    for field in ["sha256", "size", "manifest", "imports", "exports"] {
        assert_eq!(file.json()[field], shown[field], "{field}");
    }
}

#[test]
fn it_says_whether_calls_start_from_a_snapshot() {
    let plain = run(["plugin", "inspect", "payroll_standard_validator"]);
    assert!(plain.out.contains("\nstarts from a snapshot: yes ("), "{plain:?}");
    assert!(plain.out.contains(", prepared in "), "{plain:?}");
    let json = run([
        "plugin",
        "inspect",
        "payroll_standard_validator",
        "--format",
        "json",
    ])
    .json();
    let snapshot = &json["snapshot"][0];
    assert_eq!(
        (&snapshot["world"], &snapshot["possible"]),
        (&"validator".into(), &true.into())
    );
    assert!(snapshot["bytes"].as_u64() > Some(100_000), "{snapshot}");
    assert!(snapshot["prepared_us"].as_u64() > Some(0), "{snapshot}");
}

#[test]
fn it_says_why_calls_do_not_start_from_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let inspect = |guest: &str, more: &[&str]| {
        let file = folder.path().join(format!("{guest}.wasm"));
        std::fs::write(&file, crate::engine::guest::packed(guest)).unwrap();
        let mut arguments = vec!["plugin", "inspect", file.to_str().unwrap()];
        arguments.extend(more);
        run(arguments)
    };
    let logs = inspect("logs_early", &[]);
    assert_eq!(logs.code, 0, "{logs:?}");
    assert!(
        logs.out
            .contains("\nstarts from a snapshot: no: it logs or prints"),
        "{logs:?}"
    );
    let json = inspect("logs_early", &["--format", "json"]).json();
    assert_eq!(json["snapshot"][0]["possible"], false);
    assert!(
        json["snapshot"][0]["reason"].as_str().unwrap().contains("logs"),
        "{json}"
    );

    let rules = folder.path().join("rules.json");
    std::fs::write(&rules, r#"[{"rule": "no_such_rule"}]"#).unwrap();
    let given = run([
        "plugin",
        "inspect",
        "payroll_standard_validator",
        "--rules",
        rules.to_str().unwrap(),
    ]);
    assert_eq!(given.code, 0, "{given:?}");
    assert!(
        given.out.contains("no: it refuses what it was given: rules `/0"),
        "{given:?}"
    );

    let needs = inspect("refuses_settings", &[]);
    assert!(
        needs.out.contains("no: preparing needs settings or rules"),
        "{needs:?}"
    );
}

#[test]
fn what_is_wrong_with_a_file_is_listed() {
    let said = run(["plugin", "inspect", "Cargo.toml", "--format", "json"]);
    assert_eq!(said.code, 1);
    assert_eq!(said.json()["problems"][0]["code"], "text");
}

#[test]
fn packing_again_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.wasm");
    let built = "plugins/built/payroll_standard_validator.wasm";
    let manifest = "plugins/payroll_standard_validator/plugin.toml";
    let said = run([
        "plugin",
        "pack",
        built,
        "--manifest",
        manifest,
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let again = folder.path().join("again.wasm");
    let said = run([
        "plugin",
        "pack",
        out.to_str().unwrap(),
        "--manifest",
        manifest,
        "--out",
        again.to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(std::fs::read(&out).unwrap() == std::fs::read(&again).unwrap());
}

#[test]
fn a_bad_manifest_is_refused_with_every_reason_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, out) = (folder.path().join("plugin.toml"), folder.path().join("out.wasm"));
    let good =
        std::fs::read_to_string(root().join("plugins/payroll_standard_validator/plugin.toml")).unwrap();
    let bad = good
        .replace("version = \"1", "version = \"one")
        .replace("[plugin]", "[plugin]\nsurprise = 1");
    std::fs::write(&manifest, bad).unwrap();
    let built = "plugins/built/payroll_standard_validator.wasm";
    let said = run([
        "plugin",
        "pack",
        built,
        "--manifest",
        manifest.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("version") && said.err.contains("surprise"),
        "{said:?}"
    );
    assert!(!out.exists());
}
