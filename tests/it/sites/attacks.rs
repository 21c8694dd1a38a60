//! Two clients at each other's sites.

use assay_domain::{Role, SiteId, UserId};
use assay_service::sites::{ChangeOptions, Membership, PageQuery, SignoffRequest, SiteError, Verdict};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use uuid::Uuid;

use super::place::{Place, actor, id};

fn not_found<T: std::fmt::Debug>(tried: &Result<T, SiteError>) {
    assert!(matches!(tried, Err(SiteError::NotFound(_))), "{tried:?}");
}

#[tokio::test]
async fn a_client_finds_nothing_of_another_ones_sites() {
    let place = Place::new().await;
    place.publish_for(Some(place.client), "mine", "1.0.0", "").await;
    let site = place.site("Plant").await;
    place.enable(site, "mine").await;
    let snapshot = place
        .services
        .take_snapshot(&place.admin, site, None, false)
        .await
        .unwrap();
    let rival = place.database.client("globex").await;
    let (rival, services) = (actor(rival, Role::Admin, "root"), &place.services);
    let rows = place.counts().await;
    let (options, page, mine) = (ChangeOptions::default(), PageQuery::default(), id("mine"));
    let empty = json!({});

    not_found(&services.site(&rival, site).await);
    not_found(&services.site_extensions(&rival, site).await);
    not_found(&services.extension_version(&rival, site, &mine, 1).await);
    not_found(&services.extension_versions(&rival, site, &mine, None, 10).await);
    not_found(&services.site_log(&rival, site, None, &page).await);
    not_found(&services.last_site_changes(&rival, site).await);
    not_found(&services.site_conflicts(&rival, site, true, &page).await);
    not_found(&services.site_dependencies(&rival, site).await);
    not_found(&services.site_members(&rival, site).await);
    not_found(&services.site_demands(&rival, site).await);
    not_found(&services.site_signoffs(&rival, site, None, &page).await);
    not_found(&services.unsigned(&rival, site).await);
    not_found(&services.snapshots(&rival, site, &page).await);
    not_found(&services.snapshot(&rival, site, snapshot).await);
    not_found(&services.compare_snapshots(&rival, site, snapshot, snapshot).await);
    not_found(
        &services
            .enable_extension(&rival, site, &mine, None, &empty, &options)
            .await,
    );
    not_found(
        &services
            .reconfigure_extension(&rival, site, &mine, None, &empty, &options)
            .await,
    );
    not_found(&services.disable_extension(&rival, site, &mine, &options).await);
    not_found(&services.roll_back_site(&rival, site, snapshot, &options).await);
    not_found(&services.take_snapshot(&rival, site, None, false).await);
    not_found(
        &services
            .resolve_site_conflict(&rival, site, "x", "x", false)
            .await,
    );
    not_found(
        &services
            .set_site_policy(&rival, site, "x", Some("x"), &options)
            .await,
    );
    not_found(&services.set_site_pin(&rival, site, &mine, None, &options).await);
    let membership = Membership {
        user: UserId(Uuid::new_v4()),
        role: "x".parse().unwrap(),
    };
    not_found(
        &services
            .set_site_member(&rival, site, &membership, true, false)
            .await,
    );
    let signoff = SignoffRequest {
        extension: mine.clone(),
        aspect: "x".parse().unwrap(),
        config_version: 1,
        notes: None,
        metadata: None,
    };
    not_found(&services.sign_extension(&rival, site, &signoff, false).await);
    assert_eq!(place.counts().await, rows);

    // Another client's extension is none, and its name is free.
    let own = services.make_site(&rival, "Plant", false).await.unwrap().id;
    let tried = services
        .enable_extension(&rival, own, &mine, None, &empty, &options)
        .await
        .unwrap();
    assert_eq!(tried.verdict, Verdict::Refused);
    assert!(tried.problems[0].message.contains("no extension"), "{tried:#?}");
    // A snapshot of a site is of that site alone, and a cursor of its list.
    let tried = services.roll_back_site(&rival, own, snapshot, &options).await;
    assert!(matches!(tried, Err(SiteError::NoSnapshot(_))), "{tried:?}");
    let first = PageQuery {
        limit: 1,
        after: None,
    };
    let log = services.site_log(&place.admin, site, None, &first).await.unwrap();
    let after = PageQuery {
        limit: 1,
        after: log.next,
    };
    assert!(after.after.is_some());
    let tried = services.site_log(&rival, own, None, &after).await;
    assert!(matches!(tried, Err(SiteError::Cursor(_))), "{tried:?}");
}

/// A transaction that works for one site sees no other one of its client, whatever it is asked.
#[tokio::test]
async fn a_site_is_not_seen_from_another_one() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    let (site, other) = (place.site("Plant").await, place.site("Other").await);
    for site in [site, other] {
        place.enable(site, "a").await;
    }
    let mut app = place.database.app().await;
    let scope = |site: SiteId| {
        format!(
            "SELECT set_config('app.current_client_id', '{}', true), set_config('app.current_site_id', '{site}', true)",
            place.client
        )
    };
    for table in [
        "sites",
        "site_extension_configs",
        "site_extension_config_versions",
        "configuration_audit_log",
    ] {
        let mut tx = app.begin().await.unwrap();
        tx.execute(AssertSqlSafe(scope(site))).await.unwrap();
        let count = format!("SELECT count(*), count(*) FILTER (WHERE site_id = '{other}') FROM {table}");
        let row = tx.fetch_one(AssertSqlSafe(count)).await.unwrap();
        let (all, others): (i64, i64) = (row.get(0), row.get(1));
        assert!(all > 0 && others == 0, "{table}: {all} {others}");
        let change = format!("UPDATE sites SET status = 'inactive' WHERE site_id = '{other}'");
        assert_eq!(
            tx.execute(AssertSqlSafe(change)).await.unwrap().rows_affected(),
            0
        );
        tx.rollback().await.unwrap();
    }
}
