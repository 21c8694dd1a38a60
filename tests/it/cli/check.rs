//! `check`, `completions`, `openapi`, `migrate new` and `token`.

use super::binary::{Said, assay, root, run};

#[test]
fn secrets_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let output = assay(["check", "--format", "json", "--listen", "127.0.0.1:0"])
        .env(
            "DATABASE_URL",
            "postgresql+psycopg://u:hunter2@db.example/assay?sslpassword=hunter2",
        )
        .env("ASSAY_DATA_DIR", folder.path())
        .output()
        .unwrap();
    let said = Said::of(output);
    assert_eq!(said.code, 1, "no key yet: {said:?}");
    assert!(
        !said.out.contains("hunter2") && !said.err.contains("hunter2"),
        "{said:?}"
    );
    assert_eq!(said.json()["configuration"]["connections"], 16);
    assert!(
        said.json()["problems"][0]
            .as_str()
            .unwrap()
            .contains("--token-key")
    );
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let said = run(["completions", shell]);
        assert_eq!(said.code, 0);
        assert!(
            said.out.contains("migrate") && said.out.contains("inspect"),
            "{shell}"
        );
    }
}

#[test]
fn the_openapi_document_is_the_committed_one() {
    let committed = std::fs::read_to_string(root().join("host/api/openapi.json")).unwrap();
    assert!(
        run(["openapi"]).out == committed,
        "run `cargo xtask generated openapi`"
    );
}

#[test]
fn a_new_migration_has_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let said = run([
        "migrate",
        "new",
        "documents_add_language",
        "--dir",
        dir,
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert!(
        names[0].ends_with("_documents_add_language.down.sql") && names[1].ends_with(".up.sql"),
        "{names:?}"
    );
}

#[test]
fn a_token_for_an_id_needs_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let id = "11111111-1111-1111-1111-111111111111";
    let said = run([
        "token",
        "--client",
        id,
        "--role",
        "viewer",
        "--ttl",
        "30m",
        "--data-dir",
        dir,
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.out.trim().split('.').count(), 3);
    assert_eq!(said.out.lines().count(), 1, "the token and nothing else");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(folder.path().join("token.pem"))
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    let wrong = run(["token", "--client", id, "--role", "platform", "--data-dir", dir]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
