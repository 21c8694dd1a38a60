//! What is done for sites by the clock: snapshots, their end, and the archive of old entries.

use std::sync::{Arc, Mutex};

use assay_domain::{AuditId, Clock, Limits, Role, SystemClock};
use assay_service::sites::{PageQuery, SiteError, SiteOptions, SnapshotUpkeep};
use assay_service::{IntakeLimits, Parts, QueueLimits, Services};
use assay_store::sites::{Author, NewEntry, SnapshotSchedule};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor as _};

use super::place::{Place, actor, id};
use crate::api::host::engine;

/// A clock that is set.
#[derive(Clone, Debug)]
struct Set(Arc<Mutex<DateTime<Utc>>>);

impl Clock for Set {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

impl Set {
    fn on(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

fn with(place: &Place, clock: &Set, sites: SiteOptions) -> Services {
    Services::with_sites(
        Parts {
            store: place.database.store.clone(),
            engine: engine(),
            clock: Arc::new(clock.clone()),
            intake: IntakeLimits::default(),
            limits_maximum: Limits::MAXIMUM,
            queue: QueueLimits::default(),
        },
        sites,
    )
}

fn page(limit: u16) -> PageQuery {
    PageQuery { limit, after: None }
}

#[tokio::test]
async fn sites_that_changed_are_kept_by_the_clock_and_not_for_ever() {
    let mut place = Place::new().await;
    let clock = Set(Arc::new(Mutex::new(SystemClock.now())));
    let options = SiteOptions {
        snapshot_every: Some(TimeDelta::hours(1)),
        snapshots_kept: 10,
        ..SiteOptions::default()
    };
    place.services = with(&place, &clock, options.clone());
    let other = with(&place, &clock, options);
    place.publish("a", "1.0.0", "").await;
    let (site, never, untouched) = (
        place.site("Plant").await,
        place.site("Never").await,
        place.site("Empty").await,
    );
    let services = &place.services;
    let off = SnapshotSchedule {
        every_seconds: None,
        keep: None,
    };
    services
        .set_snapshot_schedule(&place.admin, never, &off, false)
        .await
        .unwrap();
    place.enable(site, "a").await;
    place.enable(never, "a").await;
    // Two hosts at once: one snapshot.
    let (one, two) = tokio::join!(services.keep_snapshots(), other.keep_snapshots());
    assert_eq!(one.unwrap().taken + two.unwrap().taken, 1);
    let kept = services
        .snapshots(&place.admin, site, &page(10))
        .await
        .unwrap()
        .items;
    assert_eq!(
        (kept.len(), kept[0].kind.as_str(), kept[0].author.as_str()),
        (1, "scheduled", "host")
    );
    for site in [never, untouched] {
        assert!(
            services
                .snapshots(&place.admin, site, &page(10))
                .await
                .unwrap()
                .items
                .is_empty()
        );
    }
    clock.on(TimeDelta::hours(2));
    assert_eq!(
        services.keep_snapshots().await.unwrap(),
        SnapshotUpkeep::default(),
        "nothing changed"
    );
    // It changed, but not long enough ago; then it did.
    let sized = |size: i64| json!({"size": size});
    place.enable_with(site, "a", sized(1)).await;
    assert_eq!(
        services.keep_snapshots().await.unwrap().taken,
        0,
        "the one before the change is new"
    );
    clock.on(TimeDelta::minutes(61));
    assert_eq!(services.keep_snapshots().await.unwrap().taken, 1);

    // An end of what is kept; what was made by hand stays.
    let by_hand = services
        .take_snapshot(&place.admin, site, None, false)
        .await
        .unwrap();
    for change in 0..15 {
        place.enable_with(site, "a", sized(10 + change)).await;
        clock.on(TimeDelta::minutes(61));
    }
    let kept = services.keep_snapshots().await.unwrap();
    assert_eq!(kept.taken, 1);
    assert!(kept.pruned >= 5, "{kept:?}");
    let left = services
        .snapshots(&place.admin, site, &page(100))
        .await
        .unwrap()
        .items;
    assert_eq!(left.len(), 11);
    assert!(left.iter().any(|one| one.id == by_hand));
    assert_eq!(services.prune_snapshots().await.unwrap(), 0);

    // Nobody else sets it, and no nonsense is.
    let viewer = actor(place.client, Role::Operator, "nobody");
    let tried = services.set_snapshot_schedule(&viewer, site, &off, false).await;
    assert!(matches!(tried, Err(SiteError::NotAllowed(_))), "{tried:?}");
    let rival = actor(place.database.client("globex").await, Role::Admin, "root");
    let tried = services.set_snapshot_schedule(&rival, site, &off, false).await;
    assert!(matches!(tried, Err(SiteError::NotFound(_))), "{tried:?}");
    let nonsense = SnapshotSchedule {
        every_seconds: Some(1),
        keep: Some(1),
    };
    let tried = services
        .set_snapshot_schedule(&place.admin, site, &nonsense, false)
        .await;
    let Err(SiteError::Invalid(problems)) = tried else {
        panic!("{tried:?}");
    };
    assert_eq!(problems.len(), 2);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn old_entries_are_archived_readable_and_chained() {
    let mut place = Place::new().await;
    let clock = Set(Arc::new(Mutex::new(SystemClock.now())));
    let options = SiteOptions {
        archive_after: Some(TimeDelta::days(400)),
        ..SiteOptions::default()
    };
    place.services = with(&place, &clock, options.clone());
    place.publish("a", "1.0.0", "").await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    let author = Author {
        name: "ann".into(),
        user: None,
    };
    let (mut tx, now) = (
        place.database.store.begin(place.client).await.unwrap(),
        clock.now(),
    );
    for number in 0..2_500_i64 {
        let at = now - TimeDelta::days(1_000) + TimeDelta::minutes(number);
        let entry = NewEntry {
            id: AuditId::new(at),
            site,
            extension: Some(&id("a")),
            action: "reconfigured",
            author: &author,
            at,
            old_hash: None,
            new_hash: None,
            reason: Some("old"),
            details: &json!({"n": number}),
        };
        tx.log_site(&entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    let services = &place.services;
    let all = async || {
        let (mut all, mut query) = (Vec::new(), page(200));
        loop {
            let found = services.site_log(&place.admin, site, None, &query).await.unwrap();
            all.extend(found.items);
            match found.next {
                Some(next) => query.after = Some(next),
                None => return all,
            }
        }
    };
    let before = all().await;
    assert_eq!(before.len(), 2_502);
    // Two hosts at once.
    let other = with(&place, &clock, options);
    let (one, two) = tokio::join!(services.archive_site_logs(), other.archive_site_logs());
    assert_eq!(one.unwrap() + two.unwrap(), 2_500);
    assert_eq!(all().await, before, "what is read is the same, page by page");
    let state = services.verify_site_archive(&place.admin).await.unwrap();
    assert_eq!((state.entries, state.broken), (2_500, None));
    assert!(state.head.is_some());
    let rival = actor(place.database.client("globex").await, Role::Admin, "root");
    let theirs = services.verify_site_archive(&rival).await.unwrap();
    assert_eq!((theirs.entries, theirs.head, theirs.broken), (0, None, None));

    // Nobody changes it, the owner included; who gets past the triggers is found out.
    for (mut connection, code) in [
        (place.database.app().await, "42501"),
        (place.database.admin().await, "23001"),
    ] {
        for change in [
            "UPDATE configuration_audit_archive SET actor = 'eve'",
            "DELETE FROM configuration_audit_archive",
            "TRUNCATE configuration_audit_archive",
            "DELETE FROM configuration_audit_log",
        ] {
            let refused = connection.execute(change).await.unwrap_err();
            assert_eq!(
                refused.as_database_error().unwrap().code().unwrap(),
                code,
                "{change}"
            );
        }
    }
    let mut admin = place.database.admin().await;
    for (tampering, found) in [
        (
            "UPDATE configuration_audit_archive SET reason = 'new' WHERE chain_number = 1700",
            1_700,
        ),
        (
            "DELETE FROM configuration_audit_archive WHERE chain_number = 1200",
            1_200,
        ),
        (
            "UPDATE configuration_audit_archive SET changed_at = changed_at - interval '1 day' WHERE chain_number = 1",
            1,
        ),
    ] {
        admin
            .execute(AssertSqlSafe(format!(
                "SET session_replication_role = replica; {tampering}"
            )))
            .await
            .unwrap();
        let state = services.verify_site_archive(&place.admin).await.unwrap();
        assert_eq!(state.broken, Some(found), "{tampering}");
    }
}
