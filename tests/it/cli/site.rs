//! `assay site …`.

use assay_domain::{ClientId, Clock, Role, SystemClock, UserId};
use assay_store::users::User;
use serde_json::{Value, json};

use super::binary::{Said, assay};
use crate::sites::place::{publish, resolver};
use crate::support::database::Database;

/// A client with users, and a folder for what the program keeps.
struct Desk {
    database: Database,
    folder: tempfile::TempDir,
    client: ClientId,
}

impl Desk {
    async fn new() -> Self {
        let database = Database::new().await;
        let client = database.client("acme").await;
        resolver(&database.store).await;
        Self {
            database,
            folder: tempfile::tempdir().unwrap(),
            client,
        }
    }

    async fn publish(&self, name: &str, more: &str) {
        publish(&self.database.store, None, name, "1.0.0", more).await;
    }

    async fn user(&self, email: &str) -> UserId {
        let id = UserId::new(SystemClock.now());
        let mut tx = self.database.store.begin(self.client).await.unwrap();
        let user = User {
            id,
            email: email.to_owned(),
            role: Role::Operator,
        };
        tx.insert_user(&user).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    fn site(&self, arguments: &[&str]) -> Said {
        let output = assay(["site"])
            .args(arguments)
            .env("DATABASE_URL", self.database.owner_url())
            .env("ASSAY_DATA_DIR", self.folder.path())
            .env("ASSAY_CLIENT", "acme")
            .output()
            .unwrap();
        Said::of(output)
    }

    /// As JSON, with this exit code.
    #[track_caller]
    fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let said = self.site(&[arguments, &["--format", "json"]].concat());
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        said.json()
    }
}

const A: &str = "[extension]\nrequires = [{ extension = \"b\" }]\n\
    signoff = [{ aspect = \"e-signature\", role = \"quality-focal\" }]\n";
const C: &str = "[extension]\nconflicts = [{ extension = \"b\", scope = \"global\", severity = \"error\", reason = \"both draw\" }]\n";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_site_from_the_command_line() {
    let desk = Desk::new().await;
    desk.publish("a", A).await;
    desk.publish("b", "").await;
    desk.publish("c", C).await;
    let ann = desk.user("ann@example.org").await;
    assert_eq!(desk.json(0, &["list"])["items"], json!([]));
    desk.json(0, &["create", "Plant", "--dry-run"]);
    let site = desk.json(0, &["create", "Plant"])["site_id"].clone();
    let listed = desk.site(&["list"]);
    assert!(
        listed.code == 0
            && listed
                .out
                .contains("Plant  active, revision 0, resolved by extension_resolver"),
        "{listed:?}"
    );

    // Enabled by the site's name, and looked at by its id.
    let config = desk.folder.path().join("a.toml");
    std::fs::write(&config, "size = 3\n").unwrap();
    let config = config.to_str().unwrap();
    let tried = desk.json(0, &["enable", "Plant", "a", "--settings", config, "--dry-run"]);
    assert_eq!(
        (&tried["verdict"], &tried["dry_run"]),
        (&json!("applied"), &json!(true))
    );
    let done = desk.site(&[
        "enable",
        "Plant",
        "a",
        "--settings",
        config,
        "--reason",
        "asked for",
    ]);
    assert!(
        done.code == 0
            && done.out.starts_with("applied, revision 1\n")
            && done.out.contains("enabled b 1.0.0"),
        "{done:?}"
    );
    let shown = desk.site(&["show", site.as_str().unwrap()]);
    assert!(
        shown.out.contains("2 extensions, 0 invalid")
            && shown
                .out
                .contains("a 1.0.0  requested, configuration 1 {\"size\":3}"),
        "{shown:?}"
    );

    // Refused, with what would mend it; and forced.
    let refused = desk.site(&["enable", "Plant", "c"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for text in ["refused", "both draw", "what would mend it:", "what to do:"] {
        assert!(
            (refused.out.clone() + &refused.err).contains(text),
            "{text}: {refused:?}"
        );
    }
    assert_eq!(
        desk.json(1, &["enable", "Plant", "c", "--dry-run"])["verdict"],
        "refused"
    );
    assert_eq!(desk.site(&["enable", "Plant", "c", "--force"]).code, 2);
    let stale = desk.json(1, &["enable", "Plant", "c", "--revision", "0"]);
    assert_eq!(stale["code"], "site-stale");
    desk.json(0, &["enable", "Plant", "c", "--force", "--reason", "for a week"]);
    let conflicts = desk.json(1, &["conflicts", "Plant"]);
    let conflicts = conflicts["items"].as_array().unwrap();
    let error = conflicts.iter().find(|one| one["found"]["severity"] == "error");
    let conflict = error.unwrap()["found"]["conflict_id"].as_str().unwrap();
    assert!(
        desk.site(&["conflicts", "Plant"])
            .out
            .contains("(forced: for a week)")
    );
    let graph = desk.site(&["graph", "Plant", "--format", "svg"]);
    assert!(
        graph.code == 0 && graph.out.starts_with("<svg") && graph.out.contains(" bad\""),
        "{graph:?}"
    );
    assert_eq!(desk.site(&["graph", "Plant", "--format", "json"]).code, 2);
    assert_eq!(desk.site(&["list", "--format", "svg"]).code, 2);
    desk.json(0, &["resolve-conflict", "Plant", conflict, "--notes", "agreed"]);
    desk.json(2, &["resolve-conflict", "Plant", conflict, "--notes", "agreed"]);
    desk.json(0, &["conflicts", "Plant"]);
    let all = desk.json(0, &["conflicts", "Plant", "--all"]);
    assert_eq!(all["items"].as_array().unwrap().len(), conflicts.len());

    // Signed by a user.
    let unsigned = desk.site(&["unsigned", "Plant"]);
    assert!(
        unsigned.code == 1 && unsigned.out.contains("e-signature by a quality-focal"),
        "{unsigned:?}"
    );
    let sign = ["sign", "Plant", "a", "e-signature", "--config-version", "1"];
    assert_eq!(desk.json(1, &sign)["code"], "not-allowed");
    let mut tx = desk.database.store.begin(desk.client).await.unwrap();
    let role = "quality-focal".parse().unwrap();
    let id = site.as_str().unwrap().parse().unwrap();
    tx.add_site_member(id, ann, &role, "root", SystemClock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    desk.json(0, &[&sign[..], &["--as", "ann@example.org"]].concat());
    desk.json(0, &["unsigned", "Plant"]);

    // Snapshots, what differs, and back.
    let before = desk.json(0, &["snapshot", "Plant", "--reason", "before it goes"])["snapshot_id"].clone();
    let before = before.as_str().unwrap();
    assert_eq!(desk.site(&["disable", "Plant", "b"]).code, 1, "it is needed");
    desk.json(0, &["disable", "Plant", "c"]);
    std::fs::write(desk.folder.path().join("a.json"), r#"{"size": 4}"#).unwrap();
    let config = desk.folder.path().join("a.json");
    desk.json(
        0,
        &[
            "reconfigure",
            "Plant",
            "a",
            "--settings",
            config.to_str().unwrap(),
        ],
    );
    let after = desk.json(0, &["snapshot", "Plant"])["snapshot_id"].clone();
    let diff = desk.site(&["diff", "Plant", before, after.as_str().unwrap()]);
    assert!(
        diff.code == 0 && diff.out.contains("- extension c") && diff.out.contains("/size: 3 -> 4"),
        "{diff:?}"
    );
    assert!(desk.site(&["snapshots", "Plant"]).out.contains("before it goes"));
    let back = desk.json(1, &["rollback", "Plant", before]);
    assert_eq!(
        back["code"], "site-change-refused",
        "the conflict is to be forced again"
    );
    let back = ["rollback", "Plant", before, "--force", "--reason", "again"];
    assert_eq!(desk.json(0, &back)["verdict"], "applied");
    let log = desk.site(&["log", "Plant", "a", "--limit", "1"]);
    assert!(
        log.code == 0 && log.out.contains("rolled-back a by cli: again"),
        "{log:?}"
    );
    let resolver = desk.json(1, &["resolver", "Plant", "nobody"]);
    assert_eq!(resolver["code"], "resolver-unusable");
}

#[tokio::test]
async fn what_is_named_wrongly_is_said_with_what_there_is() {
    let desk = Desk::new().await;
    desk.user("ann@example.org").await;
    desk.json(0, &["create", "Plant"]);
    for (arguments, said) in [
        (vec!["show", "Nowhere"], "there are `Plant`"),
        (vec!["enable", "Plant", "Not Kebab"], "extension id"),
        (
            vec!["show", "01890000-0000-7000-8000-000000000000"],
            "what to do: Correct the id or name",
        ),
        (vec!["list", "--client", "nobody"], "there are acme"),
        (
            vec!["list", "--as", "nobody@example.org"],
            "it has ann@example.org",
        ),
        (vec!["disable", "Plant", "a"], "`a` is not enabled at this site"),
        (
            vec!["enable", "Plant", "a", "--settings", "/nowhere.json"],
            "/nowhere.json",
        ),
        (vec!["diff", "Plant", "x", "y"], "invalid value 'x'"),
    ] {
        let answer = desk.site(&arguments);
        assert_eq!(answer.code, 2, "{arguments:?}: {answer:?}");
        assert!(answer.err.contains(said), "{arguments:?}: {answer:?}");
    }
    let completions = assay(["completions", "bash"]).output().unwrap();
    assert!(
        String::from_utf8(completions.stdout)
            .unwrap()
            .contains("resolve-conflict")
    );
}
