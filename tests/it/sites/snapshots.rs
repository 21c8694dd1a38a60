//! Snapshots: by hand, before what could go wrong, compared, and gone back to.

use assay_domain::{Clock, SystemClock};
use assay_service::sites::{ChangeOptions, PageQuery, SiteError, Verdict};
use serde_json::json;

use super::place::{Place, id};

const SECRET: &str = "[settings]\ntype = \"object\"\n[settings.properties]\nkey = { type = \"string\", x-assay-secret = true }\n";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_site_goes_back_to_what_it_was_and_forth_again() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", SECRET).await;
    place.publish("b", "1.0.0", "").await;
    let site = place.site("Plant").await;
    let options = ChangeOptions::default();
    place.enable_with(site, "a", json!({"size": 1, "key": "k"})).await;
    let version = "1.0.0".parse().unwrap();
    let pinned = place
        .services
        .set_site_pin(&place.admin, site, &id("a"), Some(&version), &options)
        .await
        .unwrap();
    assert_eq!(pinned.verdict, Verdict::Applied);
    let services = &place.services;
    assert!(
        services
            .take_snapshot(&place.admin, site, None, true)
            .await
            .is_ok()
    );
    let good = services
        .take_snapshot(&place.admin, site, Some("known to be good"), false)
        .await
        .unwrap();

    place.publish("a", "1.1.0", SECRET).await;
    services
        .set_site_pin(&place.admin, site, &id("a"), None, &options)
        .await
        .unwrap();
    services
        .set_site_policy(&place.admin, site, "signing", Some("two-factor"), &options)
        .await
        .unwrap();
    place.enable(site, "b").await;
    let newest = ChangeOptions {
        newest: true,
        ..ChangeOptions::default()
    };
    let changed = services
        .reconfigure_extension(
            &place.admin,
            site,
            &id("a"),
            None,
            &json!({"size": 2, "key": "other"}),
            &newest,
        )
        .await
        .unwrap();
    assert!(changed.snapshot.is_some(), "{changed:#?}");
    let worse = services
        .take_snapshot(&place.admin, site, None, false)
        .await
        .unwrap();

    let differences = services
        .compare_snapshots(&place.admin, site, good, worse)
        .await
        .unwrap();
    let seen: Vec<_> = differences
        .iter()
        .map(|one| {
            let fields: Vec<_> = one
                .configuration
                .iter()
                .map(|field| field.field.as_str())
                .collect();
            (
                one.kind,
                one.id.as_str(),
                one.before.is_some(),
                one.after.is_some(),
                fields,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("extension", "a", true, true, vec!["/size"]),
            ("extension", "b", false, true, vec![]),
            ("pin", "a", true, false, vec![]),
            ("policy", "signing", false, true, vec![]),
        ]
    );
    assert!(
        !serde_json::to_string(&differences).unwrap().contains("other"),
        "secrets are not shown"
    );
    assert_eq!(
        services
            .compare_snapshots(&place.admin, site, good, good)
            .await
            .unwrap(),
        []
    );

    let dry = ChangeOptions {
        dry_run: true,
        ..ChangeOptions::default()
    };
    let rows = place.counts().await;
    let would = services
        .roll_back_site(&place.admin, site, good, &dry)
        .await
        .unwrap();
    assert_eq!(
        (would.verdict, would.disabled.as_slice()),
        (Verdict::Applied, &[id("b")][..])
    );
    assert_eq!(place.counts().await, rows);

    let because = ChangeOptions {
        reason: Some("it broke".into()),
        ..ChangeOptions::default()
    };
    let back = services
        .roll_back_site(&place.admin, site, good, &because)
        .await
        .unwrap();
    assert_eq!(back.verdict, Verdict::Applied, "{back:#?}");
    assert_eq!(
        back.extensions[0].config_version,
        Some(3),
        "a new version, not the old one"
    );
    assert_eq!(place.enabled(site).await, [("a".into(), "1.0.0".into(), true)]);
    let shown = services.site_extensions(&place.admin, site).await.unwrap();
    assert_eq!(shown[0].configuration, json!({"size": 1, "key": "[secret]"}));
    let (policies, pins) = services.site_demands(&place.admin, site).await.unwrap();
    assert_eq!((policies.len(), pins.len()), (0, 1));
    let log = place.log(site).await;
    assert!(
        log.contains(&("rolled-back".to_owned(), Some("a".to_owned()))),
        "{log:?}"
    );

    // Going back can be gone back from.
    let forth = services
        .roll_back_site(&place.admin, site, back.snapshot.unwrap(), &options)
        .await
        .unwrap();
    assert_eq!(forth.verdict, Verdict::Applied, "{forth:#?}");
    assert_eq!(
        place.enabled(site).await,
        [
            ("a".into(), "1.1.0".into(), true),
            ("b".into(), "1.0.0".into(), true)
        ]
    );
    let last = services
        .take_snapshot(&place.admin, site, None, false)
        .await
        .unwrap();
    let left = services
        .compare_snapshots(&place.admin, site, worse, last)
        .await
        .unwrap();
    assert!(
        left.iter()
            .all(|one| one.configuration.is_empty() && !one.secrets_differ && one.kind == "extension"),
        "{left:#?}"
    );

    // Page by page, newest first.
    let mut kinds = Vec::new();
    let mut query = PageQuery {
        limit: 2,
        after: None,
    };
    loop {
        let page = services.snapshots(&place.admin, site, &query).await.unwrap();
        kinds.extend(page.items.into_iter().map(|one| one.kind));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(
        kinds,
        [
            "manual",
            "before-rollback",
            "before-rollback",
            "manual",
            "before-change",
            "manual"
        ]
    );
    let none = services
        .snapshot(&place.admin, site, assay_domain::SnapshotId(uuid::Uuid::new_v4()))
        .await;
    assert!(matches!(none, Err(SiteError::NoSnapshot(_))), "{none:?}");
}

/// What can't be had any more is said, and the site stays as it is.
#[tokio::test]
async fn going_back_to_what_can_not_be_is_refused() {
    let place = Place::new().await;
    let rival = place.database.client("globex").await;
    place.publish_for(Some(rival), "lent", "1.0.0", "").await;
    let now = SystemClock.now();
    let mut tx = place.database.store.begin(rival).await.unwrap();
    let lent = tx.plugin(&"lent".parse().unwrap()).await.unwrap().unwrap().id;
    tx.grant_plugin(lent, place.client, "root", now).await.unwrap();
    tx.commit().await.unwrap();
    let site = place.site("Plant").await;
    place.enable(site, "lent").await;
    let with = place
        .services
        .take_snapshot(&place.admin, site, None, false)
        .await
        .unwrap();
    place.disable(site, "lent").await;
    let mut tx = place.database.store.begin(rival).await.unwrap();
    assert!(tx.revoke_plugin(lent, place.client, now).await.unwrap());
    tx.commit().await.unwrap();
    let back = place
        .services
        .roll_back_site(&place.admin, site, with, &ChangeOptions::default())
        .await
        .unwrap();
    assert_eq!(back.verdict, Verdict::Refused, "{back:#?}");
    assert!(
        back.explanation.iter().any(|said| said.contains("`lent`")),
        "{back:#?}"
    );
    assert_eq!(place.enabled(site).await, []);
    assert!(place.log(site).await.contains(&("refused".to_owned(), None)));
}
