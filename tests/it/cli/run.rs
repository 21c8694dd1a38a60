//! `assay run`: verdicts without a database, and what the exit code says.

use super::binary::run;

const PAYROLL: &str = "payroll_standard_validator";
const SAMPLES: &str = "host/cli/samples/documents/acme-corp";

#[test]
fn a_good_document_ends_with_0() {
    let said = run([
        "run",
        "--plugin",
        PAYROLL,
        "--format",
        "json",
        &format!("{SAMPLES}/payroll_v1/ines_roca_2025-09.json"),
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["verdict"], "accepted");
    assert_eq!(said.json()["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn findings_of_severity_error_end_with_1() {
    let file = format!("{SAMPLES}/payroll_v1/digits_exchanged.json");
    let said = run(["run", "--plugin", PAYROLL, "--format", "json", &file]);
    assert_eq!(said.code, 1, "{said:?}");
    let finding = &said.json()["findings"][0];
    for field in ["rule", "severity", "pointer", "message", "expected", "actual"] {
        assert!(finding.get(field).is_some(), "{field}: {finding}");
    }
    let human = run(["run", "--plugin", PAYROLL, &file]);
    assert_eq!(human.code, 1);
    assert!(human.out.starts_with("rejected "), "{human:?}");
    assert!(!human.out.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn a_file_by_path_is_the_same_plugin() {
    let file = format!("{SAMPLES}/payroll_v1/ines_roca_2025-09.json");
    let path = format!("plugins/built/{PAYROLL}.wasm");
    assert_eq!(run(["run", "--plugin", &path, &file]).code, 0);
}

#[test]
fn what_is_not_data_is_extracted_first() {
    let invoice = "invoice_standard_validator";
    let good = format!("{SAMPLES}/simple_invoice/kron_credit_note_CN-9.xml");
    let bomb = format!("{SAMPLES}/simple_invoice/entity_bomb.xml");
    let said = run(["run", "--plugin", invoice, "--format", "json", &good, &bomb]);
    assert_eq!(said.code, 1, "{said:?}");
    let both = said.json();
    assert_eq!(both[0]["verdict"], "accepted", "{both}");
    assert!(both[0]["extracted_data"].is_object());
    assert_eq!(both[1]["error"]["case"], "hostile", "{both}");
}

#[test]
fn what_was_asked_for_wrongly_ends_with_2() {
    let file = format!("{SAMPLES}/payroll_v1/ines_roca_2025-09.json");
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.json");
    std::fs::write(&settings, r#"{"tolerance":"a lot"}"#).unwrap();
    let settings = settings.to_str().unwrap();
    for arguments in [
        vec!["run", "--plugin", PAYROLL],
        vec!["run", "--plugin", "nobody_has_this", &file],
        vec!["run", "--plugin", PAYROLL, "--settings", settings, &file],
        vec!["run", "--plugin", "ubl_invoice_extractor", &file],
        vec!["run", "--plugin", "Cargo.toml", &file],
        vec!["dance"],
        vec!["migrate", "new", "Bad-Name"],
        vec!["token", "--role", "operator"],
        vec!["serve"],
    ] {
        let said = run(&arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {said:?}");
        assert_eq!(said.err.matches("error:").count(), 1, "said once: {said:?}");
        assert!(!said.err.contains("RUST_BACKTRACE"), "{said:?}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let said = run(["run", "--plugin", PAYROLL, "no/such/file.json"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("no/such/file.json"), "{said:?}");
}

#[test]
fn terminals_obey_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    std::fs::write(&file, "{\"total_gross\":\"\\u001b[2J\\u202e\",\"total_net\":1}").unwrap();
    let said = run(["run", "--plugin", PAYROLL, file.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!said.out.contains(['\u{1b}', '\u{202e}']), "{said:?}");
}
