//! The cache of what sites depend on, and looking at sites again when releases come and go.

use std::sync::Arc;

use assay_domain::{Limits, ReleaseId, SiteId, SystemClock};
use assay_service::sites::{ChangeOptions, Freshness, PageQuery, Revalidation, SiteOptions};
use assay_service::{IntakeLimits, Parts, QueueLimits, Services};
use proptest::strategy::{Strategy as _, ValueTree as _};
use serde_json::json;
use sqlx::Executor as _;

use super::place::{Place, id};
use crate::api::host::engine;

/// Another host over the same database.
fn another(place: &Place) -> Services {
    Services::with_sites(
        Parts {
            store: place.database.store.clone(),
            engine: engine(),
            clock: Arc::new(SystemClock),
            intake: IntakeLimits::default(),
            limits_maximum: Limits::MAXIMUM,
            queue: QueueLimits::default(),
        },
        SiteOptions::default(),
    )
}

async fn freshness(place: &Place, services: &Services, site: SiteId) -> Freshness {
    let answer = services.dependency_answer(&place.admin, site).await.unwrap();
    let fresh = services.fresh_dependencies(&place.admin, site).await.unwrap();
    assert_eq!(answer.dependencies, fresh);
    answer.freshness
}

async fn activate(place: &Place, release: ReleaseId, active: bool) {
    let mut tx = place.database.store.begin_platform().await.unwrap();
    let now = assay_domain::Clock::now(&SystemClock);
    tx.set_active(release, active, "root", now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn yank(place: &Place, release: ReleaseId) {
    let mut tx = place.database.store.begin_platform().await.unwrap();
    let now = assay_domain::Clock::now(&SystemClock);
    assert!(tx.yank_release(release, now).await.unwrap());
    tx.commit().await.unwrap();
}

const NEEDS_B: &str = "[[extension.requires]]\nextension = \"b\"\nrange = \"^1\"\n";
const NEEDS_SIGNING: &str = "[[extension.requires]]\ncapability = \"signing\"\n";
const SIGNS: &str = "[[extension.provides]]\ncapability = \"signing\"\nversion = \"1.0.0\"\n";

#[tokio::test]
async fn an_answer_is_kept_until_what_it_depends_on_changes() {
    let place = Place::new().await;
    let (here, there) = (&place.services, &another(&place));
    place.publish("b", "1.0.0", "").await;
    place.publish("a", "1.0.0", NEEDS_B).await;
    place.publish("s", "1.0.0", SIGNS).await;
    place.publish("c", "1.0.0", NEEDS_SIGNING).await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    place.enable(site, "c").await;
    assert_eq!(freshness(&place, here, site).await, Freshness::Resolved);
    assert_eq!(freshness(&place, here, site).await, Freshness::Kept);
    assert_eq!(
        freshness(&place, there, site).await,
        Freshness::Kept,
        "another host has it too"
    );
    // What has nothing to do with it.
    let unrelated = place.publish("z", "1.0.0", NEEDS_B).await;
    assert_eq!(freshness(&place, there, site).await, Freshness::Checked);
    assert_eq!(freshness(&place, here, site).await, Freshness::Kept);
    activate(&place, unrelated, false).await;
    yank(&place, unrelated).await;
    assert_eq!(freshness(&place, here, site).await, Freshness::Checked);
    // What another one has that is needed here, and a new provider of what is needed.
    let newer = place.publish("b", "1.1.0", "").await;
    assert_eq!(freshness(&place, there, site).await, Freshness::Resolved);
    place.publish("t", "1.0.0", SIGNS).await;
    assert_eq!(freshness(&place, here, site).await, Freshness::Resolved);
    yank(&place, newer).await;
    assert_eq!(freshness(&place, here, site).await, Freshness::Resolved);
    assert_eq!(freshness(&place, there, site).await, Freshness::Kept);
    // The site's own demands.
    let (admin, options) = (&place.admin, ChangeOptions::default());
    let set = |policy: Option<&'static str>| {
        let options = &options;
        async move {
            here.set_site_policy(admin, site, "unused", policy, options)
                .await
                .unwrap();
        }
    };
    set(Some("x")).await;
    assert_eq!(freshness(&place, there, site).await, Freshness::Resolved);
    set(None).await;
    assert_eq!(freshness(&place, there, site).await, Freshness::Resolved);
    // An end that comes whatever happens.
    let mut admin = place.database.admin().await;
    admin
        .execute("UPDATE site_answers SET expires_at = now() - interval '1 second'")
        .await
        .unwrap();
    assert_eq!(freshness(&place, here, site).await, Freshness::Resolved);
    assert_eq!(freshness(&place, here, site).await, Freshness::Kept);
}

#[derive(Clone, Debug)]
enum Write {
    Publish(usize, u64, usize),
    Yank(usize),
    Activate(usize, bool),
    Enable(usize),
    Disable(usize),
    Pin(usize, Option<u64>),
    Policy(Option<bool>),
    Look,
}

const NAMES: [&str; 6] = ["n-a", "n-b", "n-c", "n-d", "n-e", "n-f"];

/// What a release says, by number: each need is optional to be met by what there is.
fn says(kind: usize) -> String {
    let name = NAMES[kind % NAMES.len()];
    match kind % 5 {
        0 => String::new(),
        1 => format!(
            "[[extension.requires]]\nextension = \"{name}\"\nrange = \">=1.{}\"\n",
            kind % 3
        ),
        2 => format!(
            "[[extension.provides]]\ncapability = \"cap\"\nversion = \"1.{}.0\"\npolicy = \"p{}\"\n",
            kind % 4,
            kind % 2
        ),
        3 => "[[extension.requires]]\ncapability = \"cap\"\nrange = \"^1\"\n".to_owned(),
        _ => format!("[[extension.requires]]\nextension = \"{name}\"\noptional = true\n"),
    }
}

fn write() -> impl proptest::strategy::Strategy<Value = Write> {
    use proptest::prelude::*;
    prop_oneof![
        4 => (0..NAMES.len(), 0..4_u64, 0..30_usize).prop_map(|(name, minor, kind)| Write::Publish(name, minor, kind)),
        2 => (0..40_usize).prop_map(Write::Yank),
        2 => (0..40_usize, any::<bool>()).prop_map(|(one, on)| Write::Activate(one, on)),
        4 => (0..NAMES.len()).prop_map(Write::Enable),
        2 => (0..NAMES.len()).prop_map(Write::Disable),
        1 => (0..NAMES.len(), proptest::option::of(0..4_u64)).prop_map(|(name, minor)| Write::Pin(name, minor)),
        1 => proptest::option::of(any::<bool>()).prop_map(Write::Policy),
        2 => Just(Write::Look),
    ]
}

/// Random writes by three hosts; after each, what any of them has cached is what would be answered afresh.
#[tokio::test]
async fn a_cached_answer_equals_a_fresh_one_under_random_writes() {
    let place = Place::new().await;
    let hosts = [place.services.clone(), another(&place), another(&place)];
    let sites = [place.site("One").await, place.site("Two").await];
    let options = ChangeOptions::default();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let rounds = std::env::var_os("ASSAY_ROUNDS")
        .and_then(|n| n.to_str()?.parse().ok())
        .unwrap_or(120);
    let (mut releases, mut seen) = (Vec::new(), std::collections::BTreeMap::new());
    for round in 0..rounds {
        let one = write().new_tree(&mut runner).unwrap().current();
        let (host, site) = (&hosts[round % 3], sites[round % 2]);
        match &one {
            Write::Publish(name, minor, kind) => {
                let (name, version) = (NAMES[*name], format!("1.{minor}.{round}"));
                releases.push(
                    place
                        .publish(&name.replace('-', "_"), &version, &says(*kind))
                        .await,
                );
            }
            Write::Yank(which) if !releases.is_empty() => {
                let release = releases[which % releases.len()];
                let mut tx = place.database.store.begin_platform().await.unwrap();
                let now = assay_domain::Clock::now(&SystemClock);
                tx.yank_release(release, now).await.unwrap();
                tx.commit().await.unwrap();
            }
            Write::Activate(which, on) if !releases.is_empty() => {
                activate(&place, releases[which % releases.len()], *on).await;
            }
            Write::Enable(name) => {
                let (extension, empty) = (id(NAMES[*name]), json!({}));
                let done = host.enable_extension(&place.admin, site, &extension, None, &empty, &options);
                done.await.unwrap();
            }
            Write::Disable(name) => {
                drop(
                    host.disable_extension(&place.admin, site, &id(NAMES[*name]), &options)
                        .await,
                );
            }
            Write::Pin(name, minor) => {
                let version = minor.map(|minor| format!("1.{minor}.0").parse().unwrap());
                let extension = id(NAMES[*name]);
                let done = host.set_site_pin(&place.admin, site, &extension, version.as_ref(), &options);
                done.await.unwrap();
            }
            Write::Policy(policy) => {
                let policy = policy.map(|one| if one { "p0" } else { "p1" });
                let done = host.set_site_policy(&place.admin, site, "cap", policy, &options);
                done.await.unwrap();
            }
            Write::Look => {
                host.revalidate_sites().await.unwrap();
            }
            _ => {}
        }
        for (index, site) in sites.iter().enumerate() {
            let host = &hosts[(round + index + 1) % 3];
            let answer = host.dependency_answer(&place.admin, *site).await.unwrap();
            let fresh = host.fresh_dependencies(&place.admin, *site).await.unwrap();
            assert_eq!(
                answer.dependencies, fresh,
                "round {round}, after {one:?}: {:?}",
                answer.freshness
            );
            *seen.entry(format!("{:?}", answer.freshness)).or_insert(0) += 1;
        }
    }
    // Each way was gone.
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[tokio::test]
async fn sites_are_looked_at_again_where_it_matters_and_only_there() {
    let place = Place::new().await;
    place.publish("b", "1.0.0", "").await;
    let first = place.publish("a", "1.0.0", NEEDS_B).await;
    place.publish("z", "1.0.0", "").await;
    let (touched, other, idle) = (
        place.site("Touched").await,
        place.site("Other").await,
        place.site("Idle").await,
    );
    place.enable(touched, "a").await;
    place.enable(other, "z").await;
    let services = &place.services;
    let found = services.revalidate_sites().await.unwrap();
    assert_eq!(
        found,
        Revalidation::default(),
        "what was just decided needs no second look"
    );
    let before = place.log(other).await;

    place.publish("b", "1.1.0", "").await;
    let found = services.revalidate_sites().await.unwrap();
    assert_eq!((found.touched, found.untouched, found.failed), (1, 1, 0));
    assert_eq!(
        services.revalidate_sites().await.unwrap(),
        Revalidation::default()
    );
    assert_eq!(place.log(touched).await.last().unwrap().0, "revalidated");
    assert_eq!(place.log(other).await, before);
    assert_eq!(place.log(idle).await.len(), 1);
    let page = PageQuery {
        limit: 1,
        after: None,
    };
    let entry = services
        .site_log(&place.admin, touched, None, &page)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(entry.actor, "host");

    // Withdrawn: what is enabled stays, and it is said until it is changed.
    yank(&place, first).await;
    let found = services.revalidate_sites().await.unwrap();
    assert_eq!((found.touched, found.untouched), (1, 1));
    let open = services
        .site_conflicts(
            &place.admin,
            touched,
            true,
            &PageQuery {
                limit: 10,
                after: None,
            },
        )
        .await
        .unwrap();
    let kinds: Vec<_> = open.items.iter().map(|one| one.found.kind.as_str()).collect();
    assert_eq!(kinds, ["withdrawn"], "{open:#?}");
    assert_eq!(place.enabled(touched).await.len(), 2);
    place.publish("a", "1.0.1", NEEDS_B).await;
    let newest = ChangeOptions {
        newest: true,
        ..ChangeOptions::default()
    };
    services
        .enable_extension(&place.admin, touched, &id("z"), None, &json!({}), &newest)
        .await
        .unwrap();
    let open = services
        .site_conflicts(
            &place.admin,
            touched,
            true,
            &PageQuery {
                limit: 10,
                after: None,
            },
        )
        .await
        .unwrap();
    assert!(open.items.is_empty(), "{open:#?}");
}

/// Many sites, three hosts at once, one of them gone in the middle: each site is held against it exactly once.
#[tokio::test]
async fn hosts_share_the_work_and_one_that_ends_leaves_the_rest() {
    let place = Place::new().await;
    place.publish("b", "1.0.0", "").await;
    place.publish("a", "1.0.0", NEEDS_B).await;
    let mut sites = Vec::new();
    for number in 0..12 {
        let site = place.site(&format!("Plant {number}")).await;
        place.enable(site, "a").await;
        sites.push(site);
    }
    place.publish("b", "1.1.0", "").await;
    let (one, two, three) = (place.services.clone(), another(&place), another(&place));
    let killed = tokio::spawn(async move { three.revalidate_sites().await });
    tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    killed.abort();
    drop(killed.await);
    let (first, second) = tokio::join!(one.revalidate_sites(), two.revalidate_sites());
    assert_eq!((first.unwrap().failed, second.unwrap().failed), (0, 0));
    for site in sites {
        let log = place.log(site).await;
        let times = log.iter().filter(|(action, _)| action == "revalidated").count();
        assert_eq!(times, 1, "{log:?}");
    }
}
