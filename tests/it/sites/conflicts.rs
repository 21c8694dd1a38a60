//! Conflicts: found, refused, forced, resolved, come back.

use assay_service::sites::{ChangeOptions, PageQuery, SiteError, Verdict};
use serde_json::json;

use super::place::{Place, id};

fn conflicts_with(other: &str, severity: &str) -> String {
    format!(
        "[extension]\nconflicts = [{{ extension = \"{other}\", scope = \"global\", severity = \"{severity}\", reason = \"same findings twice\" }}]\n"
    )
}

const ALL: PageQuery = PageQuery {
    limit: 50,
    after: None,
};

#[tokio::test]
async fn an_error_is_refused_unless_an_administrator_says_why_not() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    place.publish("b", "1.0.0", &conflicts_with("a", "error")).await;
    place.publish("c", "1.0.0", "").await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    let options = ChangeOptions::default();
    let refused = place.try_enable(site, "b", json!({}), &options).await.unwrap();
    assert_eq!(refused.verdict, Verdict::Refused);
    let [conflict] = refused.conflicts.as_slice() else {
        panic!("{refused:#?}")
    };
    assert_eq!(
        (
            conflict.conflict_type.as_str(),
            conflict.severity.as_str(),
            &conflict.extensions
        ),
        ("explicit", "error", &vec!["a".to_owned(), "b".to_owned()])
    );
    assert!(!refused.fixes.is_empty(), "{refused:#?}");
    let kept = place
        .services
        .extension_version(&place.admin, site, &id("b"), 1)
        .await
        .unwrap();
    assert_eq!(kept.conflicts[0]["conflict_id"], conflict.conflict_id.as_str());
    let open = place
        .services
        .site_conflicts(&place.admin, site, true, &ALL)
        .await
        .unwrap();
    assert_eq!(open.items, [], "what was refused is not at the site");

    let mut force = ChangeOptions {
        force: Some(" ".into()),
        ..ChangeOptions::default()
    };
    let empty = place.try_enable(site, "b", json!({}), &force).await;
    assert!(matches!(empty, Err(SiteError::NoReason(_))), "{empty:?}");
    force.force = Some("moved over until Friday".into());
    let done = place.try_enable(site, "b", json!({}), &force).await.unwrap();
    assert_eq!(done.verdict, Verdict::Applied, "{done:#?}");
    assert_eq!(done.forced, std::slice::from_ref(&conflict.conflict_id));
    assert!(done.snapshot.is_some());
    let open = place
        .services
        .site_conflicts(&place.admin, site, true, &ALL)
        .await
        .unwrap();
    let [found] = open.items.as_slice() else {
        panic!("{open:#?}")
    };
    assert_eq!(
        (found.found.severity.as_str(), found.forced_reason.as_deref()),
        ("error", Some("moved over until Friday"))
    );
    let enabled = place.services.site_extensions(&place.admin, site).await.unwrap();
    for (own, other, forced) in [("a", "b", false), ("b", "a", true)] {
        let one = enabled.iter().find(|one| one.extension == id(own)).unwrap();
        assert_eq!(
            (one.detected_conflicts.clone(), one.forced),
            (vec![other.to_owned()], forced)
        );
    }
    let (_, status) = place.services.site(&place.admin, site).await.unwrap();
    assert_eq!(
        (
            status.total_extensions,
            status.conflicting_configs,
            status.needs_attention
        ),
        (2, 2, true)
    );

    // It stands for what comes after, and for nothing once it is gone.
    assert_eq!(place.enable(site, "c").await.forced, Vec::<String>::new());
    let open = place
        .services
        .site_conflicts(&place.admin, site, true, &ALL)
        .await
        .unwrap();
    assert_eq!(open.items.len(), 1, "{open:#?}");
    place.disable(site, "b").await;
    let open = place
        .services
        .site_conflicts(&place.admin, site, true, &ALL)
        .await
        .unwrap();
    assert_eq!(open.items, []);
    let all = place
        .services
        .site_conflicts(&place.admin, site, false, &ALL)
        .await
        .unwrap();
    assert_eq!(all.items[0].resolved_by.as_deref(), Some("host"));
    let again = place.try_enable(site, "b", json!({}), &options).await.unwrap();
    assert_eq!(again.verdict, Verdict::Refused, "{again:#?}");
}

#[tokio::test]
async fn what_is_exclusive_can_be_forced_and_what_is_missing_can_not() {
    let place = Place::new().await;
    let exclusive = "[extension]\nprovides = [{ capability = \"signing\", exclusive = true }]\n\
        resources = [{ resource = \"ledger\", mode = \"exclusive\" }]\n";
    place.publish("a", "1.0.0", exclusive).await;
    place.publish("b", "1.0.0", exclusive).await;
    place
        .publish(
            "c",
            "1.0.0",
            "[extension]\nrequires = [{ capability = \"nowhere\" }]\n",
        )
        .await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    let refused = place
        .try_enable(site, "b", json!({}), &ChangeOptions::default())
        .await
        .unwrap();
    let mut kinds: Vec<_> = refused
        .conflicts
        .iter()
        .map(|found| found.kind.as_str())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["exclusive-capability", "exclusive-resource"],
        "every conflict, not the first"
    );
    let force = ChangeOptions {
        force: Some("shared by agreement".into()),
        ..ChangeOptions::default()
    };
    let done = place.try_enable(site, "b", json!({}), &force).await.unwrap();
    assert_eq!(
        (done.verdict, done.forced.len()),
        (Verdict::Applied, 2),
        "{done:#?}"
    );
    let missing = place.try_enable(site, "c", json!({}), &force).await.unwrap();
    assert_eq!(missing.verdict, Verdict::Refused, "{missing:#?}");
    assert_eq!(place.enabled(site).await.len(), 2);
}

#[tokio::test]
async fn a_conflict_that_was_resolved_and_comes_back_is_open_again() {
    let place = Place::new().await;
    place.publish("a", "1.0.0", "").await;
    place.publish("b", "1.0.0", &conflicts_with("a", "warning")).await;
    place.publish("c", "1.0.0", "").await;
    let site = place.site("Plant").await;
    place.enable(site, "a").await;
    let done = place.enable(site, "b").await;
    let [warning] = done.conflicts.as_slice() else {
        panic!("{done:#?}")
    };
    let conflict = warning.conflict_id.as_str();
    let resolve = |dry_run| {
        place
            .services
            .resolve_site_conflict(&place.admin, site, conflict, "both are wanted", dry_run)
    };
    let open = async || {
        place
            .services
            .site_conflicts(&place.admin, site, true, &ALL)
            .await
            .unwrap()
            .items
    };
    assert_eq!(
        resolve(true).await.unwrap().resolution_notes.as_deref(),
        Some("both are wanted")
    );
    assert_eq!(open().await.len(), 1);
    resolve(false).await.unwrap();
    assert!(matches!(resolve(false).await, Err(SiteError::NoConflict(_))));
    // Still there, it stays resolved.
    place.enable(site, "c").await;
    assert_eq!(open().await, []);
    place.disable(site, "b").await;
    place.enable(site, "b").await;
    let again = open().await;
    assert_eq!(
        (
            again.len(),
            again[0].reopened,
            again[0].found.conflict_id.as_str()
        ),
        (1, 1, conflict)
    );
}
