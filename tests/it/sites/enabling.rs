//! Enabling, reconfiguring and disabling.

use assay_domain::{Digest, Role};
use assay_service::sites::{ChangeOptions, ExtensionDifference, SiteError, Verdict};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::place::{Place, actor, id};

const A_NEEDS_B: &str = "[extension]\nrequires = [{ extension = \"b\", range = \"^1\" }]\n";

/// A setting that is a whole number, and one that is secret.
const SETTINGS: &str = "[settings]\ntype = \"object\"\nadditionalProperties = false\nrequired = [\"size\"]\n\
    [settings.properties]\nsize = { type = \"integer\" }\nkey = { type = \"string\", x-assay-secret = true }\n";

fn refused(done: &assay_service::sites::SiteChange) -> String {
    assert_eq!(done.verdict, Verdict::Refused, "{done:#?}");
    let problems = done
        .problems
        .iter()
        .map(|problem| format!("{} {} {}", problem.extension_id, problem.pointer, problem.message));
    problems
        .chain(done.explanation.clone())
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn what_is_needed_comes_along_and_goes_again() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", A_NEEDS_B).await;
    place.publish("b", "1.0.0", "").await;
    place.publish("b", "1.2.0", "").await;
    place.publish("b", "2.0.0", "").await;
    let site = place.site("Plant").await;
    let done = place.enable_with(site, "a", json!({"z": 1.0, "a": "ü"})).await;
    assert_eq!(done.activation, [["b"], ["a"]]);
    assert_eq!(done.revision, 1);
    assert_eq!(
        place.enabled(site).await,
        [
            ("a".into(), "1.0.0".into(), true),
            ("b".into(), "1.2.0".into(), false)
        ]
    );
    let enabled = place.services.site_extensions(&place.admin, site).await.unwrap();
    let a = enabled.iter().find(|one| one.extension == id("a")).unwrap();
    assert_eq!(
        a.config_hash,
        Digest::of(r#"{"a":"ü","z":1}"#.as_bytes()),
        "RFC 8785"
    );
    assert_eq!((a.config_version, a.validated, a.forced), (1, true, false));
    let dependencies = place
        .services
        .site_dependencies(&place.admin, site)
        .await
        .unwrap();
    let [row] = dependencies.as_slice() else {
        panic!("{dependencies:?}")
    };
    assert_eq!(
        (
            row.extension_id.as_str(),
            row.dependency_id.as_str(),
            row.range.as_str(),
            row.resolved_version.as_deref()
        ),
        ("a", "b", "^1", Some("1.2.0"))
    );

    // The same again changes nothing; another reason to be there is no new version.
    let rows = place.counts().await;
    let same = place
        .try_enable(site, "a", json!({"a": "ü", "z": 1}), &ChangeOptions::default())
        .await
        .unwrap();
    assert_eq!(same.verdict, Verdict::Unchanged);
    assert_eq!(place.counts().await, rows);
    let asked = place.enable(site, "b").await;
    let b = asked
        .extensions
        .iter()
        .find(|one| one.extension_id == id("b"))
        .unwrap();
    assert_eq!(
        (b.difference, b.config_version),
        (ExtensionDifference::Requested, Some(1))
    );

    // Asked for, it stays when the other one goes; needed, it can't go.
    let kept = place.disable(site, "b").await;
    assert!(refused(&kept).contains("`a` 1.0.0 requires it"), "{kept:#?}");
    place.disable(site, "a").await;
    assert_eq!(place.enabled(site).await, [("b".into(), "1.2.0".into(), true)]);
    assert_eq!(place.disable(site, "b").await.verdict, Verdict::Applied);
    assert_eq!(place.enabled(site).await, []);
    // What is there for nobody goes with what it was there for.
    place.enable(site, "a").await;
    let gone = place.disable(site, "a").await;
    assert_eq!(gone.disabled, [id("a"), id("b")]);
    assert_eq!(place.enabled(site).await, []);
    let actions: Vec<_> = place.log(site).await;
    let of = |action: &str| actions.iter().filter(|(one, _)| one == action).count();
    assert_eq!(
        (of("activated"), of("deactivated"), of("refused")),
        (4, 4, 1),
        "{actions:?}"
    );
    let missing = place
        .services
        .disable_extension(&place.admin, site, &id("a"), &ChangeOptions::default())
        .await;
    assert!(matches!(missing, Err(SiteError::NotEnabled(_))), "{missing:?}");
}

#[tokio::test]
async fn a_configuration_is_held_against_the_schema_and_refused_ones_are_kept() {
    let place = Place::new().await;
    place.publish("sized", "1.0.0", SETTINGS).await;
    let site = place.site("Plant").await;
    let options = ChangeOptions::default();
    let wrong = json!({"size": "large", "key": "hidden"});
    let tried = place
        .try_enable(site, "sized", wrong.clone(), &options)
        .await
        .unwrap();
    assert!(refused(&tried).starts_with("sized /size "), "{tried:#?}");
    assert_eq!(tried.refused_version, Some(1));
    assert_eq!(place.enabled(site).await, []);
    let kept = place
        .services
        .extension_version(&place.admin, site, &id("sized"), 1)
        .await
        .unwrap();
    assert_eq!(kept.state, assay_store::sites::VersionState::Refused);
    assert_eq!(kept.validation_errors[0]["pointer"], "/size");
    assert_eq!(
        kept.configuration,
        json!({"size": "large", "key": "[secret]"}),
        "secrets are not shown"
    );

    let done = place
        .enable_with(site, "sized", json!({"size": 3, "key": "hidden"}))
        .await;
    assert_eq!(done.extensions[0].config_version, Some(2));
    let shown = &place.services.site_extensions(&place.admin, site).await.unwrap()[0];
    assert_eq!(shown.configuration, json!({"size": 3, "key": "[secret]"}));
    // A refused change of what is enabled leaves it as it is.
    let worse = place
        .services
        .reconfigure_extension(&place.admin, site, &id("sized"), None, &wrong, &options)
        .await
        .unwrap();
    assert_eq!(worse.verdict, Verdict::Refused);
    let versions = place
        .services
        .extension_versions(&place.admin, site, &id("sized"), None, 2)
        .await
        .unwrap();
    let numbers: Vec<_> = versions
        .items
        .iter()
        .map(|one| (one.config_version, one.state.as_str()))
        .collect();
    assert_eq!(
        (numbers, versions.next),
        (vec![(3, "refused"), (2, "active")], Some(2))
    );

    // What is brought in has to do with nothing configured.
    place
        .publish(
            "whole",
            "1.0.0",
            "[extension]\nrequires = [{ extension = \"sized\" }]\n",
        )
        .await;
    let other = place.site("Other").await;
    let tried = place
        .try_enable(other, "whole", json!({}), &options)
        .await
        .unwrap();
    assert!(refused(&tried).contains("enable it with one first"), "{tried:#?}");
    for configuration in ["[]", r#"{"size": 1.00000000000000000001}"#] {
        let configuration = serde_json::from_str(configuration).unwrap();
        let tried = place.try_enable(other, "sized", configuration, &options).await;
        assert!(
            !matches!(&tried, Ok(done) if done.verdict == Verdict::Applied),
            "{tried:?}"
        );
    }
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", A_NEEDS_B).await;
    let site = place.site("Plant").await;
    let dry = ChangeOptions {
        dry_run: true,
        ..ChangeOptions::default()
    };
    let rows = place.counts().await;
    let refusal = place.try_enable(site, "a", json!({}), &dry).await.unwrap();
    assert!(refused(&refusal).contains('b'), "{refusal:#?}");
    let [conflict] = refusal.conflicts.as_slice() else {
        panic!("{refusal:#?}")
    };
    assert_eq!(
        (conflict.conflict_type.as_str(), conflict.kind.as_str()),
        ("dependency", "missing")
    );
    place.publish("b", "1.0.0", "").await;
    let would = place.try_enable(site, "a", json!({}), &dry).await.unwrap();
    assert_eq!(
        (would.verdict, would.dry_run, would.extensions.len()),
        (Verdict::Applied, true, 2)
    );
    assert!(
        place
            .services
            .make_site(&place.admin, "Other", true)
            .await
            .is_ok()
    );
    assert_eq!(place.counts().await, rows);
    let real = place.enable(site, "a").await;
    let shown = |change: &assay_service::sites::SiteChange| {
        let mut value = serde_json::to_value(change).unwrap();
        for key in ["dry_run", "revision"] {
            value.as_object_mut().unwrap().remove(key);
        }
        for extension in value["extensions"].as_array_mut().unwrap() {
            extension.as_object_mut().unwrap().remove("config_version");
        }
        value
    };
    assert_eq!(shown(&real), shown(&would));
}

#[tokio::test]
async fn what_is_not_there_or_not_readable_is_said() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    let site = place.site("Plant").await;
    let none = place
        .try_enable(site, "nothing", json!({}), &ChangeOptions::default())
        .await
        .unwrap();
    assert!(
        refused(&none).contains("publish it, or correct the id"),
        "{none:#?}"
    );
    let rows = place.counts().await;
    let range = place
        .services
        .enable_extension(
            &place.admin,
            site,
            &id("a"),
            Some("not a range"),
            &json!({}),
            &ChangeOptions::default(),
        )
        .await;
    let Err(SiteError::Invalid(problems)) = range else {
        panic!("{range:?}")
    };
    assert_eq!(problems[0].pointer, "/requested/0/range");
    assert_eq!(place.counts().await, rows);
    // One release that nobody can read does not keep the others from being enabled.
    place
        .publish(
            "odd",
            "1.0.0",
            "[extension]\nrequires = [{ extension = \"Not An Id\" }]\n",
        )
        .await;
    let done = place.enable(site, "a").await;
    assert!(
        done.warnings
            .iter()
            .any(|said| said.contains("`odd` 1.0.0 is left out")),
        "{done:#?}"
    );
}

#[tokio::test]
async fn what_is_yanked_stays_where_it_is_and_goes_nowhere_new() {
    let place = Place::new().await;
    let old = place.publish("a", "1.0.0", "").await;
    place.publish("b", "1.0.0", "").await;
    let (site, other) = (place.site("Plant").await, place.site("Other").await);
    place.enable(site, "a").await;
    let mut tx = place.database.store.begin_platform().await.unwrap();
    let now = assay_domain::Clock::now(&assay_domain::SystemClock);
    assert!(tx.yank_release(old, now).await.unwrap());
    tx.commit().await.unwrap();
    place.enable(site, "b").await;
    assert_eq!(place.enabled(site).await.len(), 2);
    let tried = place
        .try_enable(other, "a", json!({}), &ChangeOptions::default())
        .await
        .unwrap();
    assert_eq!(tried.verdict, Verdict::Refused, "{tried:#?}");
}

#[tokio::test]
async fn as_little_changes_as_can_be_unless_the_newest_is_asked_for() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    place.publish("a", "1.1.0", "").await;
    place.publish("b", "1.0.0", "").await;
    place.enable(site, "b").await;
    assert_eq!(place.enabled(site).await[0].1, "1.0.0");
    let newest = ChangeOptions {
        newest: true,
        ..ChangeOptions::default()
    };
    let done = place
        .try_enable(site, "b", json!({"x": 1}), &newest)
        .await
        .unwrap();
    assert!(
        done.snapshot.is_some(),
        "something that works is replaced: {done:#?}"
    );
    assert_eq!(place.enabled(site).await[0].1, "1.1.0");
}

/// Each decides from what it saw, and none is lost.
#[tokio::test]
async fn changes_at_the_same_moment_all_hold() {
    let place = Place::new().await;
    for n in 0..6 {
        // All of them need the same one.
        place
            .publish(
                &format!("e{n}"),
                "1.0.0",
                "[extension]\nrequires = [{ extension = \"base\" }]\n",
            )
            .await;
    }
    place.publish("base", "1.0.0", "").await;
    let site = place.site("Plant").await;
    let names: Vec<_> = (0..6).map(|n| format!("e{n}")).collect();
    let (one, two, three, four, five, six) = tokio::join!(
        place.enable(site, &names[0]),
        place.enable(site, &names[1]),
        place.enable(site, &names[2]),
        place.enable(site, &names[3]),
        place.enable(site, &names[4]),
        place.enable(site, &names[5]),
    );
    let mut revisions: Vec<_> = [one, two, three, four, five, six]
        .iter()
        .map(|done| done.revision)
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2, 3, 4, 5, 6]);
    assert_eq!(place.enabled(site).await.len(), 7);
    let log = place.log(site).await;
    let base: Vec<_> = log
        .iter()
        .filter(|(_, extension)| extension.as_deref() == Some("base"))
        .collect();
    assert_eq!(base.len(), 1, "brought in once: {log:?}");
}

#[tokio::test]
async fn who_is_nothing_at_a_site_changes_nothing_there() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    let (site, other) = (place.site("Plant").await, place.site("Other").await);
    let (_, ann) = place.member(site, "ann@example.org", "quality-focal").await;
    let options = ChangeOptions::default();
    let enable = async |actor: &assay_domain::Actor, site| {
        place
            .services
            .enable_extension(actor, site, &id("a"), None, &json!({}), &options)
            .await
    };
    assert_eq!(enable(&ann, site).await.unwrap().verdict, Verdict::Applied);
    assert!(matches!(enable(&ann, other).await, Err(SiteError::NotAMember)));
    let stranger = actor(place.client, Role::Operator, "stranger");
    assert!(matches!(
        enable(&stranger, site).await,
        Err(SiteError::NotAMember)
    ));
    let viewer = actor(place.client, Role::Viewer, "ann@example.org");
    assert!(matches!(
        enable(&viewer, site).await,
        Err(SiteError::NotAllowed(_))
    ));
    let forced = ChangeOptions {
        force: Some("because".into()),
        ..ChangeOptions::default()
    };
    let tried = place
        .services
        .enable_extension(&ann, site, &id("a"), None, &json!({}), &forced)
        .await;
    assert!(matches!(tried, Err(SiteError::NotAllowed(_))), "{tried:?}");
    // The author is the user, by whatever name the token calls them.
    let versions = place
        .services
        .extension_versions(&ann, site, &id("a"), None, 10)
        .await
        .unwrap();
    let mut admin = place.database.admin().await;
    let user: String = sqlx::query_scalar(AssertSqlSafe("SELECT user_id::text FROM users".to_owned()))
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(versions.items[0].author, user);
    let events: Vec<Value> = sqlx::query_scalar(
        "SELECT payload FROM docsafe_event_outbox WHERE event_type = 'site.changed' ORDER BY created_at",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert_eq!(events.last().unwrap()["extensions"][0]["extension_id"], "a");
}
