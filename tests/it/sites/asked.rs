//! Members, policies and pins.

use assay_domain::UserId;
use assay_service::sites::{ChangeOptions, Membership, SiteError, Verdict};
use serde_json::json;
use uuid::Uuid;

use super::place::{Place, id};

fn provides(policy: &str) -> String {
    format!("[extension]\nprovides = [{{ capability = \"signing\", policy = \"{policy}\" }}]\n")
}

#[tokio::test]
async fn a_pin_moves_what_is_enabled_and_a_policy_what_can_be() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    place.publish("a", "1.1.0", "").await;
    place.publish("loose", "1.0.0", &provides("password")).await;
    let site = place.site("Plant").await;
    let options = ChangeOptions::default();
    place.enable(site, "a").await;
    let services = &place.services;
    let pin = async |version: &str| {
        let version = version.parse().unwrap();
        services
            .set_site_pin(&place.admin, site, &id("a"), Some(&version), &options)
            .await
            .unwrap()
    };
    assert_eq!(pin("1.0.0").await.verdict, Verdict::Applied);
    assert_eq!(place.enabled(site).await, [("a".into(), "1.0.0".into(), true)]);
    let nowhere = pin("3.0.0").await;
    assert_eq!(nowhere.verdict, Verdict::Refused);
    assert!(
        nowhere.problems[0].message.contains("no version 3.0.0"),
        "{nowhere:#?}"
    );
    let newest = ChangeOptions {
        newest: true,
        ..ChangeOptions::default()
    };
    let free = services
        .set_site_pin(&place.admin, site, &id("a"), None, &newest)
        .await
        .unwrap();
    assert_eq!(free.verdict, Verdict::Applied);
    assert_eq!(place.enabled(site).await[0].1, "1.1.0");

    let policy = async |policy| {
        services
            .set_site_policy(&place.admin, site, "signing", policy, &options)
            .await
            .unwrap()
    };
    assert_eq!(policy(Some("two-factor")).await.verdict, Verdict::Applied);
    let tried = place
        .try_enable(site, "loose", json!({}), &options)
        .await
        .unwrap();
    assert_eq!(tried.verdict, Verdict::Refused);
    assert_eq!(tried.conflicts[0].conflict_type, "policy", "{tried:#?}");
    assert_eq!(policy(None).await.verdict, Verdict::Applied);
    place.enable(site, "loose").await;
    // The other way round: the policy can't be followed by what is there.
    assert_eq!(policy(Some("two-factor")).await.verdict, Verdict::Refused);
    assert_eq!(services.site_demands(&place.admin, site).await.unwrap().0, []);
    let wrong = services
        .set_site_policy(&place.admin, site, "", Some("x"), &options)
        .await;
    assert!(matches!(wrong, Err(SiteError::Invalid(_))), "{wrong:?}");
}

#[tokio::test]
async fn members_come_and_go_and_nobody_makes_up_a_user() {
    let place = Place::new().await;
    let site = place.site("Plant").await;
    let (user, _) = place.member(site, "ann@example.org", "quality-focal").await;
    let services = &place.services;
    let membership = Membership {
        user,
        role: "quality-focal".parse().unwrap(),
    };
    let set = async |membership: &Membership, there, dry_run| {
        services
            .set_site_member(&place.admin, site, membership, there, dry_run)
            .await
    };
    assert!(!set(&membership, true, false).await.unwrap(), "is one already");
    assert!(set(&membership, false, true).await.unwrap());
    assert_eq!(services.site_members(&place.admin, site).await.unwrap().len(), 1);
    assert!(set(&membership, false, false).await.unwrap());
    assert!(!set(&membership, false, false).await.unwrap());
    assert_eq!(services.site_members(&place.admin, site).await.unwrap(), []);
    assert!(set(&membership, true, false).await.unwrap());
    let nobody = Membership {
        user: UserId(Uuid::new_v4()),
        ..membership
    };
    assert!(matches!(
        set(&nobody, true, false).await,
        Err(SiteError::NoUser(_))
    ));
    let actions: Vec<_> = place
        .log(site)
        .await
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(
        actions,
        ["site-created", "member-added", "member-removed", "member-added"]
    );
    let taken = services.make_site(&place.admin, "Plant", false).await;
    assert!(matches!(taken, Err(SiteError::NameTaken(_))), "{taken:?}");
}
