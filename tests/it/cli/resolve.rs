//! `assay resolve`: sets, conflicts and pictures, and what the exit code says.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::binary::{Said, assay, run};

fn catalog() -> Value {
    json!({"extensions": [
        {"id": "portal", "version": "1.2.0", "requires": [{"extension": "records", "range": "^1.0"}]},
        {"id": "portal", "version": "2.0.0", "requires": [{"extension": "records", "range": "^2.0"}]},
        {"id": "records", "version": "v1.4.0"},
        {"id": "records", "version": "2.1.0"},
        {"id": "archive", "version": "1.0.0", "requires": [{"extension": "records", "range": "^1.0"}]},
        {"id": "rival", "version": "1.0.0", "conflicts":
            [{"extension": "records", "scope": "global", "severity": "error", "reason": "both write the journal"}]},
    ]})
}

fn with(format: &str, catalog: &Value, request: &Value, more: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, value.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (catalog, request) = (file("catalog.json", catalog), file("request.json", request));
    let mut arguments = vec![
        "resolve",
        "--format",
        format,
        "--catalog",
        &catalog,
        "--request",
        &request,
    ];
    arguments.extend(more);
    run(arguments)
}

#[test]
fn a_set_is_found_and_ends_with_0() {
    let request = json!({"site": "north", "requested": [{"id": "portal"}, {"id": "archive"}]});
    let said = with("json", &catalog(), &request, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    let answer = said.json();
    assert_eq!(answer["status"], "resolved");
    let chosen: Vec<_> = answer["extensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["id"], &one["version"]))
        .collect();
    assert_eq!(
        json!(chosen),
        json!([["archive", "1.0.0"], ["portal", "1.2.0"], ["records", "1.4.0"]])
    );
    assert_eq!(answer["activation"], json!([["records"], ["archive", "portal"]]));
    let human = with("human", &catalog(), &request, &[]);
    assert_eq!(human.code, 0);
    assert!(
        human.out.starts_with("resolved 3 extensions for north"),
        "{human:?}"
    );
    assert!(
        human.out.contains("records 1.4.0") && human.out.contains("`portal` 1.2.0 requires it (^1.0)"),
        "{human:?}"
    );
    assert!(!human.out.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn a_conflict_is_told_and_ends_with_1() {
    let request = json!({"requested": [{"id": "portal"}, {"id": "rival"}]});
    let said = with("json", &catalog(), &request, &[]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.json()["status"], "conflict");
    let human = with("human", &catalog(), &request, &[]);
    assert_eq!(human.code, 1);
    assert!(
        human.out.starts_with("conflict ") && human.out.contains("both write the journal"),
        "{human:?}"
    );
    let missing = with(
        "human",
        &catalog(),
        &json!({"requested": [{"id": "portals"}]}),
        &[],
    );
    assert_eq!(missing.code, 1);
    assert!(
        missing.out.contains("portals") && missing.out.contains("portal"),
        "{missing:?}"
    );
    let hurried = with(
        "json",
        &catalog(),
        &json!({"requested": [{"id": "portal"}]}),
        &["--budget", "0"],
    );
    assert_eq!(
        (hurried.code, &hurried.json()["status"]),
        (1, &json!("unknown")),
        "{hurried:?}"
    );
}

#[test]
fn bad_input_is_refused_with_every_place_and_2() {
    let mut bad = catalog();
    bad["extensions"][0]["requires"][0]["range"] = json!("^^1");
    bad["extensions"][1]["id"] = json!("Portal");
    let said = with("human", &bad, &json!({"requested": [{"id": "A b"}]}), &[]);
    assert_eq!(said.code, 2, "{said:?}");
    for place in [
        "/extensions/0/requires/0/range",
        "/extensions/1/id",
        "/requested/0/id",
    ] {
        assert!(said.err.contains(place), "{place}: {said:?}");
    }
    assert_eq!(said.out, "");
    let json = with("json", &bad, &json!({}), &[]);
    assert_eq!(json.code, 2);
    assert!(
        json.json()["error"]
            .as_str()
            .unwrap()
            .contains("/extensions/1/id")
    );
    assert_eq!(run(["resolve", "--catalog", "-", "--request", "-"]).code, 2);
    assert_eq!(
        run(["resolve", "--catalog", "/not/there", "--request", "-"]).code,
        2
    );
    assert_eq!(run(["check", "--format", "svg"]).code, 2);
}

#[test]
fn the_dialect_is_the_catalogs_or_the_options() {
    let mut catalog = catalog();
    catalog["extensions"][0]["requires"][0]["range"] = json!(">=1.0.0 <2.0.0");
    let request = json!({"requested": [{"id": "portal", "range": "1.x || 3.x"}]});
    assert_eq!(with("json", &catalog, &request, &[]).code, 2);
    let said = with("json", &catalog, &request, &["--dialect", "node"]);
    assert_eq!(said.code, 0, "{said:?}");
    catalog["dialect"] = json!("node");
    assert_eq!(with("json", &catalog, &request, &[]).json(), said.json());
    assert_eq!(with("json", &catalog, &request, &["--dialect", "cargo"]).code, 2);
}

#[test]
fn a_picture_is_drawn_and_input_may_come_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.json");
    std::fs::write(&file, json!({"requested": [{"id": "archive"}]}).to_string()).unwrap();
    let mut command = assay([
        "resolve",
        "--format",
        "svg",
        "--catalog",
        "-",
        "--request",
        file.to_str().unwrap(),
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(catalog().to_string().as_bytes())
        .unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.starts_with("<svg ") && said.out.contains("archive requires records"),
        "{said:?}"
    );
}
