//! `assay site import` and `assay secrets`.

use serde_json::json;

use super::binary::{Said, assay, root};
use crate::support::database::Database;

/// 32 bytes as base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

#[tokio::test]
async fn entries_of_a_file_are_taken_over_and_keys_are_changed() {
    let database = Database::new().await;
    database.client("acme").await;
    let folder = tempfile::tempdir().unwrap();
    let with = |keys: &str, arguments: &[&str]| {
        let output = assay(arguments.iter().copied())
            .args(["--format", "json"])
            .env("DATABASE_URL", database.owner_url())
            .env("ASSAY_DATA_DIR", folder.path())
            .env("ASSAY_SECRET_KEYS", keys)
            .output()
            .unwrap();
        Said::of(output)
    };
    let one = format!("one:{KEY}");
    let plugin = "plugins/built/ubl_invoice_extractor.wasm";
    assert!(root().join(plugin).is_file());
    let resolver = "plugins/built/extension_resolver.wasm";
    assert_eq!(with(&one, &["plugin", "register", plugin, resolver]).code, 0);
    let entry = |extension: &str, configuration: serde_json::Value| {
        json!({"site": "Plant", "extension": extension, "configuration": configuration, "history": [
            {"at": "2024-03-01T10:00:00Z", "by": "ann", "action": "activated"}]})
    };
    let good = entry("ubl-invoice-extractor", json!({"max_elements": 200}));
    let wrong = entry("ubl-invoice-extractor", json!({"max_elements": 1}));
    let file = folder.path().join("entries.jsonl");
    std::fs::write(&file, format!("{good}\n\n{wrong}\nnot json\n")).unwrap();
    let file = file.to_str().unwrap();

    let dry = with(&one, &["site", "import", file, "--client", "acme", "--dry-run"]);
    assert_eq!(dry.code, 1, "{dry:?}");
    assert_eq!(
        dry.json()["summary"]["outcomes"],
        json!({"refused": 3}),
        "there is no site yet"
    );
    let said = with(
        &one,
        &["site", "import", file, "--client", "acme", "--make-sites"],
    );
    assert_eq!(said.code, 1, "{said:?}");
    let summary = &said.json()["summary"];
    assert_eq!(
        summary["outcomes"],
        json!({"imported": 1, "refused": 2}),
        "{said:?}"
    );
    let refused = summary["refused"].as_array().unwrap();
    assert_eq!(
        (refused[0]["line"].as_u64(), refused[1]["line"].as_u64()),
        (Some(3), Some(4))
    );
    assert_eq!(
        refused[0]["problems"][0]["pointer"],
        "/configuration/max_elements"
    );
    let again = with(
        &one,
        &["site", "import", file, "--client", "acme", "--make-sites"],
    );
    assert_eq!(
        again.json()["summary"]["outcomes"],
        json!({"done-before": 1, "refused": 2})
    );
    assert_eq!(
        with(&one, &["site", "import", "no-such-file", "--client", "acme"]).code,
        2
    );
    assert_eq!(
        with(&one, &["site", "import", file, "--client", "nobody"]).code,
        2
    );

    // The client has its key for digests, under the first key; it moves to another one.
    let keys = |said: &Said| said.json()["keys"].clone();
    let held = with(&one, &["secrets", "keys"]);
    assert_eq!(
        keys(&held),
        json!([{"key_id": "one", "secrets": 1, "known": true}]),
        "{held:?}"
    );
    let both = format!("two:{OTHER},one:{KEY}");
    let moved = with(&both, &["secrets", "rotate"]);
    assert_eq!(
        moved.json(),
        json!({"key_id": "two", "moved": 1, "unreadable": 0}),
        "{moved:?}"
    );
    let held = with(&one, &["secrets", "keys"]);
    assert_eq!(
        (held.code, keys(&held)),
        (1, json!([{"key_id": "two", "secrets": 1, "known": false}]))
    );

    // No key, a wrong one, and none that is shown.
    let none = with("", &["secrets", "rotate"]);
    assert_eq!(none.code, 1);
    assert!(none.out.contains("ASSAY_SECRET_KEYS"), "{none:?}");
    let wrong = with("one:c2hvcnQ=", &["secrets", "keys"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(
        !wrong.err.contains("c2hvcnQ") && !wrong.out.contains("c2hvcnQ"),
        "{wrong:?}"
    );
    let check = with(&one, &["check"]);
    assert!(!check.out.contains(KEY) && check.out.contains("***"), "{check:?}");
}
