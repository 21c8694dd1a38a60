//! Which plugin resolves a site, and what becomes of one that lies, fails or is not there.

use assay_domain::{Clock, SystemClock};
use assay_service::sites::{ChangeOptions, SiteError, Verdict};
use serde_json::json;

use super::place::{Place, actor, liar};

#[tokio::test]
async fn nothing_stands_in_for_a_resolver_that_is_not_there() {
    let place = Place::without_resolver().await;
    place.publish("a", "1.0.0", "").await;
    let site = place.site("Plant").await;
    let rows = place.counts().await;
    let tried = place
        .try_enable(site, "a", json!({}), &ChangeOptions::default())
        .await;
    let Err(SiteError::NoResolver { resolver, why }) = &tried else {
        panic!("{tried:?}")
    };
    assert_eq!(resolver, "extension_resolver");
    assert!(why.contains("no plugin of that name in use"), "{why}");
    assert_eq!(place.counts().await, rows);
    // Once it is there, it resolves; withdrawn, nothing does.
    let release = super::place::resolver(&place.database.store).await;
    place.enable(site, "a").await;
    let mut tx = place.database.store.begin_platform().await.unwrap();
    assert!(tx.yank_release(release, SystemClock.now()).await.unwrap());
    tx.commit().await.unwrap();
    let tried = place.services.resolve_site(&place.admin, site, false).await;
    assert!(matches!(tried, Err(SiteError::NoResolver { .. })), "{tried:?}");
}

#[tokio::test]
async fn a_resolver_that_lies_is_refused_by_name_and_nothing_is_written() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    liar(&place.database.store, Some(place.client)).await;
    let (site, options) = (place.site("Plant").await, ChangeOptions::default());
    let liar = "liar".parse().unwrap();
    // That nothing has to be there is true of an empty site.
    let done = place
        .services
        .set_site_resolver(&place.admin, site, &liar, &options)
        .await
        .unwrap();
    assert_eq!((done.verdict, done.revision), (Verdict::Applied, 1), "{done:#?}");
    let rows = place.counts().await;
    for options in [
        options.clone(),
        ChangeOptions {
            dry_run: true,
            ..options.clone()
        },
        ChangeOptions {
            force: Some("all the same".into()),
            ..options.clone()
        },
    ] {
        let tried = place.try_enable(site, "a", json!({}), &options).await;
        let Err(SiteError::Resolver(said)) = &tried else {
            panic!("{tried:?}")
        };
        assert!(
            said.contains("`liar` 1.0.0 gave an answer that does not hold: `a` is requested"),
            "{said}"
        );
    }
    assert_eq!(place.counts().await, rows);
    // Going back is resolved by the one that it goes back to.
    let own = "extension_resolver".parse().unwrap();
    let back = place
        .services
        .set_site_resolver(&place.admin, site, &own, &options)
        .await
        .unwrap();
    assert_eq!(back.verdict, Verdict::Applied);
    place.enable(site, "a").await;
    // Where something is enabled, it is not taken in the first place.
    let tried = place
        .services
        .set_site_resolver(&place.admin, site, &liar, &options)
        .await;
    assert!(matches!(tried, Err(SiteError::Resolver(_))), "{tried:?}");
    let (shown, _) = place.services.site(&place.admin, site).await.unwrap();
    assert_eq!(shown.resolver, own);
    let set: Vec<_> = place
        .log(site)
        .await
        .into_iter()
        .filter(|(action, _)| action == "resolver-set")
        .collect();
    assert_eq!(set.len(), 2);
}

#[tokio::test]
async fn a_site_is_resolved_by_a_resolver_that_its_client_may_use() {
    let place = Place::new().await;
    let rival = place.database.client("globex").await;
    liar(&place.database.store, Some(rival)).await;
    place.publish("a", "1.0.0", "").await;
    let (site, options) = (place.site("Plant").await, ChangeOptions::default());
    for name in ["liar", "a", "nothing"] {
        let tried = place
            .services
            .set_site_resolver(&place.admin, site, &name.parse().unwrap(), &options)
            .await;
        let Err(SiteError::NoResolver { resolver, why }) = &tried else {
            panic!("{tried:?}")
        };
        let expected = if name == "a" {
            "is no resolver"
        } else {
            "no plugin of that name"
        };
        assert!(resolver == name && why.contains(expected), "{resolver}: {why}");
    }
    let operator = actor(place.client, assay_domain::Role::Operator, "op");
    let own = "extension_resolver".parse().unwrap();
    let tried = place
        .services
        .set_site_resolver(&operator, site, &own, &options)
        .await;
    assert!(matches!(tried, Err(SiteError::NotAllowed(_))), "{tried:?}");
    let same = place
        .services
        .set_site_resolver(&place.admin, site, &own, &options)
        .await
        .unwrap();
    assert_eq!(same.verdict, Verdict::Unchanged);
}
