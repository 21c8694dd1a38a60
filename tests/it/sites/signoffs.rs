//! Signatures: who may, under what, and for how long they hold.

use assay_domain::Role;
use assay_service::sites::{ChangeOptions, PageQuery, SignoffRequest, SiteError, Verdict};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

use super::place::{Place, actor, id};

const SIGNED: &str = "[[extension.signoff]]\naspect = \"tax-tables\"\nrole = \"quality-focal\"\n\
    [[extension.signoff]]\naspect = \"release-notes\"\nrole = \"quality-manager\"\n";

fn request(aspect: &str, config_version: i32) -> SignoffRequest {
    SignoffRequest {
        extension: id("a"),
        aspect: aspect.parse().unwrap(),
        config_version,
        notes: Some("looked at it".into()),
        metadata: None,
    }
}

#[tokio::test]
async fn each_aspect_is_signed_by_another_person_in_its_role_and_anew_for_each_version() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", SIGNED).await;
    let site = place.site("Plant").await;
    let (_, author) = place.member(site, "author@example.org", "quality-focal").await;
    let (signer, focal) = place.member(site, "focal@example.org", "quality-focal").await;
    let options = ChangeOptions::default();
    let configuration = json!({});
    let done = place
        .services
        .enable_extension(&author, site, &id("a"), None, &configuration, &options)
        .await
        .unwrap();
    assert_eq!(done.verdict, Verdict::Applied);
    let unsigned = async || -> Vec<(String, String)> {
        let unsigned = place.services.unsigned(&place.admin, site).await.unwrap();
        unsigned.into_iter().flat_map(|one| one.aspects).collect()
    };
    let both = [
        ("release-notes".to_owned(), "quality-manager".to_owned()),
        ("tax-tables".to_owned(), "quality-focal".to_owned()),
    ];
    assert_eq!(unsigned().await, both);

    let sign = async |actor: &assay_domain::Actor, request: SignoffRequest, dry_run| {
        place
            .services
            .sign_extension(actor, site, &request, dry_run)
            .await
    };
    let rows = place.counts().await;
    assert!(matches!(
        sign(&author, request("tax-tables", 1), false).await,
        Err(SiteError::OwnVersion)
    ));
    let role = sign(&focal, request("release-notes", 1), false).await;
    assert!(
        matches!(&role, Err(SiteError::SiteRole { needs, .. }) if needs.as_str() == "quality-manager"),
        "{role:?}"
    );
    let none = sign(&focal, request("other", 1), false).await.unwrap_err();
    assert!(
        none.to_string().contains("`tax-tables`, `release-notes`"),
        "{none}"
    );
    let stale = sign(&focal, request("tax-tables", 2), false).await;
    assert!(
        matches!(stale, Err(SiteError::StaleVersion { given: 2, current: 1 })),
        "{stale:?}"
    );
    let nobody = actor(place.client, Role::Admin, "a-machine");
    assert!(matches!(
        sign(&nobody, request("tax-tables", 1), false).await,
        Err(SiteError::NotAUser(_))
    ));
    assert!(sign(&focal, request("tax-tables", 1), true).await.is_ok());
    assert_eq!(place.counts().await, rows, "nothing of this is written");

    sign(&focal, request("tax-tables", 1), false).await.unwrap();
    assert!(matches!(
        sign(&focal, request("tax-tables", 1), false).await,
        Err(SiteError::SignedAlready)
    ));
    assert_eq!(unsigned().await, &both[..1]);

    // Another configuration is another version, and nobody has signed that.
    let changed = place
        .services
        .reconfigure_extension(&author, site, &id("a"), None, &json!({"x": 1}), &options)
        .await
        .unwrap();
    assert_eq!(changed.extensions[0].config_version, Some(2));
    assert_eq!(unsigned().await, both);
    let query = PageQuery {
        limit: 10,
        after: None,
    };
    let page = place
        .services
        .site_signoffs(&place.admin, site, Some(&id("a")), &query)
        .await
        .unwrap();
    let [signature] = page.items.as_slice() else {
        panic!("{page:?}")
    };
    assert_eq!(
        (signature.signed_by, signature.config_version, signature.current),
        (signer, 1, false)
    );
    assert!(
        place
            .log(site)
            .await
            .contains(&("signoff".to_owned(), Some("a".to_owned())))
    );
}

/// By keys and checks, whoever asks.
#[tokio::test]
async fn the_database_refuses_what_the_service_would() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", SIGNED).await;
    let site = place.site("Plant").await;
    let (author, actor) = place.member(site, "author@example.org", "quality-focal").await;
    let (other, _) = place.member(site, "other@example.org", "quality-focal").await;
    place
        .services
        .enable_extension(
            &actor,
            site,
            &id("a"),
            None,
            &json!({}),
            &ChangeOptions::default(),
        )
        .await
        .unwrap();
    let mut admin = place.database.admin().await;
    let insert = |signer, role: &str, author: &str, version: i32| {
        format!(
            "INSERT INTO compliance_signoffs (client_id, signoff_id, site_id, extension_id, aspect, signed_by, signed_role,
                 signed_at, config_hash, config_version, author)
             VALUES ('{}', gen_random_uuid(), '{site}', 'a', 'tax-tables', '{signer}', '{role}', now(),
                 sha256('{{}}'), {version}, '{author}')",
            place.client
        )
    };
    let own = author.to_string();
    for (statement, constraint) in [
        (
            insert(author, "quality-focal", &own, 1),
            "compliance_signoffs_author_check",
        ),
        (
            insert(author, "quality-focal", "somebody", 1),
            "compliance_signoffs_version_fkey",
        ),
        (
            insert(other, "quality-focal", &own, 2),
            "compliance_signoffs_version_fkey",
        ),
        (
            insert(other, "quality-manager", &own, 1),
            "compliance_signoffs_member_fkey",
        ),
    ] {
        let refused = admin.execute(AssertSqlSafe(statement)).await.unwrap_err();
        let refused = refused
            .as_database_error()
            .unwrap()
            .constraint()
            .map(str::to_owned);
        assert_eq!(refused.as_deref(), Some(constraint));
    }
    admin
        .execute(AssertSqlSafe(insert(other, "quality-focal", &own, 1)))
        .await
        .unwrap();
    for (statement, constraint) in [
        (
            "UPDATE compliance_signoffs SET notes = 'x'",
            "compliance_signoffs_append_only",
        ),
        (
            "DELETE FROM compliance_signoffs",
            "compliance_signoffs_append_only",
        ),
        (
            "UPDATE site_extension_config_versions SET reason = 'x'",
            "site_extension_config_versions_freeze",
        ),
        (
            "DELETE FROM site_extension_config_versions",
            "site_extension_config_versions_freeze",
        ),
        (
            "UPDATE configuration_audit_log SET reason = 'x'",
            "configuration_audit_append_only",
        ),
        (
            "DELETE FROM configuration_audit_log",
            "configuration_audit_append_only",
        ),
        (
            "TRUNCATE configuration_audit_log",
            "configuration_audit_append_only",
        ),
    ] {
        let refused = admin.execute(statement).await.unwrap_err();
        let refused = refused
            .as_database_error()
            .unwrap()
            .constraint()
            .map(str::to_owned);
        assert_eq!(refused.as_deref(), Some(constraint), "{statement}");
        let mut app = place.database.app().await;
        let refused = app.execute(statement).await.unwrap_err();
        assert!(refused.as_database_error().is_some(), "{statement}");
    }
}

/// Old rows move to the archive, are found there, and can't be changed there either.
#[tokio::test]
async fn the_log_is_archived_and_still_read() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    let before = place.log(site).await;
    let mut tx = place.database.store.begin(place.client).await.unwrap();
    let far = assay_domain::Clock::now(&assay_domain::SystemClock) + chrono::TimeDelta::hours(1);
    assert_eq!(tx.archive_site_log(far, 1).await.unwrap(), 1);
    assert_eq!(tx.archive_site_log(far, 100).await.unwrap(), 1);
    assert_eq!(tx.archive_site_log(far, 100).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(place.log(site).await, before);
    let mut admin = place.database.admin().await;
    for statement in [
        "UPDATE configuration_audit_archive SET reason = 'x'",
        "DELETE FROM configuration_audit_archive",
        "TRUNCATE configuration_audit_archive",
    ] {
        assert!(admin.execute(statement).await.is_err(), "{statement}");
    }
    // Only what the archive holds leaves the log.
    place.disable(site, "a").await;
    let insert = "INSERT INTO configuration_audit_archive
        SELECT client_id, audit_id, site_id, extension_id, action, 'another', changed_by, changed_at, old_config_hash,
            new_config_hash, reason, details, now() FROM configuration_audit_log";
    admin.execute(insert).await.unwrap();
    assert!(
        admin
            .execute("DELETE FROM configuration_audit_log")
            .await
            .is_err()
    );
}
